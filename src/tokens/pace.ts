import { OAuthFailure, type TokenSet } from "../oauth/index.ts";
import { MINUTE, SECOND } from "../time.ts";
import { jitterMs } from "./backoff.ts";

/** How much one provider takes from this replica at present. */
export interface Pace {
  /** Calls at once; the fraction is progress towards the next one. */
  readonly limit: number;
  /** Where the provider last had too much: above it the limit grows slowly. */
  readonly threshold: number;
  /** The monotonic moment at which the limit was last cut. */
  readonly cutAtMs: number;
  /** Times in a row that it had too much. */
  readonly strikes: number;
  /** Nothing is called ahead of time before this moment of the database's clock. */
  readonly pausedUntil: Date | undefined;
}

export const MOST_CALLS = 32;
const FIRST_CALLS = 8;

export const FIRST_PACE: Pace = {
  limit: FIRST_CALLS,
  threshold: Number.POSITIVE_INFINITY,
  cutAtMs: Number.NEGATIVE_INFINITY,
  strikes: 0,
  pausedUntil: undefined,
};

/** When a call began and ended. */
export interface CallTimes {
  readonly begunMs: number;
  readonly endedMs: number;
  /** The database's clock when it ended. */
  readonly now: Date;
}

/**
 * The pace after an answer. A success allows one call more; too much for the provider (429, `slow_down`, a 503 that says when to come back) or no answer at
 * all allows half as many. What was called before the last cut was called at the old pace and cuts no further. Answers about a grant change nothing.
 */
export const paceAfter = (
  pace: Pace,
  answer: TokenSet | OAuthFailure,
  times: CallTimes,
  random: () => number,
): Pace => {
  if (!(answer instanceof OAuthFailure)) return faster(pace);
  if (isThrottled(answer)) return paused(slower(pace, times), answer.retryAfterMs, times.now, random);
  return isUnanswered(answer) ? slower(pace, times) : pace;
};

/** RFC 6585 section 4, RFC 8628 section 3.5, RFC 9110 section 15.6.4. */
const isThrottled = ({ httpStatus, providerError, retryAfterMs }: OAuthFailure): boolean =>
  httpStatus === 429 || providerError === "slow_down" || (httpStatus === 503 && retryAfterMs !== undefined);

const isUnanswered = ({ class: failureClass, httpStatus }: OAuthFailure): boolean =>
  httpStatus === undefined && (failureClass === "transient" || failureClass === "outcome_unknown");

const faster = (pace: Pace): Pace => ({
  ...pace,
  limit: Math.min(MOST_CALLS, pace.limit + (pace.limit < pace.threshold ? 1 : 1 / pace.limit)),
  strikes: 0,
});

const slower = (pace: Pace, { begunMs, endedMs }: CallTimes): Pace => {
  if (begunMs < pace.cutAtMs) return pace;
  const limit = Math.max(1, Math.floor(pace.limit / 2));
  return { ...pace, limit, threshold: limit, cutAtMs: endedMs, strikes: pace.strikes + 1 };
};

const LONGEST_GUESS_MS = 1 * MINUTE;

/** As long as the provider says; if it does not, 1 s, 2 s, 4 s … up to a minute, of which jitter takes up to a half. */
const paused = (pace: Pace, retryAfterMs: number | undefined, now: Date, random: () => number): Pace => {
  const guessMs = Math.min(LONGEST_GUESS_MS, SECOND * 2 ** Math.min(pace.strikes, 10));
  const until = new Date(now.getTime() + (retryAfterMs ?? jitterMs(guessMs / 2, guessMs, random)));
  const isLater = pace.pausedUntil === undefined || until > pace.pausedUntil;
  return isLater ? { ...pace, pausedUntil: until } : pace;
};

const RAMP_MS = 1 * MINUTE;
const RAMP_FROM = 2;

/** How many calls at once a slow start allows, so long after it began. */
export const rampCalls = (elapsedMs: number): number =>
  elapsedMs >= RAMP_MS ? MOST_CALLS : Math.max(RAMP_FROM, Math.floor((MOST_CALLS * elapsedMs) / RAMP_MS));
