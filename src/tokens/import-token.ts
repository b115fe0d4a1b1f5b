import type { Endpoints } from "../catalog/index.ts";
import { splitScopes } from "../catalog/index.ts";
import type { Registration } from "../config/index.ts";
import { BrokerError, invalidField } from "../errors.ts";
import { type Egress, OAuthFailure, refreshToken, type TokenSet } from "../oauth/index.ts";
import { namespaceOf, type Registrations } from "../registrations/index.ts";
import type { GrantKey, Moment, NewToken, Pins, PutCondition, Store, TokenRow } from "../store/index.ts";
import type { Logger } from "../telemetry/index.ts";
import { connectionView, type ConnectionView } from "./connection-view.ts";
import { grantKey, type GrantSelector } from "./grant-key.ts";
import { authorizedToken, type MergeContext, nextRefreshBefore } from "./merge.ts";

export interface ImportTokenRequest extends GrantSelector {
  readonly accessToken: string;
  readonly refreshToken?: string | undefined;
  /** Empty or absent = Bearer. */
  readonly tokenType?: string | undefined;
  readonly expiresAt?: Date | undefined;
  readonly refreshExpiresAt?: Date | undefined;
  readonly scopes?: readonly string[] | undefined;
  readonly providerMetadata?: Readonly<Record<string, string>> | undefined;
  readonly providerConfig?: Readonly<Record<string, string>> | undefined;
  readonly labels?: Readonly<Record<string, string>> | undefined;
  /** 0 or absent = only if there is no live grant; else the version it must have. */
  readonly replaceVersion?: bigint | undefined;
  /** Refresh once before storing; a token that does not work is not stored. */
  readonly verify?: boolean | undefined;
}

export interface ImportDeps {
  readonly store: Pick<Store, "tokens">;
  readonly registrations: Registrations;
  readonly egress: Egress;
  readonly logger: Logger;
  readonly providerTimeoutMs: number;
  readonly sweepHorizonMs: number;
}

/** Where the tokens go, and with which provider. */
interface Target {
  readonly key: GrantKey;
  readonly registration: Registration;
  readonly endpoints: Endpoints;
  readonly pins: Pins;
  readonly context: MergeContext;
}

/**
 * Stores tokens that were obtained elsewhere.
 *
 * @throws BrokerError INVALID_REQUEST; PROVIDER_NOT_FOUND; CONNECTION_ALREADY_EXISTS for a live grant; VERSION_MISMATCH when `replaceVersion` is not its
 *   version; and with `verify`, nothing being stored, REAUTHORIZATION_REQUIRED, PROVIDER_UNAVAILABLE or PROVIDER_MISCONFIGURED.
 */
export const importToken = async (deps: ImportDeps, request: ImportTokenRequest): Promise<ConnectionView> => {
  assertTokens(request);
  const target = await targetOf(deps, request);
  const condition = conditionOf(request);
  await assertHolds(deps, target.key, condition);
  const token =
    request.verify === true ? await verified(deps, target, request) : importedToken(target, request);
  const row = await deps.store.tokens.putAuthorized(target.key, token, condition);
  if (row === undefined) throw conditionFailed(condition);
  deps.logger.info("token imported", {
    namespace: row.namespace,
    connection_id: row.connectionId,
    provider: row.provider,
    version: String(row.version),
  });
  return connectionView(row);
};

/** Visible ASCII and spaces, as RFC 6749 appendix A.12 and A.17 have it: a line break would end up in somebody's header. */
const TOKEN = /^(?=[\x20-\x7e]*[\x21-\x7e])[\x20-\x7e]{1,65536}$/;

const assertTokens = ({
  accessToken,
  refreshToken: token = "",
  tokenType = "",
  verify,
}: ImportTokenRequest): void => {
  if (!TOKEN.test(accessToken))
    throw invalidField("access_token", "must be 1 to 65536 characters of visible ASCII");
  if (token !== "" && !TOKEN.test(token))
    throw invalidField("refresh_token", "must be at most 65536 characters of visible ASCII");
  if (tokenType !== "" && !/^bearer$/i.test(tokenType))
    throw invalidField(
      "token_type",
      "only Bearer tokens can be handed on; others need a proof of possession",
    );
  if (verify === true && token === "")
    throw invalidField("verify", "needs a refresh_token: verifying means refreshing once");
};

const targetOf = async (
  { registrations, sweepHorizonMs }: ImportDeps,
  request: ImportTokenRequest,
): Promise<Target> => {
  const key = grantKey(request);
  const registration = await registrations.resolve(namespaceOf(request.namespace), key.provider);
  const providerConfig = registrations.checkProviderConfig(registration, request.providerConfig ?? {});
  const endpoints = registrations.endpointsFor(registration, providerConfig);
  const pins: Pins = {
    registrationId: registration.id,
    clientId: registration.clientId,
    tokenUrl: endpoints.tokenUrl,
    revokeUrl: endpoints.revokeUrl,
    issuer: endpoints.issuer?.value ?? "",
    resource: "",
    providerConfig,
  };
  return {
    key,
    registration,
    endpoints,
    pins,
    context: { rules: registration.definition.refresh, sweepHorizonMs },
  };
};

const conditionOf = ({ replaceVersion = 0n }: ImportTokenRequest): PutCondition =>
  replaceVersion === 0n ? { kind: "absent" } : { kind: "version", version: replaceVersion };

/** Looked at before anything is spent; the write itself checks again. */
const assertHolds = async ({ store }: ImportDeps, key: GrantKey, condition: PutCondition): Promise<void> => {
  const row: TokenRow | undefined = await store.tokens.find(key);
  const holds = condition.kind === "absent" ? row === undefined : row?.version === condition.version;
  if (!holds) throw conditionFailed(condition);
};

const conditionFailed = ({ kind }: PutCondition): BrokerError =>
  kind === "absent"
    ? new BrokerError(
        "CONNECTION_ALREADY_EXISTS",
        "this connection has a token: name its version in replace_version, or revoke it first",
      )
    : new BrokerError(
        "VERSION_MISMATCH",
        "replace_version is not the version of the stored token: read the connection again",
      );

const importedToken = ({ pins, context }: Target, request: ImportTokenRequest): NewToken => {
  const { expiresAt, refreshExpiresAt } = request;
  const token = request.refreshToken === "" ? undefined : request.refreshToken;
  const scopes = scopesOf(request);
  return {
    accessToken: request.accessToken,
    refreshToken: token,
    raw: "{}",
    tokenType: "Bearer",
    scopes,
    requestedScopes: scopes,
    providerMetadata: request.providerMetadata ?? {},
    pins,
    labels: request.labels ?? {},
    accountLabel: "",
    receivedAgoMs: 0,
    expires: atOrNever(expiresAt),
    refreshExpires: atOrNever(refreshExpiresAt),
    nextRefresh: expiresAt && token !== undefined ? nextRefreshBefore(expiresAt, context) : undefined,
  };
};

const scopesOf = ({ scopes = [] }: ImportTokenRequest): string[] => [...new Set(scopes.flatMap(splitScopes))];

const atOrNever = (at: Date | undefined): Moment | undefined => at && { at };

/** The tokens that a refresh with the given one brought: they are what is stored, for the given ones may have ended with it. */
const verified = async (deps: ImportDeps, target: Target, request: ImportTokenRequest): Promise<NewToken> => {
  const answer = await refreshOnce(deps, target, request);
  const given = importedToken(target, request);
  const token = authorizedToken(
    {
      answer: { ...answer, refreshToken: answer.refreshToken ?? given.refreshToken },
      requestedScopes: given.requestedScopes,
      pins: target.pins,
      labels: given.labels,
      callbackMetadata: given.providerMetadata,
    },
    target.context,
    0,
  );
  return { ...token, refreshExpires: token.refreshExpires ?? given.refreshExpires, fromRefresh: true };
};

const refreshOnce = async (
  { egress, registrations, providerTimeoutMs }: ImportDeps,
  { registration, endpoints, pins }: Target,
  request: ImportTokenRequest,
): Promise<TokenSet> => {
  try {
    return await refreshToken(egress, {
      definition: registration.definition,
      endpoints,
      client: { clientId: registration.clientId, clientSecret: registration.clientSecret },
      previousClientSecret: registration.previousClientSecret,
      refreshToken: request.refreshToken ?? "",
      scopes: scopesOf(request),
      trust: registrations.trustOf(registration, pins.providerConfig),
      timeoutMs: providerTimeoutMs,
    });
  } catch (error) {
    throw error instanceof OAuthFailure ? notVerified(error) : error;
  }
};

const notVerified = (failure: OAuthFailure): BrokerError => {
  const metadata: Record<string, string> =
    failure.providerError === "" ? {} : { provider_error: failure.providerError };
  if (failure.class === "rejected")
    return new BrokerError(
      "REAUTHORIZATION_REQUIRED",
      "the provider refused the refresh token: nothing was stored",
      {
        metadata,
        cause: failure,
      },
    );
  if (failure.class === "client")
    return new BrokerError(
      "PROVIDER_MISCONFIGURED",
      "the provider refuses this client or its endpoint: nothing was stored; check client id, secret and URLs of the registration",
      { metadata: { cause: "client_refused", ...metadata }, cause: failure },
    );
  return new BrokerError(
    "PROVIDER_UNAVAILABLE",
    "the provider did not refresh the token: nothing was stored; retry later",
    {
      metadata,
      cause: failure,
      ...(failure.retryAfterMs === undefined ? {} : { retryAfterMs: failure.retryAfterMs }),
    },
  );
};
