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
