import type { Clock } from "../time.ts";

export interface BucketOptions {
  readonly perSecond: number;
  readonly burst: number;
  /** Keys remembered; beyond it the one that was used the longest ago begins anew. Default 10 000. */
  readonly maxKeys?: number;
  readonly clock: Clock;
}

/**
 * Takes one of the key's tokens, or so many. Answers undefined, or the milliseconds until there is one. Who has one may take many: what is missing is owed,
 * so that a request larger than the bucket is possible, and no more are made than the rate allows.
 */
export type TakeToken = (key: string, count?: number) => number | undefined;

interface Bucket {
  tokens: number;
  filledAtMs: number;
}

/** Token buckets in this process's memory: two map operations a call. */
export const createTokenBuckets = ({
  perSecond,
  burst,
  maxKeys = 10_000,
  clock,
}: BucketOptions): TakeToken => {
  const buckets = new Map<string, Bucket>();
  const perMs = perSecond / 1000;
  return (key, count = 1) => {
    const nowMs = clock.monotonicMs();
    const bucket = buckets.get(key) ?? { tokens: burst, filledAtMs: nowMs };
    bucket.tokens = Math.min(burst, bucket.tokens + (nowMs - bucket.filledAtMs) * perMs);
    bucket.filledAtMs = nowMs;
    // A map keeps the order of insertion: what was used last is last.
    buckets.delete(key);
    buckets.set(key, bucket);
    if (buckets.size > maxKeys)
      for (const oldest of buckets.keys()) {
        buckets.delete(oldest);
        break;
      }
    if (bucket.tokens < 1) return (1 - bucket.tokens) / perMs;
    bucket.tokens -= count;
    return undefined;
  };
};
