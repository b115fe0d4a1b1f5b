import { sha256Hex } from "../crypto/index.ts";
import { BrokerError } from "../errors.ts";
import { IdentityFailure } from "../oauth/index.ts";
import { namespaceOf, parseGrant } from "../registrations/index.ts";
import type { AuthorizationRow, Grant } from "../store/index.ts";
import { accountOfIdentity } from "./account.ts";
import { completionError, reasonOfError } from "./failure.ts";
import { type LoginIdentity, type ProveDeps, proveIdentity } from "./identity.ts";
import type { AuthorizationFlowOptions } from "./options.ts";
import { openParked } from "./park.ts";
import { exchangeFlow, type Redeemer, storeExchanged } from "./redeem.ts";

export interface CompleteLoginRequest {
  readonly ticket: string;
  /** What StartLogin answered, as the browser's own session kept it. */
  readonly loginId: string;
  readonly namespace?: string | undefined;
  readonly callerId: string;
  /** The connection that keeps the tokens; without one they are forgotten. */
  readonly keepTokens?: { readonly connectionId: string; readonly userId: string } | undefined;
}

export interface CompletedLogin {
  readonly identity: LoginIdentity;
  /** Whose tokens were kept. */
  readonly kept: Grant | undefined;
}

/**
 * Redeems the parked code of a login, once, and answers who logged in. Whoever presents another's ticket, or a ticket in another browser's session, spends
 * nothing and reaches no provider. The tokens are forgotten, unless the caller names a connection for them.
 */
export const createCompleteLogin =
  (options: AuthorizationFlowOptions, redeemer: Redeemer, deps: ProveDeps) =>
  async (request: CompleteLoginRequest): Promise<CompletedLogin> => {
    const { authorizations } = options;
    const row = ownLogin(await authorizations.findByTicket(sha256Hex(request.ticket)), request);
    const kept = keptGrant(row, request);
    if (row.redeemingAt !== null || row.outcome !== null) throw used();
    const claimed = await authorizations.claimParked(row.id);
    if (claimed === undefined) throw isTooLate(row) ? tooLate() : used();
    try {
      const exchanged = await exchangeFlow(options, claimed, () => openParked(options, claimed));
      const identity = await proveIdentity(deps, claimed, exchanged);
      if (kept) await storeExchanged(options, claimed, kept, exchanged, accountOfIdentity(identity));
      await redeemer.succeed(claimed);
      return { identity, kept };
    } catch (error) {
      const reason = reasonOfError(error);
      await redeemer.fail(claimed, reason, error);
      throw completionError(reason, error instanceof IdentityFailure ? error.problem : reason);
    }
  };

const ownLogin = (row: AuthorizationRow | undefined, request: CompleteLoginRequest): AuthorizationRow => {
  const isOwn =
    row?.purpose === "login" &&
    row.id === request.loginId &&
    row.namespace === namespaceOf(request.namespace) &&
    (row.callerId === "" || row.callerId === request.callerId);
  if (isOwn) return row;
  throw new BrokerError(
    "TICKET_REJECTED",
    "ticket: not known for this login_id and caller; present the login_id that this browser's session kept",
  );
};

const keptGrant = (
  { namespace, provider }: AuthorizationRow,
  { keepTokens }: CompleteLoginRequest,
): Grant | undefined =>
  keepTokens &&
  parseGrant({ namespace, connectionId: keepTokens.connectionId, userId: keepTokens.userId, provider });

const isTooLate = (row: AuthorizationRow): boolean => row.parkedUntil === null || row.now >= row.parkedUntil;

const used = (): BrokerError =>
  new BrokerError("TICKET_EXPIRED", "ticket: used already, and it works once; start a new login", {
    metadata: { cause: "used" },
  });

const tooLate = (): BrokerError =>
  new BrokerError(
    "TICKET_EXPIRED",
    "ticket: came later than 60 seconds after the provider's answer; start a new login",
  );
