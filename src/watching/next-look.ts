import { BrokerError, type BrokerErrorCode } from "../errors.ts";
import { HOUR, MINUTE, SECOND } from "../time.ts";
import type { TokenAnswer, TokenView } from "../tokens/index.ts";

const SOONEST_MS = 1 * SECOND;
/** Timers drift, and rows may be set back by hand. */
const LATEST_MS = 1 * HOUR;

/** A token is not handed out any more when it is so close to its end. */
const LAST_MOMENTS_MS = 10 * SECOND;

/** So that the replicas and the watchers of one token do not all look at once: the first of them refreshes. */
const SPREAD = 1 / 20;
const SPREAD_MAX_MS = 5 * SECOND;

/** What ends by itself, without a change of the row: a registration comes back, a key file is corrected. */
const AGAIN_AFTER_MS: Partial<Record<BrokerErrorCode, number>> = {
  DEADLINE_EXCEEDED: 1 * SECOND,
  STORE_UNAVAILABLE: 2 * SECOND,
  DRAINING: 2 * SECOND,
  PROVIDER_UNAVAILABLE: 5 * SECOND,
  PROVIDER_MISCONFIGURED: 30 * SECOND,
  KEY_UNAVAILABLE: 1 * MINUTE,
  TOKEN_REJECTED: 1 * MINUTE,
  INTERNAL: 1 * MINUTE,
};

/**
 * In how many milliseconds the answer may be another although nobody changes the row: a refresh is due, a back-off ends, the token dies. undefined = not
 * before the row changes.
 */
export const nextLookMs = (answer: TokenAnswer, random: () => number): number | undefined => {
  const ms = answer.ok ? untilTurn(answer.token) : untilRetry(answer.reason);
  if (ms === undefined) return undefined;
  const spreadMs = Math.min(ms * SPREAD, SPREAD_MAX_MS) * random();
  return Math.min(LATEST_MS, Math.max(SOONEST_MS, ms + spreadMs));
};

const untilTurn = ({ asOf, refreshAfter, expiresAt, degraded }: TokenView): number | undefined => {
  const leftMs = (date: Date | undefined): number => (date ? date.getTime() - asOf.getTime() : Infinity);
  const at = [
    leftMs(refreshAfter ?? degraded?.nextAttemptAt),
    leftMs(expiresAt) - LAST_MOMENTS_MS,
    leftMs(expiresAt),
  ].filter((ms) => ms > 0 && ms < Infinity);
  return at.length === 0 ? undefined : Math.min(...at);
};

const untilRetry = (reason: unknown): number | undefined => {
  const code = reason instanceof BrokerError ? reason.code : "INTERNAL";
  const ownMs = reason instanceof BrokerError ? reason.retryAfterMs : undefined;
  const usualMs = AGAIN_AFTER_MS[code];
  return usualMs === undefined ? undefined : Math.max(usualMs, ownMs ?? 0);
};
