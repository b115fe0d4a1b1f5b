import { type Egress, EgressFailure, OAuthFailure, refreshToken, type TokenSet } from "../oauth/index.ts";
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

/** The end of this process came before the provider's answer. What was sent may have been heard. */
export interface CutOff {
  readonly kind: "cut off";
  readonly sent: boolean;
}

export const isCutOff = (answer: TokenSet | OAuthFailure | CutOff): answer is CutOff =>
  "kind" in answer && answer.kind === "cut off";

/**
 * One call; and a second at once where the first one's outcome is unknown and the vendor still accepts the old refresh token (its grace): the one moment
 * at which asking again is known to be safe.
 */
export const callProvider = async (
  deps: CallDeps,
  claimed: ClaimedToken,
  prepared: Prepared,
): Promise<TokenSet | OAuthFailure | CutOff> => {
  const sentMs = deps.clock.monotonicMs();
  const answer = await callOnce(deps, claimed, prepared);
  const { refresh } = prepared.provider.definition;
  if (!(answer instanceof OAuthFailure) || !isOutcomeUnknown(answer.class, refresh)) return answer;
  const sinceMs = deps.clock.monotonicMs() - sentMs + secondsSinceBegun(claimed) * SECOND;
  const withinGrace = sinceMs < (refresh.graceSeconds ?? 0) * SECOND;
  if (!withinGrace) return answer;
  const second = await callOnce(deps, claimed, prepared);
  return isCutOff(second) ? { ...second, sent: true } : second;
};

const callOnce = async (
  deps: CallDeps,
  claimed: ClaimedToken,
  prepared: Prepared,
): Promise<TokenSet | OAuthFailure | CutOff> => {
  const call = providerCall(deps, claimed.pins, prepared.provider);
  try {
    return await refreshToken(deps.egress, {
      ...call,
      refreshToken: prepared.refreshToken,
      scopes: claimed.scopes,
      metadata: claimed.providerMetadata,
    });
  } catch (error) {
    if (error instanceof OAuthFailure)
      return isAborted(error) ? { kind: "cut off", sent: error.sent } : error;
    deps.reports.defect(claimed, error);
    return new OAuthFailure("the refresh ended in a defect", { class: "outcome_unknown", sent: true });
  }
};

/** Nothing but the stop of this process ends a call of its own accord. */
const isAborted = ({ cause }: OAuthFailure): boolean =>
  cause instanceof EgressFailure && cause.problem === "aborted";
