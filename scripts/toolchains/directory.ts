import { mkdirSync } from "node:fs";
import { join, resolve } from "node:path";

/** Outside the repository's own files. `TOKEN_BROKER_TOOLCHAINS` moves it, for a machine that keeps it from one clone to the next. */
export const toolchainDirectory = (...names: string[]): string => {
  const root = process.env["TOKEN_BROKER_TOOLCHAINS"] ?? "node_modules/.cache/token-broker";
  const directory = resolve(join(root, ...names));
  mkdirSync(directory, { recursive: true });
  return directory;
};
