import { setTimeout as delay } from "node:timers/promises";

/** Milliseconds. Durations are products: `8 * MINUTE`. */
export const MILLISECOND = 1;
export const SECOND = 1000 * MILLISECOND;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/**
 * A replica's own clock, for durations only: monotonic milliseconds.
 * Points in time that are stored or compared with stored ones come from the database (`broker_now()`), never from here.
 */
export interface Clock {
  monotonicMs(): number;
}

export const systemClock: Clock = { monotonicMs: () => performance.now() };

/** Whether the work is over within the time. It goes on if not; its failure is its own affair. */
export const endsWithin = async (ms: number, work: Promise<unknown>): Promise<boolean> => {
  const settled = new AbortController();
  const over = work.then(
    () => true,
    () => true,
  );
  const late = delay(Math.max(0, ms), false, { signal: settled.signal }).catch(() => false);
  try {
    return await Promise.race([over, late]);
  } finally {
    settled.abort();
  }
};
