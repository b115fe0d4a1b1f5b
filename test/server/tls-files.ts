/** The certificates of `test/server/tls/`, and clients that use them. */
import { copyFileSync, readFileSync, renameSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const FOLDER = fileURLToPath(new URL("tls/", import.meta.url));

export const tlsFile = (name: string): string => join(FOLDER, name);

export const tlsText = (name: string): string => readFileSync(tlsFile(name), "utf8");

/** A certificate and its key, as TLS clients and servers take them. */
export const identity = (name: string): { readonly cert: string; readonly key: string } => ({
  cert: tlsText(`${name}.pem`),
  key: tlsText(`${name}.key.pem`),
});

/** What clients believe servers by. */
export const serversCa = (): string => tlsText("servers.pem");

/** Where a listener's files lie: a directory of the test's. */
export interface ListenerFiles {
  readonly certFile: string;
  readonly keyFile: string;
}

export const filesIn = (directory: string): ListenerFiles => ({
  certFile: join(directory, "tls.crt"),
  keyFile: join(directory, "tls.key"),
});

/** Puts another pair in the place of the one that is there, one file after the other, each in one moment. */
export const install = ({ certFile, keyFile }: ListenerFiles, name: string): void => {
  for (const [from, to] of [
    [`${name}.pem`, certFile],
    [`${name}.key.pem`, keyFile],
  ] as const) {
    copyFileSync(tlsFile(from), `${to}.next`);
    renameSync(`${to}.next`, to);
  }
};
