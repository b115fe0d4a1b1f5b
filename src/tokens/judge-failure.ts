import type { ProviderDefinition } from "../catalog/index.ts";
import type { FailureClass, OAuthFailure } from "../oauth/index.ts";
import type { ClaimedToken, RefreshFailure, TokenRow } from "../store/index.ts";
import { SECOND } from "../time.ts";
import { retryDelayMs } from "./backoff.ts";
import { serveMarginMs } from "./freshness.ts";
import type { FailureReason } from "./obstacle.ts";

type RefreshRules = ProviderDefinition["refresh"];

/** Whether a refresh that ended so may have spent the refresh token without anybody having read the new one. */
export const isOutcomeUnknown = (failureClass: FailureClass, rules: RefreshRules): boolean =>
  (failureClass === "outcome_unknown" || failureClass === "invalid_response") && rules.rotates !== false;

/**
 * What a failed refresh means for the grant. Laws:
 *
 * - Only a rejection ends it. Trouble of the provider, of our client or of the network never does.
 * - Where nobody knows whether a rotating refresh token was spent, the present token is served to its end and the old refresh token tried once more
 *   then: nothing is lost by trying at that moment. If that is rejected, the grant ends under the name of its cause.
 */
export const judgeFailure = (
  claimed: ClaimedToken,
  failure: Pick<OAuthFailure, "class" | "providerError" | "retryAfterMs">,
  rules: RefreshRules,
  random: () => number,
): RefreshFailure => {
  const { providerError } = failure;
  if (failure.class === "rejected")
    return {
      status: "needs_reauth",
      reason: rejectionReason(claimed),
      providerError,
      nextAttempt: undefined,
    };
  const backoff = {
    afterSeconds: retryDelayMs(claimed.failureCount + 1, failure.retryAfterMs, random) / SECOND,
  };
  if (isOutcomeUnknown(failure.class, rules))
    return degraded("REFRESH_OUTCOME_UNKNOWN", providerError, endOfService(claimed) ?? backoff);
  return degraded(
    failure.class === "client" ? "PROVIDER_MISCONFIGURED" : "PROVIDER_UNAVAILABLE",
    providerError,
    backoff,
  );
};

/** A takeover from an owner who may have sent its refresh: as unknown as an answer that was cut off. Undefined = go on and refresh. */
export const judgeTakeover = (claimed: ClaimedToken, rules: RefreshRules): RefreshFailure | undefined => {
  if (claimed.takenOverFrom === null || rules.rotates === false || (rules.graceSeconds ?? 0) > 0)
    return undefined;
  const until = endOfService(claimed);
  return until && degraded("REFRESH_OUTCOME_UNKNOWN", "", until);
};

const degraded = (
  reason: FailureReason,
  providerError: string,
  nextAttempt: RefreshFailure["nextAttempt"],
): RefreshFailure => ({ status: "degraded", reason, providerError, nextAttempt });

const rejectionReason = (claimed: ClaimedToken): FailureReason =>
  claimed.failureReason === "REFRESH_OUTCOME_UNKNOWN" || claimed.takenOverFrom !== null
    ? "REFRESH_OUTCOME_UNKNOWN"
    : "REAUTHORIZATION_REQUIRED";

/** When the stored token stops being served; undefined if it has, or never does. */
const endOfService = (row: TokenRow): { readonly at: Date } | undefined => {
  if (row.expiresAt === null) return undefined;
  const at = new Date(row.expiresAt.getTime() - serveMarginMs(row));
  return at > row.now ? { at } : undefined;
};
