import { setTimeout as delay } from "node:timers/promises";
import type { Registration } from "../config/index.ts";
import { BrokerError } from "../errors.ts";
import { exchangeCode, OAuthFailure, type TokenSet } from "../oauth/index.ts";
import type { AuthorizationRow } from "../store/index.ts";
import { errorClass } from "../telemetry/index.ts";
import { type Clock, MILLISECOND } from "../time.ts";
import { type FailureReason, reasonOfError } from "./failure.ts";
import { SAVE_PATIENCE_MS } from "./interruption.ts";
import type { AuthorizationFlowOptions } from "./options.ts";
import { pinnedEndpoints, pinsOf } from "./pinned.ts";

export type FlowOutcome =
  | { readonly kind: "succeeded" }
  | { readonly kind: "failed"; readonly reason: FailureReason };

/** What a provider's answer brought: the code, and what the catalog keeps of the rest. */
export interface RedeemableAnswer {
  readonly code: string;
  readonly metadata: Readonly<Record<string, string>>;
}

/** May throw: what it throws ends the flow as everything else does. */
export type ReadAnswer = (registration: Registration) => RedeemableAnswer;

/** How a consumed flow ends. Neither way throws: from here on everything that goes wrong is an outcome, recorded in the row. */
export interface Redeemer {
  /** Exchanges the code at the pinned endpoint and stores the tokens. */
  redeem(row: AuthorizationRow, read: ReadAnswer): Promise<FlowOutcome>;
  fail(row: AuthorizationRow, reason: FailureReason, error?: unknown): Promise<FlowOutcome>;
}

const SAVE_RETRY_MS = 250 * MILLISECOND;

export const createRedeemer = (options: AuthorizationFlowOptions): Redeemer => {
  const fail: Redeemer["fail"] = async (row, reason, error) => {
    const outcome: FlowOutcome = { kind: "failed", reason };
    reportFailure(options, row, reason, error);
    await record(options, row, outcome);
    return outcome;
  };
  return {
    async redeem(row, read) {
      try {
        await exchangeAndStore(options, row, read);
      } catch (error) {
        return fail(row, reasonOfError(error), error);
      }
      const outcome: FlowOutcome = { kind: "succeeded" };
      reportSuccess(options, row);
      await record(options, row, outcome);
      return outcome;
    },
    fail,
  };
};

const exchangeAndStore = async (
  options: AuthorizationFlowOptions,
  row: AuthorizationRow,
  read: ReadAnswer,
): Promise<void> => {
  const { clock, registrations, storeTokens } = options;
  const registration = await registrations.resolvePinned(row.namespace, row.provider, row);
  const { code, metadata } = read(registration);
  const answer = await exchange(options, row, registration, code);
  const { namespace, connectionId, userId, provider, mcpServerUrl } = row;
  const authorized = {
    grant: { namespace, connectionId, userId, provider, mcpServerUrl },
    registration,
    pins: pinsOf(row),
    answer,
    receivedAtMs: clock.monotonicMs(),
    requestedScopes: row.scopes,
    callbackMetadata: metadata,
    labels: row.labels ?? undefined,
  };
  await untilStored(clock, () => storeTokens(authorized));
};

const exchange = (
  { authorizations, egress, registrations }: AuthorizationFlowOptions,
  row: AuthorizationRow,
  registration: Registration,
  code: string,
): Promise<TokenSet> =>
  exchangeCode(egress, {
    definition: registration.definition,
    endpoints: pinnedEndpoints(row),
    client: registration,
    previousClientSecret: registration.previousClientSecret,
    trust: registrations.trustOf(registration, row.providerConfig),
    code,
    redirectUri: row.callbackUrl,
    codeVerifier: authorizations.openCodeVerifier(row),
    requestedScopes: row.scopes,
  });

/** A database that is away for a moment must not cost a person's consent: the code is spent, the tokens exist nowhere else. */
const untilStored = async (clock: Clock, store: () => Promise<unknown>): Promise<void> => {
  const deadlineMs = clock.monotonicMs() + SAVE_PATIENCE_MS;
  for (;;) {
    try {
      await store();
      return;
    } catch (error) {
      const isAway = error instanceof BrokerError && error.code === "STORE_UNAVAILABLE";
      if (!isAway || clock.monotonicMs() + SAVE_RETRY_MS > deadlineMs) throw error;
    }
    await delay(SAVE_RETRY_MS);
  }
};

/** A record that fails changes nothing for the person: the token is stored or it is not. The row then counts as interrupted. */
const record = async (
  { authorizations, logger }: AuthorizationFlowOptions,
  row: AuthorizationRow,
  outcome: FlowOutcome,
): Promise<void> => {
  try {
    await authorizations.recordOutcome(row.id, outcome);
  } catch (error) {
    logger.error("authorization outcome not recorded", { ...fieldsOf(row), error_class: errorClass(error) });
  }
};

const reportSuccess = ({ logger, metrics }: AuthorizationFlowOptions, row: AuthorizationRow): void => {
  logger.info("authorization succeeded", fieldsOf(row));
  metrics.authorizations.inc({ provider: row.provider, outcome: "succeeded" });
};

const reportFailure = (
  { logger, metrics }: AuthorizationFlowOptions,
  row: AuthorizationRow,
  reason: FailureReason,
  error: unknown,
): void => {
  logger.warn("authorization failed", { ...fieldsOf(row), reason, ...fieldsOfError(error) });
  metrics.authorizations.inc({ provider: row.provider, outcome: "failed" });
};

const fieldsOf = ({ namespace, provider, connectionId }: AuthorizationRow) => ({
  namespace,
  provider,
  connection_id: connectionId,
});

const fieldsOfError = (error: unknown) => {
  if (error === undefined) return {};
  if (!(error instanceof OAuthFailure)) return { error_class: errorClass(error) };
  return { error_class: error.class, provider_error: error.providerError, http_status: error.httpStatus };
};
