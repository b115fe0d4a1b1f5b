import { setTimeout as delay } from "node:timers/promises";
import type { KeyRing } from "../crypto/index.ts";
import type { ResealCursor, Store } from "../store/index.ts";
import type { Logger } from "../telemetry/index.ts";
import { type Clock, SECOND } from "../time.ts";
import { type KeyStatus, keyStatuses, leftOver } from "./key-status.ts";

export interface KeyRotationDeps {
  readonly store: Pick<Store, "keys">;
  readonly keyRing: KeyRing;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface RotateOptions {
  /** The most rows that are looked at in a second. Default 1000. */
  readonly rowsPerSecond?: number | undefined;
  /** Ends it between two batches after so long; what is done stays done. Default: no limit. */
  readonly forMs?: number | undefined;
  /** Ends it between two batches. */
  readonly signal?: AbortSignal | undefined;
  onProgress?(progress: { readonly resealed: number; readonly total: number }): void;
}

export interface Rotated {
  /** No ciphertext names another key than the first any more. */
  readonly done: boolean;
  /** Ciphertexts that this call has sealed anew. */
  readonly resealed: number;
  /** Ciphertexts that did not open in the last pass. */
  readonly unreadable: number;
  readonly keys: readonly KeyStatus[];
}

export interface KeyRotation {
  /** Seals everything anew with the first key. @throws BrokerError STORE_UNAVAILABLE; what is done stays done. */
  rotate(options?: RotateOptions): Promise<Rotated>;
  status(): Promise<readonly KeyStatus[]>;
}

const ROWS_PER_SECOND = 1000;
/** Small, so that the pace is even and a stop comes soon. */
const MAX_BATCH = 100;
const BATCHES_PER_SECOND = 10;
/** Rows that change under a pass are met by the next one. A replica that still seals with an old key would keep them coming for ever. */
const MAX_PASSES = 5;

export const createKeyRotation = ({ store, keyRing, clock, logger }: KeyRotationDeps): KeyRotation => {
  const status = async (): Promise<readonly KeyStatus[]> => keyStatuses(keyRing, await store.keys.uses());

  const rotate = async (options: RotateOptions = {}): Promise<Rotated> => {
    const budget = createBudget(clock, options);
    let keys = await status();
    const total = leftOver(keys);
    let resealed = 0;
    let unreadable = 0;
    for (let pass = 1; pass <= MAX_PASSES && leftOver(keys) > 0 && !budget.isOver(); pass += 1) {
      const before = resealed;
      const onBatch = (count: number): void => {
        resealed += count;
        options.onProgress?.({ resealed, total: Math.max(total, resealed) });
      };
      unreadable = await runPass(store, budget, onBatch);
      keys = await status();
      if (resealed === before) break;
    }
    const done = leftOver(keys) === 0;
    logger.info(done ? "encryption keys rotated" : "encryption keys not rotated yet", {
      key_id: keyRing.primary.id,
      count: resealed,
      remaining: leftOver(keys),
    });
    return { done, resealed, unreadable, keys };
  };

  return { rotate, status };
};

/** Answers how many ciphertexts did not open. */
const runPass = async (
  { keys }: Pick<Store, "keys">,
  budget: Budget,
  onBatch: (resealed: number) => void,
): Promise<number> => {
  let unreadable = 0;
  let cursor: ResealCursor | undefined;
  do {
    const batch = await keys.reseal(cursor, budget.batch);
    unreadable += batch.unreadable;
    onBatch(batch.resealed);
    cursor = batch.next;
    if (cursor !== undefined) await budget.spend(batch.rows);
  } while (cursor !== undefined && !budget.isOver());
  return unreadable;
};

interface Budget {
  /** Rows of one batch. */
  readonly batch: number;
  isOver(): boolean;
  /** Waits until so many rows more are within the rate. */
  spend(rows: number): Promise<void>;
}

const createBudget = (clock: Clock, options: RotateOptions): Budget => {
  const { rowsPerSecond = ROWS_PER_SECOND, forMs = Number.POSITIVE_INFINITY, signal } = options;
  const beganMs = clock.monotonicMs();
  let freeAtMs = beganMs;
  return {
    batch: Math.max(1, Math.min(MAX_BATCH, Math.floor(rowsPerSecond / BATCHES_PER_SECOND))),
    isOver: () => signal?.aborted === true || clock.monotonicMs() - beganMs >= forMs,
    async spend(rows) {
      const nowMs = clock.monotonicMs();
      freeAtMs = Math.max(freeAtMs, nowMs - SECOND) + (rows / rowsPerSecond) * SECOND;
      const waitMs = Math.min(freeAtMs - nowMs, beganMs + forMs - nowMs);
      if (waitMs > 0) await delay(waitMs, undefined, signal && { signal }).catch(() => {});
    },
  };
};
