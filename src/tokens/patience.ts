import { setTimeout as delay } from "node:timers/promises";
import { BrokerError } from "../errors.ts";
import type { Clock } from "../time.ts";

export interface CallOptions {
  /** The caller went away: its waiting ends, what was begun for it goes on. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds from now until the caller must have an answer. Absent = the broker's own bound (20 s). */
  readonly deadlineMs?: number | undefined;
}

/** The promise was not settled in time. */
export const LATE = Symbol("late");

/** How long one caller waits. Nothing that it waits for is cancelled when it stops. */
export interface Patience {
  /** The promise's result, or `LATE`. @throws BrokerError DEADLINE_EXCEEDED when the caller goes away. */
  within<T>(promise: Promise<T>): Promise<T | typeof LATE>;
  /** Waits; false if the time was up before. */
  pause(ms: number): Promise<boolean>;
  /** The same caller with less time. */
  atMost(ms: number): Patience;
}

export const createPatience = (clock: Clock, waitMs: number, signal: AbortSignal | undefined): Patience => {
  const untilMs = clock.monotonicMs() + waitMs;
  const leftMs = (): number => Math.max(0, untilMs - clock.monotonicMs());
  return {
    within: (promise) => race(promise, leftMs(), signal),
    async pause(ms) {
      const left = leftMs();
      await race(new Promise(() => {}), Math.min(ms, left), signal);
      return ms < left;
    },
    atMost: (ms) => createPatience(clock, Math.min(ms, leftMs()), signal),
  };
};

const race = async <T>(
  promise: Promise<T>,
  ms: number,
  caller: AbortSignal | undefined,
): Promise<T | typeof LATE> => {
  if (caller?.aborted) throw gone();
  const settled = new AbortController();
  const signal = caller ? AbortSignal.any([caller, settled.signal]) : settled.signal;
  const timer: Promise<typeof LATE> = delay(ms, undefined, { signal }).then(late, () => {
    if (settled.signal.aborted) return late();
    throw gone();
  });
  try {
    return await Promise.race<T | typeof LATE>([promise, timer]);
  } finally {
    settled.abort();
  }
};

const late = (): typeof LATE => LATE;

const gone = (): BrokerError =>
  new BrokerError("DEADLINE_EXCEEDED", "the caller went away before the token was there");

export const deadlineExceeded = (): BrokerError =>
  new BrokerError("DEADLINE_EXCEEDED", "the token was not refreshed within the call's deadline: retry");
