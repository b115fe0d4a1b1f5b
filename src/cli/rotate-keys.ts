import { InvalidArgumentError } from "commander";
import { type BrokerConfig, loadConfig } from "../config/index.ts";
import { OperatorError } from "../errors.ts";
import type { KeyStatus, Rotated } from "../key-rotation/index.ts";
import type { KeyUse } from "../store/index.ts";
import { createLogger } from "../telemetry/index.ts";
import { systemClock } from "../time.ts";
import { type CommandIo, NegativeAnswer } from "./io.ts";
import { progressBar } from "./progress-bar.ts";
import { table } from "./table.ts";

export interface RotateKeysOptions {
  readonly rowsPerSecond: number;
  /** Only tell what uses which key. */
  readonly dryRun: boolean;
}

/**
 * Seals everything in the database anew with the first key. May be stopped and begun again at any time, while replicas serve.
 *
 * @throws ConfigError; NegativeAnswer while a ciphertext still names another key; an Error when that would lock replicas out.
 */
export const rotateKeys = async (
  { rowsPerSecond, dryRun }: RotateKeysOptions,
  io: CommandIo,
): Promise<void> => {
  const { config } = loadConfig(io.environment);
  const { createStore, openDatabase } = await import("../store/index.ts");
  const { createKeyRotation } = await import("../key-rotation/index.ts");
  const { keyRing } = config;
  const logger = createLogger({ level: "warn" });
  await using database = await openDatabase(config.database, { logger, poolSize: 2 });
  if (!(await database.isMigrated()))
    throw new OperatorError("the schema is older than this version: run `token-broker migrate` first");
  const store = createStore(database, { keyRing, logger });
  const rotation = createKeyRotation({ store, keyRing, clock: systemClock, logger });
  if (dryRun) {
    io.print(keyTable(await rotation.status()));
    return;
  }
  assertPromoted(config, await store.keys.uses());
  await store.keys.check();
  const bar = progressBar(io);
  const rotated = await rotation
    .rotate({ rowsPerSecond, onProgress: (progress) => bar.show(progress) })
    .finally(() => bar.end());
  report(rotated, io);
};

/** What is sealed with a key that only this command has, no replica can open. Of an embedded database this is the only process. */
const assertPromoted = ({ database, keyRing }: BrokerConfig, uses: readonly KeyUse[]): void => {
  if (database.kind === "pglite") return;
  const known = uses.find(({ keyId }) => keyId === keyRing.primary.id);
  if (known?.firstUsedAt !== undefined) return;
  throw new OperatorError(
    `no replica has started with ${keyRing.primary.id} as its first key: put the new key behind the old one on every replica, then before it, and restart them; then rotate`,
  );
};

const report = ({ done, resealed, unreadable, keys }: Rotated, io: CommandIo): void => {
  const primary = keys.find(({ isPrimary }) => isPrimary)?.keyId ?? "";
  io.print(`Sealed ${resealed} ciphertexts anew with ${primary}.\n${keyTable(keys)}`);
  if (done) {
    io.print("Done: no ciphertext needs another key. Other keys can be removed from every replica.");
    return;
  }
  for (const line of reasons(keys, unreadable)) io.complain(line);
  io.complain("Not done: keep every key that is still used.");
  throw new NegativeAnswer();
};

const reasons = (keys: readonly KeyStatus[], unreadable: number): string[] => {
  const left = keys.filter(({ isPrimary, ciphertexts }) => !isPrimary && ciphertexts > 0);
  const missing = left.filter(({ isConfigured }) => !isConfigured);
  const ofMissing = missing.reduce((sum, { ciphertexts }) => sum + ciphertexts, 0);
  return [
    ...missing.map(
      ({ keyId, ciphertexts }) =>
        `${ciphertexts} ciphertexts need ${keyId}, which is not configured: put it back into CONNECT_TOKEN_ENCRYPTION_KEY, after the first one`,
    ),
    ...(unreadable > ofMissing
      ? [
          `${unreadable - ofMissing} ciphertexts do not open in their rows, which somebody changed: the log names them`,
        ]
      : []),
    ...(missing.length < left.length && unreadable <= ofMissing
      ? [
          "Others were written meanwhile: a replica still seals with an old key, or work was under way. Run it again.",
        ]
      : []),
  ];
};

const keyTable = (keys: readonly KeyStatus[]): string =>
  table([
    ["key", "ciphertexts", "configured", "last start with it first"],
    ...keys.map(({ keyId, ciphertexts, isPrimary, isConfigured, lastUsedAt }) => [
      isPrimary ? `${keyId} (first)` : keyId,
      String(ciphertexts),
      isConfigured ? "yes" : "no",
      lastUsedAt?.toISOString() ?? "never",
    ]),
  ]);

const MAX_RATE = 100_000;

export const parseRate = (text: string): number => {
  const rate = Number(text);
  if (/^\d+$/.test(text) && rate >= 1 && rate <= MAX_RATE) return rate;
  throw new InvalidArgumentError(`Use a whole number from 1 to ${MAX_RATE}.`);
};
