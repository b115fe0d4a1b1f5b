import type { Registration } from "../config/index.ts";
import { BrokerError } from "../errors.ts";
import type { TokenSet } from "../oauth/index.ts";
import type { Grant, NewToken, Pins, Store, TokenRow } from "../store/index.ts";
import { errorClass, type Logger, type Metrics } from "../telemetry/index.ts";
import { type Clock, SECOND } from "../time.ts";
import { accountMismatch, type AccountRule, judgeAccount, reportAccount } from "./account-change.ts";
import { connectionView, type ConnectionView } from "./connection-view.ts";
import { authorizedToken } from "./merge.ts";

/** What a finished authorization hands over. */
export interface AuthorizedGrant {
  readonly grant: Grant;
  /** The registration the exchange was made with. */
  readonly registration: Pick<Registration, "definition">;
  /** What the flow pinned when it began. */
  readonly pins: Pins;
  readonly answer: TokenSet;
  /** `clock.monotonicMs()` when the answer arrived: its lifetime counts from there. */
  readonly receivedAtMs: number;
  readonly requestedScopes: readonly string[];
  /** What the callback said for callers (`definition.metadata` from "callback"). */
  readonly callbackMetadata: Readonly<Record<string, string>>;
  /** Undefined = keep those of the present grant. */
  readonly labels: Readonly<Record<string, string>> | undefined;
  /** Whose account it is; undefined = not known. */
  readonly account?: string | undefined;
  /** What to do with another account than the present grant's. Default: accept it. */
  readonly accountRule?: AccountRule | undefined;
  /** Who started the authorization; default: nobody knows. */
  readonly callerId?: string;
}

export interface StoreAuthorizedDeps {
  readonly store: Pick<Store, "tokens" | "revocations">;
  readonly clock: Clock;
  readonly sweepHorizonSeconds: number;
  readonly logger: Logger;
  readonly metrics: Pick<Metrics, "transitions" | "accountChanges">;
}

/**
 * Stores the tokens of an authorization: the grant is new, or lives again, with a new version. A refresh of the old one that is under way cannot save any
 * more.
 *
 * @throws BrokerError ACCOUNT_MISMATCH when they are another account's and the rule refuses that; the present grant stays as it is.
 */
export const storeAuthorized = async (
  deps: StoreAuthorizedDeps,
  { grant, registration, receivedAtMs, account, accountRule, callerId, ...authorized }: AuthorizedGrant,
): Promise<ConnectionView> => {
  const { clock, sweepHorizonSeconds, logger, metrics } = deps;
  const { definition } = registration;
  const context = { rules: definition.refresh, sweepHorizonMs: sweepHorizonSeconds * SECOND };
  const token = (): NewToken => ({
    ...authorizedToken(
      { ...authorized, metadataRules: definition.metadata },
      context,
      clock.monotonicMs() - receivedAtMs,
    ),
    account,
    callerId,
  });
  const row = await putUnlessMismatch(deps, grant, token, accountRule ?? "accept", definition);
  metrics.transitions.inc({ provider: grant.provider, status: row.status });
  logger.info("connection authorized", {
    namespace: grant.namespace,
    connection_id: grant.connectionId,
    provider: grant.provider,
    version: String(row.version),
  });
  return connectionView(row);
};

const ATTEMPTS = 10;

/** Under the rule `refuse` nobody may store another account between the look and the write: the write holds only for the grant that was looked at. */
const putUnlessMismatch = async (
  deps: StoreAuthorizedDeps,
  grant: Grant,
  token: () => NewToken,
  rule: AccountRule,
  definition: Registration["definition"],
): Promise<TokenRow> => {
  const { tokens } = deps.store;
  const key = { ...grant, tokenName: "" };
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    const present = await tokens.findAccount(grant);
    const next = token();
    const verdict = judgeAccount(deps, grant, present, next.pins, next.account, rule);
    if (rule === "refuse" && (verdict === "other" || verdict === "unknown")) {
      reportAccount(deps, grant, verdict, rule);
      await handToRevocation(deps, grant, next, definition);
      throw accountMismatch(verdict);
    }
    const row =
      rule === "refuse"
        ? await tokens.putAuthorized(
            key,
            next,
            present ? { kind: "version", version: present.version } : { kind: "absent" },
          )
        : await tokens.putAuthorized(key, next);
    if (row === undefined) continue;
    reportAccount(deps, grant, verdict, rule);
    return row;
  }
  throw new BrokerError("STORE_UNAVAILABLE", "the connection is being changed by too many calls at once", {
    retryAfterMs: SECOND,
  });
};

/** Nobody will ever use them. Where revoking one token ends all that the account granted, they are left to end by themselves. */
const handToRevocation = async (
  { store, logger }: StoreAuthorizedDeps,
  grant: Grant,
  { pins, named = [], ...main }: NewToken,
  { revokeEndsConsent }: Registration["definition"],
): Promise<void> => {
  if (pins.revokeUrl === "" || revokeEndsConsent) return;
  try {
    for (const { name, accessToken, refreshToken, providerMetadata } of [{ ...main, name: "" }, ...named])
      await store.revocations.enqueue(
        { ...grant, tokenName: name },
        { accessToken, refreshToken, pins, providerMetadata },
      );
  } catch (error) {
    logger.warn("refused tokens are not revoked at the provider", {
      namespace: grant.namespace,
      connection_id: grant.connectionId,
      provider: grant.provider,
      error_class: errorClass(error),
    });
  }
};
