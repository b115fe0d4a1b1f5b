import { invalidField } from "../errors.ts";
import type { GrantSelector } from "../registrations/index.ts";
import type { Clock } from "../time.ts";
import { assertNotBlocked, notFound } from "./candidate.ts";
import { connectionView, type ConnectionView } from "./connection-view.ts";
import { grantKey } from "./grant-key.ts";
import { refusedError } from "./obstacle.ts";
import { type CallOptions, createPatience, deadlineExceeded } from "./patience.ts";
import { pursue, type PursueDeps } from "./pursue.ts";

export interface RefreshTokenRequest extends GrantSelector {
  /** Refresh only if this is still the current version; 0 or absent = whatever is current. */
  readonly version?: bigint | undefined;
  /** Which of several tokens of the grant; empty = the main one. */
  readonly tokenName?: string | undefined;
}

export interface RefreshNowDeps extends PursueDeps {
  readonly clock: Clock;
  readonly maxWaitMs: number;
}

/**
 * Refreshes whatever the remaining lifetime; a grant whose version has moved on is answered as it is. Back-off and the provider's `Retry-After` hold here too,
 * except that client trouble is looked at again after 5 s.
 *
 * @throws BrokerError as GetToken; REAUTHORIZATION_REQUIRED also where there is no refresh token.
 */
export const refreshNow = async (
  deps: RefreshNowDeps,
  request: RefreshTokenRequest,
  { signal, deadlineMs = deps.maxWaitMs }: CallOptions,
): Promise<ConnectionView> => {
  const { version = 0n } = request;
  if (version < 0n) throw invalidField("version", "must be 0 or a version that GetToken answered");
  const row = await deps.store.tokens.find(grantKey(request, request.tokenName));
  if (row === undefined) throw notFound();
  assertNotBlocked(row);
  if (version !== 0n && version !== row.version) return connectionView(row);
  const patience = createPatience(deps.clock, Math.min(deadlineMs, deps.maxWaitMs), signal);
  const pursuit = await pursue(deps, row, { forced: true, patience });
  switch (pursuit.kind) {
    case "newer":
      return connectionView(pursuit.row);
    case "revoked":
      throw notFound();
    case "obstacle":
      throw refusedError(pursuit.obstacle, pursuit.row.now);
    case "late":
      throw deadlineExceeded();
  }
};
