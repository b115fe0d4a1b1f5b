import type { TokenBrokerError } from "./errors.ts";

/** Where nobody says when to come back: from so long, doubled each time, up to so long, half of it by chance. */
const FIRST_DELAY_MS = 50;
const MAX_DELAY_MS = 2000;

/** On top of what the broker asks for, so that a fleet does not come back in one moment. */
const SPREAD = 0.2;

export interface Attempt {
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
}

export interface RetryOptions {
  /** Ends waiting and calling. */
  readonly signal: AbortSignal;
  /** On the clock of `performance.now()`. May move while a call is under way. */
  readonly deadlineMs: () => number;
  readonly toError: (thrown: unknown) => TokenBrokerError;
}

/**
 * Calls until it succeeds, fails for good, or the next attempt would begin after the deadline: then the last error is thrown at once instead of after a
 * wait for nothing. Every call that is made through this is idempotent.
 */
export const withRetries = async <T>(
  call: (attempt: Attempt) => Promise<T>,
  { signal, deadlineMs, toError }: RetryOptions,
): Promise<T> => {
  for (let failures = 0; ; failures += 1) {
    signal.throwIfAborted();
    try {
      return await call({ signal, timeoutMs: Math.max(1, Math.ceil(deadlineMs() - performance.now())) });
    } catch (thrown) {
      signal.throwIfAborted();
      const error = toError(thrown);
      const delayMs = retryDelayMs(error, failures);
      if (delayMs === undefined || performance.now() + delayMs >= deadlineMs()) throw error;
      await sleep(delayMs, signal);
    }
  }
};

/** A connection that broke or was never made; HTTP/2 also says that a stream was cancelled. What the broker itself says has a reason. */
const BROKEN: ReadonlySet<string> = new Set(["unavailable", "aborted", "canceled"]);

/** What runtimes make of connections that break in other ways, and of servers that nobody trusts: worth another try, and no more. */
const UNCLEAR: ReadonlySet<string> = new Set(["internal", "unknown"]);
const UNCLEAR_RETRIES = 2;

/** undefined = trying again does not help. */
export const retryDelayMs = (
  { code, reason, retryAfterMs }: TokenBrokerError,
  failures: number,
): number | undefined => {
  if (code === "unavailable" || code === "resource_exhausted") {
    if (retryAfterMs !== undefined) return retryAfterMs * (1 + SPREAD * Math.random());
  }
  // A timeout that a call inherited from a caller who had less time than those who came later.
  if (code === "deadline_exceeded") return 0;
  if (!isOfConnection(code, reason, failures)) return undefined;
  return Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** failures) * (0.5 + Math.random() / 2);
};

const isOfConnection = (code: string, reason: string, failures: number): boolean => {
  if (code === "unavailable") return true;
  if (reason !== "") return false;
  return BROKEN.has(code) || (UNCLEAR.has(code) && failures < UNCLEAR_RETRIES);
};

/** @throws the signal's reason. */
export const sleep = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve, reject) => {
    const onAbort = (): void => {
      clearTimeout(timer);
      reject(signal.reason as Error);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", onAbort);
      resolve();
    }, ms);
    signal.addEventListener("abort", onAbort, { once: true });
  });
