import { type Egress, OAuthFailure, refreshToken, type TokenSet } from "../oauth/index.ts";
import type { Registrations } from "../registrations/index.ts";
import type { ClaimedToken } from "../store/index.ts";
import { type Clock, SECOND } from "../time.ts";
import { isOutcomeUnknown } from "./judge-failure.ts";
import type { PinnedProvider } from "./pinned-provider.ts";
import type { RefreshReports } from "./refresh-reports.ts";

export interface CallDeps {
  readonly egress: Egress;
  readonly registrations: Registrations;
  readonly reports: RefreshReports;
  readonly clock: Clock;
  readonly providerTimeoutMs: number;
}

/** What the call needs, all of it at hand. */
export interface Prepared {
  readonly provider: PinnedProvider & { readonly ok: true };
  readonly refreshToken: string;
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
  const withinGrace = deps.clock.monotonicMs() - sentMs < (refresh.graceSeconds ?? 0) * SECOND;
  return withinGrace ? await callOnce(deps, claimed, prepared) : answer;
};

const callOnce = async (
  { egress, registrations, providerTimeoutMs, reports }: CallDeps,
  claimed: ClaimedToken,
  { provider: { registration, definition, endpoints }, refreshToken: token }: Prepared,
): Promise<TokenSet | OAuthFailure> => {
  const { clientId, clientSecret, previousClientSecret } = registration;
  try {
    return await refreshToken(egress, {
      definition,
      endpoints,
      client: { clientId, clientSecret },
      previousClientSecret,
      refreshToken: token,
      scopes: claimed.scopes,
      trust: registrations.trustOf(registration, claimed.pins.providerConfig),
      timeoutMs: providerTimeoutMs,
    });
  } catch (error) {
    if (error instanceof OAuthFailure) return error;
    reports.defect(claimed, error);
    return new OAuthFailure("the refresh ended in a defect", { class: "outcome_unknown", sent: true });
  }
};
