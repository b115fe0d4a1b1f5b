import { closeSync, openSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { createPrivateDirectory } from "../../config/index.ts";
import { OperatorError } from "../../errors.ts";

/** One process at a time on a PGlite directory: two of them lose each other's rows silently. */
export interface DataDirLock {
  release(): void;
}

/**
 * Takes the directory, creating it with mode 0700. The lock is an SQLite file held in an exclusive transaction: the kernel frees it
 * when its holder dies, `kill -9` included. A pid file would not do: in containers every process is pid 1.
 * Throws an Error that names the directory and the cure when another process holds it or it cannot be written.
 */
export const lockDataDir = (dataDir: string): DataDirLock => {
  const file = prepareLockFile(dataDir);
  const lock = new DatabaseSync(file);
  try {
    // Nothing is ever written: no journal file beside it.
    lock.exec("PRAGMA journal_mode = MEMORY");
    lock.exec("BEGIN EXCLUSIVE");
  } catch (error) {
    lock.close();
    throw lockError(dataDir, error);
  }
  return { release: () => lock.close() };
};

const prepareLockFile = (dataDir: string): string => {
  const file = join(dataDir, "lock");
  try {
    createPrivateDirectory(dataDir);
    closeSync(openSync(file, "a", 0o600));
  } catch (error) {
    throw unusableDirectory(dataDir, error);
  }
  return file;
};

const SQLITE_BUSY = 5;

const lockError = (dataDir: string, error: unknown): Error =>
  error instanceof Error && "errcode" in error && error.errcode === SQLITE_BUSY
    ? new OperatorError(
        `another process uses the data directory ${dataDir}: stop it, give this one a directory of its own (BROKER_DATA_DIR), or let both use PostgreSQL (BROKER_DATABASE_URL)`,
      )
    : unusableDirectory(dataDir, error);

/** `cause` is a file system error: a code and the path. */
export const unusableDirectory = (dataDir: string, cause: unknown): Error =>
  new OperatorError(
    `the data directory ${dataDir} cannot be used: check that this user may create and write it and that the disk has room, or set BROKER_DATA_DIR to another one`,
    { cause },
  );
