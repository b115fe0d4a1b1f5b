import { existsSync, linkSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { generateFernetKey } from "../crypto/index.ts";
import { directoryProblem } from "./directory-problem.ts";
import { createPrivateDirectory } from "./private-directory.ts";

/** The key that a first start in development makes for the embedded database. */
export const keyFilePath = (dataDir: string): string => join(dataDir, "encryption.key");

/** `orphaned`: no key file, but a database that some key has been used for. A new key would open nothing of it. */
export const findKeyFile = (dataDir: string): "present" | "absent" | "orphaned" => {
  if (existsSync(keyFilePath(dataDir))) return "present";
  return holdsDatabase(dataDir) ? "orphaned" : "absent";
};

/** PostgreSQL marks its directories by this file (initdb). */
const holdsDatabase = (dataDir: string): boolean => {
  // What cannot be looked at is a problem of the directory, and reported as that.
  if (directoryProblem(dataDir) !== undefined || !existsSync(dataDir)) return false;
  return ["", ...readdirSync(dataDir)].some((entry) => existsSync(join(dataDir, entry, "PG_VERSION")));
};

/** Whether anybody but the owner may read the file. */
export const isReadableByOthers = (path: string): boolean => (statSync(path).mode & 0o077) !== 0;

/**
 * Creates the file with a new key, readable by its owner alone, and answers its text. The file appears whole or not at all, and where two
 * processes do this at once both get the key of the first.
 */
export const createKeyFile = (path: string): string => {
  createPrivateDirectory(dirname(path));
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, `${generateFernetKey()}\n`, { mode: 0o600, flag: "wx", flush: true });
  try {
    linkSync(draft, path);
  } catch (error) {
    if (!existsSync(path)) throw error;
  } finally {
    rmSync(draft);
  }
  return readFileSync(path, "utf8").trim();
};
