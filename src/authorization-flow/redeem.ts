import { setTimeout as delay } from "node:timers/promises";
import type { Endpoints } from "../catalog/index.ts";
import type { Registration } from "../config/index.ts";
import { BrokerError } from "../errors.ts";
import {
  exchangeCode,
  followUpMetadata,
  IdentityFailure,
  OAuthFailure,
  type ProviderCall,
  redirectUriFor,
  refusesClient,
  type TokenSet,
} from "../oauth/index.ts";
import type { AuthorizationRow, Grant } from "../store/index.ts";
import { errorClass } from "../telemetry/index.ts";
import { type Clock, MILLISECOND, SECOND } from "../time.ts";
import { type FailureReason, reasonOfError } from "./failure.ts";
import { FOLLOW_UP_PATIENCE_MS, SAVE_PATIENCE_MS } from "./interruption.ts";
import type { AuthorizationFlowOptions } from "./options.ts";
import { pinnedEndpoints, pinsOf, registrationPins } from "./pinned.ts";

export type FlowOutcome =
  | { readonly kind: "succeeded" }
  | { readonly kind: "failed"; readonly reason: FailureReason };

/** What a provider's answer brought: the code, what the exchange needs beside it, and what the catalog keeps of the rest. */
export interface RedeemableAnswer {
  readonly code: string;
  readonly state: string;
  readonly metadata: Readonly<Record<string, string>>;
  /** Parameters that the exchange repeats. */
  readonly forwarded: Readonly<Record<string, string>>;
  /** What joins the connection's `provider_config`: the host that the callback chose. */
  readonly config: Readonly<Record<string, string>>;
}

/** May throw: what it throws ends the flow as everything else does. */
export type ReadAnswer = (registration: Registration) => RedeemableAnswer;

/** How a consumed flow ends. Neither way throws: from here on everything that goes wrong is an outcome, recorded in the row. */
export interface Redeemer {
  /** Exchanges the code at the pinned endpoint and stores the tokens. */
  redeem(row: AuthorizationRow, read: ReadAnswer): Promise<FlowOutcome>;
  succeed(row: AuthorizationRow): Promise<FlowOutcome>;
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
  const succeed: Redeemer["succeed"] = async (row) => {
    const outcome: FlowOutcome = { kind: "succeeded" };
    reportSuccess(options, row);
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
      return succeed(row);
    },
    succeed,
    fail,
  };
};

/** What the code of a flow brought. */
export interface Exchanged {
  readonly registration: Registration;
  readonly callback: RedeemableAnswer;
  /** As it was called, for calls that follow. */
  readonly call: ProviderCall;
  readonly answer: TokenSet;
  /** By the process's clock. */
  readonly receivedAtMs: number;
}

/** Spends the code of a consumed flow. @throws OAuthFailure, BrokerError. */
export const exchangeFlow = async (
  options: AuthorizationFlowOptions,
  row: AuthorizationRow,
  read: ReadAnswer,
): Promise<Exchanged> => {
  const registration = await options.registrations.resolvePinned(
    row.namespace,
    row.provider,
    registrationPins(row),
  );
  const callback = read(registration);
  const call = callOf(options, row, registration, callback);
  const answer = await unlessRefused(options, registration, () => exchange(options, row, call, callback));
  return { registration, callback, call, answer, receivedAtMs: options.clock.monotonicMs() };
};

/** A client that its server does not know any more is forgotten, so that the next authorization registers another. */
const unlessRefused = async (
  { registrations }: AuthorizationFlowOptions,
  registration: Registration,
  call: () => Promise<TokenSet>,
): Promise<TokenSet> => {
  try {
    return await call();
  } catch (error) {
    if (error instanceof OAuthFailure && refusesClient(error)) await registrations.dropRefused(registration);
    throw error;
  }
};

const exchangeAndStore = async (
  options: AuthorizationFlowOptions,
  row: AuthorizationRow,
  read: ReadAnswer,
): Promise<void> => {
  const { namespace, connectionId, userId, provider, mcpServerUrl } = row;
  const grant = { namespace, connectionId, userId, provider, mcpServerUrl };
  await storeExchanged(options, row, grant, await exchangeFlow(options, row, read));
};

/** Keeps the tokens as those of a grant. A database that is away is asked again for a while. */
export const storeExchanged = async (
  options: AuthorizationFlowOptions,
  row: AuthorizationRow,
  grant: Grant,
  { registration, callback, call, answer, receivedAtMs }: Exchanged,
): Promise<void> => {
  const { clock, storeTokens } = options;
  const authorized = {
    grant,
    registration,
    pins: pinsOf(row, call.endpoints, callback.config),
    answer,
    receivedAtMs,
    requestedScopes: row.scopes,
    callbackMetadata: { ...callback.metadata, ...(await followUp(options, row, call, answer)) },
    labels: row.labels ?? undefined,
  };
  await untilStored(clock, () => storeTokens(authorized));
};

const callOf = (
  { registrations, settings }: AuthorizationFlowOptions,
  row: AuthorizationRow,
  registration: Registration,
  { config, metadata }: RedeemableAnswer,
): ProviderCall => {
  const providerConfig = { ...row.providerConfig, ...config };
  const { clientId, clientSecret, previousClientSecret } = registration;
  const today = (): Endpoints => registrations.endpointsFor(registration, providerConfig);
  return {
    definition: registration.definition,
    endpoints: endpointsToCall(row, today, Object.keys(config).length > 0),
    client: { clientId, clientSecret },
    previousClientSecret,
    trust: registrations.trustOf(registration, providerConfig),
    resource: row.resource,
    timeoutMs: settings.providerTimeoutSeconds * SECOND,
    metadata,
  };
};

/**
 * The pinned endpoints, with what a flow does not pin as it is today, if that can be had; where the callback chose the host, those of that host, which
 * the catalog lists.
 *
 * @throws BrokerError ISSUER_MISMATCH when only the callback could have named the token endpoint and did not.
 */
const endpointsToCall = (row: AuthorizationRow, today: () => Endpoints, hostIsChosen: boolean): Endpoints => {
  if (hostIsChosen) return today();
  const endpoints = pinnedEndpoints(row, unlessBroken(today));
  if (endpoints.tokenUrl !== "") return endpoints;
  throw new BrokerError("ISSUER_MISMATCH", "the callback names no token endpoint");
};

const unlessBroken = <T>(attempt: () => T): T | undefined => {
  try {
    return attempt();
  } catch (error) {
    if (error instanceof BrokerError) return undefined;
    throw error;
  }
};

const exchange = (
  { authorizations, egress }: AuthorizationFlowOptions,
  row: AuthorizationRow,
  call: ProviderCall,
  { code, state, forwarded }: RedeemableAnswer,
): Promise<TokenSet> =>
  exchangeCode(egress, {
    ...call,
    code,
    forwarded,
    redirectUri: redirectUriFor(call.definition, row.callbackUrl, state),
    codeVerifier: authorizations.openCodeVerifier(row),
    requestedScopes: row.scopes,
  });

/** What the vendor's API says of the account. The tokens are good without it. */
const followUp = async (
  { egress, logger }: AuthorizationFlowOptions,
  row: AuthorizationRow,
  call: ProviderCall,
  { accessToken }: TokenSet,
): Promise<Readonly<Record<string, string>>> => {
  const { metadata, failed } = await followUpMetadata(egress, {
    ...call,
    accessToken,
    timeoutMs: FOLLOW_UP_PATIENCE_MS,
  });
  if (failed > 0) logger.warn("provider metadata not read", { ...fieldsOf(row), count: failed });
  return metadata;
};

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
  if (error instanceof IdentityFailure) return { error_class: errorClass(error), cause: error.problem };
  if (!(error instanceof OAuthFailure)) return { error_class: errorClass(error) };
  return { error_class: error.class, provider_error: error.providerError, http_status: error.httpStatus };
};
