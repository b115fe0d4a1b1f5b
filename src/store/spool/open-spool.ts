import { constants } from "node:fs";
import { open, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { createPrivateDirectory } from "../../config/index.ts";
import {
  createSealer,
  type KeyRing,
  randomToken,
  type SealContext,
  type Sealer,
} from "../../crypto/index.ts";
import { BrokerError, OperatorError } from "../../errors.ts";
import type { Logger } from "../../telemetry/index.ts";
import { HOUR } from "../../time.ts";
import type { Spool, SpooledName, SpooledToken } from "./spool.ts";
import { readSpooled, writeSpooled } from "./spooled-text.ts";

export interface SpoolOptions {
  /** Created with mode 0700. */
  readonly directory: string;
  readonly keyRing: KeyRing;
  readonly logger: Logger;
}

/** With the ending of a write that was not finished, or without. */
const NAME = /^([0-9]{1,19})-([0-9]{1,19})\.token(\.[\w-]+\.tmp)?$/;
/** No write takes so long: what is older was cut off. */
const UNFINISHED_FOR_MS = 1 * HOUR;

/** A file is a line `<key id> <Fernet token>`. Throws an Error that names BROKER_SPOOL_DIR and the cure when the directory cannot be used. */
export const openSpool = ({ directory, keyRing, logger }: SpoolOptions): Spool => {
  const sealer = createSealer(keyRing);
  try {
    createPrivateDirectory(directory);
  } catch (error) {
    throw new OperatorError(
      `the spool directory ${directory} cannot be created: let BROKER_SPOOL_DIR name one that this user may write`,
      { cause: error },
    );
  }
  return {
    put: (token) => put(directory, sealer, token),
    remove: (name) => rm(join(directory, fileName(name)), { force: true }),
    read: () => read(directory, sealer, logger),
  };
};

const fileName = ({ id, nextVersion }: SpooledName): string => `${id}-${nextVersion}.token`;

/** The name is part of the seal: a renamed file does not open. */
const contextOf = ({ id, nextVersion }: SpooledName): SealContext => ({
  table: "spool",
  row: [id],
  field: "token",
  version: nextVersion,
  pins: "",
});

/** Written under another name and renamed, so that no reader ever meets half of it. */
const put = async (directory: string, sealer: Sealer, token: SpooledToken): Promise<void> => {
  const { ciphertext, keyId } = sealer.seal(writeSpooled(token), contextOf(token));
  const finished = join(directory, fileName(token));
  const unfinished = `${finished}.${randomToken(6)}.tmp`;
  try {
    await writeThrough(unfinished, `${keyId} ${ciphertext}\n`);
    await rename(unfinished, finished);
    await syncDirectory(directory);
  } catch (error) {
    await rm(unfinished, { force: true }).catch(() => {});
    throw error;
  }
};

const writeThrough = async (path: string, text: string): Promise<void> => {
  await using file = await open(path, "wx", 0o600);
  await file.writeFile(text);
  await file.sync();
};

const syncDirectory = async (directory: string): Promise<void> => {
  await using handle = await open(directory, constants.O_RDONLY);
  await handle.sync();
};

const read = async (directory: string, sealer: Sealer, logger: Logger): Promise<SpooledToken[]> => {
  const found = new Map<string, SpooledToken>();
  for (const name of (await readdir(directory)).toSorted()) {
    try {
      const token = await readEntry(directory, name, sealer, logger);
      if (token) found.set(fileName(token), token);
    } catch (error) {
      // A process that still runs on the same directory was faster.
      if (!isGone(error)) throw error;
    }
  }
  return [...found.values()];
};

const readEntry = async (
  directory: string,
  name: string,
  sealer: Sealer,
  logger: Logger,
): Promise<SpooledToken | undefined> => {
  const [, id, nextVersion, unfinished] = NAME.exec(name) ?? [];
  if (id === undefined || nextVersion === undefined) return undefined;
  const path = join(directory, name);
  const opened = await openFile(path, sealer, { id, nextVersion: BigInt(nextVersion) });
  if (typeof opened !== "string") {
    // A write that was cut off when all of it was there.
    if (unfinished !== undefined) await rename(path, join(directory, fileName(opened)));
    return opened;
  }
  if (unfinished !== undefined) await removeIfOld(path);
  else logger.error("spooled token cannot be read and stays where it is", { path: name, cause: opened });
  return undefined;
};

const isGone = (error: unknown): boolean =>
  error instanceof Error && "code" in error && error.code === "ENOENT";

const removeIfOld = async (path: string): Promise<void> => {
  const { mtimeMs } = await stat(path);
  if (Date.now() - mtimeMs > UNFINISHED_FOR_MS) await rm(path, { force: true });
};

/** The token, or why there is none. */
const openFile = async (path: string, sealer: Sealer, name: SpooledName): Promise<SpooledToken | string> => {
  const [keyId = "", ciphertext = ""] = (await readFile(path, "utf8")).trimEnd().split(" ");
  try {
    const token = readSpooled(sealer.open({ keyId, ciphertext }, contextOf(name)));
    return token ?? "corrupt";
  } catch (error) {
    if (!(error instanceof BrokerError)) throw error;
    return error.metadata["cause"] ?? error.code;
  }
};
