import { sha256Base64Url } from "../crypto/index.ts";
import type { Rate, RateLimitRepository } from "../store/index.ts";
import type { Clock } from "../time.ts";

/** A limit that all replicas share. */
export interface SharedLimit {
  /** Takes one. Answers undefined, or the milliseconds until there is one. @throws BrokerError STORE_UNAVAILABLE. */
  take(key: string): Promise<number | undefined>;
  /** What this replica knows without asking: the milliseconds until the key may ask again. */
  refusedForMs(key: string): number | undefined;
}

export interface SharedLimitOptions {
  /** Keeps the keys of one limit apart from those of others. */
  readonly scope: string;
  readonly rate: Rate;
  readonly limits: Pick<RateLimitRepository, "take">;
  readonly clock: Clock;
}

/** Beyond it, whoever was refused is asked about again. */
const MAX_REMEMBERED = 10_000;

/**
 * Of one key there is one statement at a time: who comes meanwhile is counted by the next one, together. A flood of one key costs a connection and a row
 * lock, not the pool; and once the database has refused it, nothing at all until its next turn.
 */
export const createSharedLimit = ({ scope, rate, limits, clock }: SharedLimitOptions): SharedLimit => {
  const refusedUntilMs = new Map<string, number>();
  const waiting = new Map<string, PromiseWithResolvers<number | undefined>[]>();

  const refusedForMs = (key: string): number | undefined => {
    const leftMs = (refusedUntilMs.get(key) ?? 0) - clock.monotonicMs();
    if (leftMs > 0) return leftMs;
    refusedUntilMs.delete(key);
    return undefined;
  };

  const refuse = (key: string, forMs: number): void => {
    if (refusedUntilMs.size >= MAX_REMEMBERED) refusedUntilMs.clear();
    refusedUntilMs.set(key, clock.monotonicMs() + forMs);
  };

  const takeAll = async (key: string): Promise<void> => {
    for (let callers = waiting.get(key) ?? []; callers.length > 0; callers = waiting.get(key) ?? []) {
      waiting.set(key, []);
      try {
        const { granted, nextInMs } = await limits.take(hashed(scope, key), callers.length, rate);
        if (granted < callers.length) refuse(key, nextInMs);
        for (const [index, { resolve }] of callers.entries()) resolve(index < granted ? undefined : nextInMs);
      } catch (error) {
        for (const { reject } of callers) reject(error);
      }
    }
    waiting.delete(key);
  };

  return {
    refusedForMs,
    take(key) {
      const refusedMs = refusedForMs(key);
      if (refusedMs !== undefined) return Promise.resolve(refusedMs);
      const caller = Promise.withResolvers<number | undefined>();
      const others = waiting.get(key);
      if (others) others.push(caller);
      else {
        waiting.set(key, [caller]);
        void takeAll(key);
      }
      return caller.promise;
    },
  };
};

const hashed = (scope: string, key: string): string => sha256Base64Url(`${scope}:${key}`);
