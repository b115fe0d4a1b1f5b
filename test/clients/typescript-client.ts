/** The TypeScript client as a case wants it, over each of its transports. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { apiKey, createTokenBroker, createTransport, type TokenBroker } from "../../src/client/index.ts";
import { createNodeTransport, type TlsFiles } from "../../src/client/node/index.ts";
import type { KitDescription } from "../../src/testing/index.ts";
import type { ClientOptions } from "./case-format.ts";

export const TRANSPORTS = ["Connect over HTTP/2", "gRPC", "Connect by fetch", "gRPC-Web by fetch"] as const;
export type TransportName = (typeof TRANSPORTS)[number];

/** `fetch` has no way to believe an authority of a test's own. */
export const canRun = (transport: TransportName, { listener = "clear" }: ClientOptions = {}): boolean =>
  listener === "clear" || !transport.endsWith("fetch");

const WRONG_KEY = `tbk_nobody_${"x".repeat(43)}`;

export const newClient = (
  kit: KitDescription,
  name: TransportName,
  { watch = true, listener = "clear", credentials = "key" }: ClientOptions = {},
): TokenBroker & AsyncDisposable => {
  const files = mkdtempSync(join(tmpdir(), "token-broker-client-"));
  const baseUrl = listener === "clear" ? kit.brokerUrl : (kit.tls?.url ?? "");
  const key = credentials === "key" ? kit.apiKey : WRONG_KEY;
  const options = { baseUrl, ...(credentials !== "none" && { credentials: apiKey(key) }) };
  const transport = name.endsWith("fetch")
    ? createTransport({ ...options, protocol: name.startsWith("Connect") ? "connect" : "grpc-web" })
    : createNodeTransport({
        ...options,
        protocol: name === "gRPC" ? "grpc" : "connect",
        tls: tlsFiles(kit, listener, files),
      });
  const broker = createTokenBroker({ transport, watch });
  return {
    ...broker,
    async [Symbol.asyncDispose]() {
      broker.close();
      if ("close" in transport && typeof transport.close === "function") transport.close();
      rmSync(files, { recursive: true, force: true });
    },
  };
};

const tlsFiles = (
  { tls }: KitDescription,
  listener: NonNullable<ClientOptions["listener"]>,
  directory: string,
): TlsFiles => {
  const file = (name: string, text = ""): string => {
    const path = join(directory, name);
    writeFileSync(path, text);
    return path;
  };
  if (listener === "clear" || listener === "untrusted") return {};
  const trusting = { caFile: file("ca.pem", tls?.ca) };
  if (listener === "tls") return trusting;
  return {
    ...trusting,
    certFile: file("cert.pem", tls?.clientCertificate),
    keyFile: file("key.pem", tls?.clientKey),
  };
};
