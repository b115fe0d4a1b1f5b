import type { ProviderDefinition } from "../catalog/index.ts";
import type { TokenSet } from "../oauth/index.ts";
import type { GrantKey, Pins, Store } from "../store/index.ts";
import type { Logger, Metrics } from "../telemetry/index.ts";
import { type Clock, SECOND } from "../time.ts";
import { connectionView, type ConnectionView } from "./connection-view.ts";
import { authorizedToken } from "./merge.ts";

/** What a finished authorization hands over. */
export interface AuthorizedGrant {
  readonly key: GrantKey;
  readonly answer: TokenSet;
  /** `clock.monotonicMs()` when the answer arrived: its lifetime counts from there. */
  readonly receivedMs: number;
  readonly requestedScopes: readonly string[];
  /** What the flow pinned when it began. */
  readonly pins: Pins;
  /** The definition the exchange was made with. */
  readonly definition: ProviderDefinition;
  /** Undefined = keep those of the present grant. */
  readonly labels: Readonly<Record<string, string>> | undefined;
  readonly accountLabel: string | undefined;
  /** What the callback said for callers (`definition.metadata` from "callback"). */
  readonly callbackMetadata: Readonly<Record<string, string>>;
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
  { key, answer, receivedMs, definition, ...grant }: AuthorizedGrant,
): Promise<ConnectionView> => {
  const context = { rules: definition.refresh, sweepHorizonMs: sweepHorizonSeconds * SECOND };
  const token = authorizedToken({ answer, ...grant }, context, clock.monotonicMs() - receivedMs);
  const row = await store.tokens.putAuthorized(key, token);
  metrics.transitions.inc({ provider: key.provider, status: row.status });
  logger.info("connection authorized", {
    namespace: key.namespace,
    connection_id: key.connectionId,
    provider: key.provider,
    version: String(row.version),
  });
  return connectionView(row);
};
