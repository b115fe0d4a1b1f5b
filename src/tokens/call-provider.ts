import { type Egress, OAuthFailure, refreshToken, type TokenSet } from "../oauth/index.ts";
import type { Registrations } from "../registrations/index.ts";
import type { ClaimedToken } from "../store/index.ts";
import { type Clock, SECOND } from "../time.ts";
import { isOutcomeUnknown, secondsSinceBegun } from "./judge-failure.ts";
import type { Prepared } from "./prepared.ts";
import { providerCall } from "./provider-call.ts";
import type { RefreshReports } from "./refresh-reports.ts";

export interface CallDeps {
  readonly egress: Egress;
  readonly registrations: Registrations;
  readonly reports: RefreshReports;
  readonly clock: Clock;
  readonly providerTimeoutMs: number;
}

/**
 * One call; and a second at once where the first one's outcome is unknown and the vendor still accepts the old refresh token (its grace): the one moment
 * at which asking again is known to be safe.
 */
export const callProvider = async (
  deps: CallDeps,
  claimed: ClaimedToken,
  prepared: Prepared,
): Promise<TokenSet | OAuthFailure> => {
  const sentMs = deps.clock.monotonicMs();
  const answer = await callOnce(deps, claimed, prepared);
  const { refresh } = prepared.provider.definition;
  if (!(answer instanceof OAuthFailure) || !isOutcomeUnknown(answer.class, refresh)) return answer;
  const sinceMs = deps.clock.monotonicMs() - sentMs + secondsSinceBegun(claimed) * SECOND;
  const withinGrace = sinceMs < (refresh.graceSeconds ?? 0) * SECOND;
  return withinGrace ? await callOnce(deps, claimed, prepared) : answer;
};

const callOnce = async (
  deps: CallDeps,
  claimed: ClaimedToken,
  prepared: Prepared,
): Promise<TokenSet | OAuthFailure> => {
  const call = providerCall(deps, claimed.pins, prepared.provider);
  try {
    return await refreshToken(deps.egress, {
      ...call,
      refreshToken: prepared.refreshToken,
      scopes: claimed.scopes,
      metadata: claimed.providerMetadata,
    });
  } catch (error) {
    if (error instanceof OAuthFailure) return error;
    deps.reports.defect(claimed, error);
    return new OAuthFailure("the refresh ended in a defect", { class: "outcome_unknown", sent: true });
  }
};
