import { hasIssuedRefreshToken } from "../catalog/index.ts";
import { OAuthFailure, type ProviderCall, revokeToken, type Egress } from "../oauth/index.ts";
import type { Registrations } from "../registrations/index.ts";
import type { QueuedRevocation, Store } from "../store/index.ts";
import { errorClass, type Logger } from "../telemetry/index.ts";
import { SECOND } from "../time.ts";
import { retryDelayMs } from "./backoff.ts";
import { findPinnedProvider } from "./pinned-provider.ts";

export interface DeliverDueDeps extends DeliverDeps {
  readonly owner: string;
}

export interface DeliverDeps {
  readonly store: Pick<Store, "revocations">;
  readonly registrations: Registrations;
  readonly egress: Egress;
  readonly logger: Logger;
  readonly random: () => number;
  readonly providerTimeoutMs: number;
}

/** `done`: the vendor knows. `queued`: it does not yet, and will be told again. `not_supported`: it has no way to be told. */
export type Delivery = "done" | "queued" | "not_supported";

/**
 * Tells the vendor that a grant has ended: refresh token first, because that ends the access tokens made from it with most vendors (RFC 7009 section 2.1),
 * then the access token. Never throws: what fails is tried again until the outbox gives it up after 24 hours.
 */
export const deliverRevocation = async (
  deps: DeliverDeps,
  revocation: QueuedRevocation,
): Promise<Delivery> => {
  try {
    const delivered = await tellVendor(deps, revocation);
    await deps.store.revocations.done(revocation);
    deps.logger.info("provider told of revocation", { ...nameOf(revocation), outcome: delivered });
    return delivered;
  } catch (error) {
    await putOff(deps, revocation, error);
    return "queued";
  }
};

const BATCH = 10;

/** Longer than the two calls of one delivery may take. */
const LEASE_SECONDS = 45;

/** Tells vendors what is due, a few at a time. Resolves to how many were told or tried. */
export const deliverDueRevocations = async (deps: DeliverDueDeps, signal: AbortSignal): Promise<number> => {
  let total = 0;
  while (!signal.aborted) {
    const due = { limit: BATCH, owner: deps.owner, leaseSeconds: LEASE_SECONDS };
    const claimed = await deps.store.revocations.claimDue(due);
    if (claimed.length === 0) break;
    await Promise.all(claimed.map((revocation) => deliverRevocation(deps, revocation)));
    total += claimed.length;
  }
  return total;
};

const tellVendor = async (deps: DeliverDeps, revocation: QueuedRevocation): Promise<Delivery> => {
  const { registrations, store, egress, providerTimeoutMs } = deps;
  const provider = await findPinnedProvider(registrations, revocation);
  if (!provider.ok) throw provider.error;
  const { registration, definition, endpoints } = provider;
  if (endpoints.revokeUrl === "") return "not_supported";
  const call: ProviderCall = {
    definition,
    endpoints,
    client: { clientId: registration.clientId, clientSecret: registration.clientSecret },
    previousClientSecret: registration.previousClientSecret,
    trust: registrations.trustOf(registration, revocation.pins.providerConfig),
    timeoutMs: providerTimeoutMs,
    metadata: revocation.providerMetadata,
  };
  const refreshToken = hasIssuedRefreshToken(definition)
    ? store.revocations.openRefreshToken(revocation)
    : undefined;
  if (refreshToken !== undefined)
    await revokeToken(egress, { ...call, token: refreshToken, hint: "refresh_token" });
  await revokeAccessToken(
    egress,
    call,
    store.revocations.openAccessToken(revocation),
    refreshToken !== undefined,
  );
  return "done";
};

/** Vendors that take refresh tokens only say so with `unsupported_token_type` (section 2.2.1): then the access token dies with the grant or by itself. */
const revokeAccessToken = async (
  egress: Egress,
  call: ProviderCall,
  token: string,
  refreshTokenRevoked: boolean,
): Promise<void> => {
  try {
    await revokeToken(egress, { ...call, token, hint: "access_token" });
  } catch (error) {
    const isUnsupported = error instanceof OAuthFailure && error.providerError === "unsupported_token_type";
    if (!isUnsupported || !refreshTokenRevoked) throw error;
  }
};

const putOff = async (deps: DeliverDeps, revocation: QueuedRevocation, error: unknown): Promise<void> => {
  const retryAfterMs = error instanceof OAuthFailure ? error.retryAfterMs : undefined;
  const delayMs = retryDelayMs(revocation.attempts + 1, retryAfterMs, deps.random);
  deps.logger.warn("provider not told of revocation", {
    ...nameOf(revocation),
    attempt: revocation.attempts + 1,
    error_class: errorClass(error),
    http_status: error instanceof OAuthFailure ? error.httpStatus : undefined,
  });
  try {
    await deps.store.revocations.retryLater(revocation, delayMs / SECOND);
  } catch (lost) {
    // The lease runs out, and then it is due again.
    deps.logger.warn("revocation not put back", { ...nameOf(revocation), error_class: errorClass(lost) });
  }
};

const nameOf = ({ namespace, connectionId, provider }: QueuedRevocation) => ({
  namespace,
  connection_id: connectionId,
  provider,
});
