import { type ProviderDefinition, reuseSeconds } from "../catalog/index.ts";
import type { FailureClass, OAuthFailure } from "../oauth/index.ts";
import type { ClaimedToken, RefreshFailure, TokenRow } from "../store/index.ts";
import { SECOND } from "../time.ts";
import { afterOthers, retryDelayMs } from "./backoff.ts";
import { serveMarginMs } from "./freshness.ts";
import { type FailureReason, isOutcomeInDoubt } from "./obstacle.ts";

type RefreshRules = ProviderDefinition["refresh"];

/** Whether a refresh that ended so may have spent the refresh token without anybody having read the new one. */
export const isOutcomeUnknown = (failureClass: FailureClass, rules: RefreshRules): boolean =>
  (failureClass === "outcome_unknown" || failureClass === "invalid_response") && rules.rotates !== false;

/** What else decides about the meaning of a failure. */
export interface Circumstances {
  /** Names the client credentials of the call. */
  readonly credential: string;
  /** Nobody calls with them before this moment. */
  readonly blockedUntil?: Date | undefined;
  /** The provider rejects nearly everybody: not believed before this moment. */
  readonly doubtedUntil?: Date | undefined;
}

/**
 * What a failed refresh means for the grant. Laws:
 *
 * - Only a rejection ends it, and only one that is believed. Trouble of the provider, of our client or of the network never does.
 * - Where nobody knows whether a rotating refresh token was spent, the present token is served to its end and the old refresh token tried once more
 *   then: nothing is lost by trying at that moment. If that is rejected, the grant ends under the name of its cause.
 */
export const judgeFailure = (
  claimed: ClaimedToken,
  failure: Pick<OAuthFailure, "class" | "providerError" | "retryAfterMs">,
  rules: RefreshRules,
  { credential, blockedUntil, doubtedUntil }: Circumstances,
  random: () => number,
): RefreshFailure => {
  const { providerError } = failure;
  if (failure.class === "rejected")
    return doubtedUntil
      ? doubted(claimed, rules, providerError, afterOthers(doubtedUntil, random))
      : {
          status: "needs_reauth",
          reason: rejectionReason(claimed, rules),
          providerError,
          nextAttempt: undefined,
        };
  return {
    ...judgePassing(claimed, failure, rules, { credential, blockedUntil }, random),
    ...restOf(failure),
  };
};

const judgePassing = (
  claimed: ClaimedToken,
  failure: Pick<OAuthFailure, "class" | "providerError" | "retryAfterMs">,
  rules: RefreshRules,
  { credential, blockedUntil }: Circumstances,
  random: () => number,
): RefreshFailure => {
  const { providerError } = failure;
  const backoff = {
    afterSeconds: retryDelayMs(claimed.failureCount + 1, failure.retryAfterMs, random) / SECOND,
  };
  if (isOutcomeUnknown(failure.class, rules) || isUnfinished(claimed, rules))
    return outcomeUnknown(claimed, backoff, providerError);
  if (failure.class !== "client") return degraded(transientReason(claimed), providerError, backoff);
  const nextAttempt = blockedUntil ? { at: blockedUntil } : backoff;
  return { ...degraded("PROVIDER_MISCONFIGURED", providerError, nextAttempt), credential };
};

/** The client itself is gone, and every grant that was made with it. */
export const clientGone = ({ providerError }: Pick<OAuthFailure, "providerError">): RefreshFailure => ({
  status: "needs_reauth",
  reason: "REAUTHORIZATION_REQUIRED",
  providerError,
  nextAttempt: undefined,
});

const restOf = ({
  retryAfterMs,
}: Pick<OAuthFailure, "retryAfterMs">): Pick<RefreshFailure, "notBeforeSeconds"> =>
  retryAfterMs === undefined ? {} : { notBeforeSeconds: retryAfterMs / SECOND };

/** The refresh token may be spent: tried again at the end of the token that works, or as `otherwise` says if that is over. */
export const outcomeUnknown = (
  claimed: ClaimedToken,
  otherwise: RefreshFailure["nextAttempt"],
  providerError = "",
): RefreshFailure => degraded("REFRESH_OUTCOME_UNKNOWN", providerError, endOfService(claimed) ?? otherwise);

/** Taken over from an owner who may have spent the refresh token. What has not succeeded since leaves that as unknown as it was. */
export const isUnfinished = ({ takenOverFrom }: ClaimedToken, rules: RefreshRules): boolean =>
  takenOverFrom !== null && rules.rotates !== false;

/** Ends nothing; and what was known about the refresh token before is known still. */
const doubted = (
  claimed: ClaimedToken,
  rules: RefreshRules,
  providerError: string,
  at: Date,
): RefreshFailure => {
  const reason = isSpentPerhaps(claimed, rules) ? "REFRESH_OUTCOME_UNKNOWN" : "REJECTION_DOUBTED";
  return degraded(reason, providerError, { at });
};

/** A failure of which nothing arrived leaves it as unknown as it was whether the refresh token is spent. */
const transientReason = ({ failureReason }: ClaimedToken): FailureReason =>
  isOutcomeInDoubt(failureReason) ? "REFRESH_OUTCOME_UNKNOWN" : "PROVIDER_UNAVAILABLE";

/**
 * A takeover from an owner who may have sent its refresh: as unknown as an answer that was cut off, unless the vendor still accepts what that
 * owner may have spent. Undefined = go on and refresh.
 */
export const judgeTakeover = (claimed: ClaimedToken, rules: RefreshRules): RefreshFailure | undefined => {
  if (!isUnfinished(claimed, rules) || secondsSinceBegun(claimed) < reuseSeconds(rules)) return undefined;
  return endOfService(claimed) && outcomeUnknown(claimed, undefined);
};

/** How long before the claim the earliest call may have been sent whose outcome nobody knows; 0 = there was none. */
export const secondsSinceBegun = ({ begunAt, now }: ClaimedToken): number =>
  begunAt === null ? Infinity : (now.getTime() - begunAt.getTime()) / SECOND;

const degraded = (
  reason: FailureReason,
  providerError: string,
  nextAttempt: RefreshFailure["nextAttempt"],
): RefreshFailure => ({ status: "degraded", reason, providerError, nextAttempt });

const rejectionReason = (claimed: ClaimedToken, rules: RefreshRules): FailureReason =>
  isSpentPerhaps(claimed, rules) ? "REFRESH_OUTCOME_UNKNOWN" : "REAUTHORIZATION_REQUIRED";

const isSpentPerhaps = (claimed: ClaimedToken, rules: RefreshRules): boolean =>
  isOutcomeInDoubt(claimed.failureReason) || isUnfinished(claimed, rules);

/** When the stored token stops being served; undefined if it has, or never does. */
const endOfService = (row: TokenRow): { readonly at: Date } | undefined => {
  if (row.expiresAt === null) return undefined;
  const at = new Date(row.expiresAt.getTime() - serveMarginMs(row));
  return at > row.now ? { at } : undefined;
};
