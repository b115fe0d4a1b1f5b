import type { Registration } from "../config/index.ts";
import type { TokenSet } from "../oauth/index.ts";
import type { Grant, Pins, Store } from "../store/index.ts";
import type { Logger, Metrics } from "../telemetry/index.ts";
import { type Clock, SECOND } from "../time.ts";
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
  /** Who started the authorization; default: nobody knows. */
  readonly callerId?: string;
}

export interface StoreAuthorizedDeps {
  readonly store: Pick<Store, "tokens">;
  readonly clock: Clock;
  readonly sweepHorizonSeconds: number;
  readonly logger: Logger;
  readonly metrics: Pick<Metrics, "transitions">;
}

/** Stores the tokens of an authorization: the grant is new, or lives again, with a new version. A refresh of the old one that is under way cannot save any more. */
export const storeAuthorized = async (
  { store, clock, sweepHorizonSeconds, logger, metrics }: StoreAuthorizedDeps,
  { grant, registration, receivedAtMs, callerId, ...authorized }: AuthorizedGrant,
): Promise<ConnectionView> => {
  const context = {
    rules: registration.definition.refresh,
    sweepHorizonMs: sweepHorizonSeconds * SECOND,
  };
  const { metadata: metadataRules } = registration.definition;
  const token = authorizedToken(
    { ...authorized, metadataRules },
    context,
    clock.monotonicMs() - receivedAtMs,
  );
  const row = await store.tokens.putAuthorized({ ...grant, tokenName: "" }, { ...token, callerId });
  metrics.transitions.inc({ provider: grant.provider, status: row.status });
  logger.info("connection authorized", {
    namespace: grant.namespace,
    connection_id: grant.connectionId,
    provider: grant.provider,
    version: String(row.version),
  });
  return connectionView(row);
};
