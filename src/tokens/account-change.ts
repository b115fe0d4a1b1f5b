import { BrokerError } from "../errors.ts";
import type { Grant, GrantAccount, Pins, Store } from "../store/index.ts";
import type { Logger, Metrics } from "../telemetry/index.ts";

/** What happens when somebody else's account comes to take the place of a known one. Either way it is told. */
export type AccountRule = "accept" | "refuse";

/** `first`: there is nothing to compare with. `unknown`: the new tokens do not tell whose they are. */
export type AccountVerdict = "first" | "same" | "other" | "unknown";

export interface AccountDeps {
  readonly store: Pick<Store, "tokens">;
  readonly logger: Logger;
  readonly metrics: Pick<Metrics, "accountChanges">;
}

/**
 * Compares the account of the present grant with that of a new authorization. One of another client or registration is not comparable: providers may know a
 * person by another name at each.
 *
 * @throws BrokerError KEY_UNAVAILABLE under the rule `refuse`; elsewhere a new authorization is the cure for a key that is lost.
 */
export const judgeAccount = (
  { store }: AccountDeps,
  grant: Grant,
  present: GrantAccount | undefined,
  { registrationId, clientId }: Pins,
  account: string | undefined,
  rule: AccountRule,
): AccountVerdict => {
  if (present?.sealed === undefined) return "first";
  if (present.registrationId !== registrationId || present.clientId !== clientId) return "first";
  const known = openUnlessLost(store, grant, present, rule);
  if (known === undefined) return "first";
  if (account === undefined) return "unknown";
  return account === known ? "same" : "other";
};

const openUnlessLost = (
  { tokens }: AccountDeps["store"],
  grant: Grant,
  present: GrantAccount,
  rule: AccountRule,
): string | undefined => {
  try {
    return tokens.openAccount(grant, present);
  } catch (error) {
    const isLost = error instanceof BrokerError && error.code === "KEY_UNAVAILABLE";
    if (isLost && rule === "accept") return undefined;
    throw error;
  }
};

/** An event, whether or not the change is refused. Neither account is told. */
export const reportAccount = (
  { logger, metrics }: AccountDeps,
  { namespace, connectionId, provider }: Grant,
  verdict: AccountVerdict,
  rule: AccountRule,
): void => {
  if (verdict === "first" || verdict === "same") return;
  const outcome = rule === "refuse" ? "refused" : verdict === "other" ? "changed" : "unpinned";
  metrics.accountChanges.inc({ provider, outcome });
  logger.warn("a connection was authorized by another account than before, or by one that is not known", {
    namespace,
    connection_id: connectionId,
    provider,
    outcome,
  });
};

export const accountMismatch = (verdict: "other" | "unknown"): BrokerError =>
  new BrokerError(
    "ACCOUNT_MISMATCH",
    verdict === "other"
      ? "another account was authorized than the one that is connected: revoke the connection first, or start with allow_account_change"
      : "what was granted does not tell whose account it is, and the connection has a known one: ask for the same scopes again, or start with allow_account_change",
    { metadata: { cause: verdict === "other" ? "other_account" : "account_unknown" } },
  );
