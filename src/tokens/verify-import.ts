import { setTimeout as delay } from "node:timers/promises";
import { BrokerError } from "../errors.ts";
import { OAuthFailure, refreshToken, type TokenSet } from "../oauth/index.ts";
import type { NewToken, PutCondition, TokenRow } from "../store/index.ts";
import { SECOND } from "../time.ts";
import { jitterMs } from "./backoff.ts";
import { importedScopes, importedToken, type ImportTarget } from "./import-target.ts";
import type { ImportDeps, ImportTokenRequest } from "./import-token.ts";
import { authorizedToken } from "./merge.ts";

/** The given refresh token may be spent by now: a database that is away is asked again for as long as a caller may wait. */
const KEEP_TRYING_MS = 10 * SECOND;

/** Refreshes once and stores what that brought. Undefined: the condition does not hold any more. */
export const verifyImport = async (
  deps: ImportDeps,
  target: ImportTarget,
  request: ImportTokenRequest,
  condition: PutCondition,
): Promise<TokenRow | undefined> => {
  const token = verifiedToken(target, request, await refreshOnce(deps, target, request));
  const receivedMs = deps.clock.monotonicMs();
  for (;;) {
    const receivedAgoMs = deps.clock.monotonicMs() - receivedMs;
    try {
      return await deps.store.tokens.putAuthorized(target.key, { ...token, receivedAgoMs }, condition);
    } catch (error) {
      const isAway = error instanceof BrokerError && error.code === "STORE_UNAVAILABLE";
      if (!isAway || receivedAgoMs > KEEP_TRYING_MS) throw error;
      await delay(jitterMs(125, 375, deps.random));
    }
  }
};

/** The tokens that a refresh with the given one brought: they are what is stored, for the given ones may have ended with it. */
const verifiedToken = (target: ImportTarget, request: ImportTokenRequest, answer: TokenSet): NewToken => {
  const given = importedToken(target, request);
  const token = authorizedToken(
    {
      answer: { ...answer, more: [], refreshToken: answer.refreshToken ?? given.refreshToken },
      requestedScopes: given.requestedScopes,
      pins: target.pins,
      labels: given.labels,
      callbackMetadata: given.providerMetadata,
      metadataRules: target.registration.definition.metadata,
    },
    target.context,
    0,
  );
  return { ...token, refreshExpires: token.refreshExpires ?? given.refreshExpires, fromRefresh: true };
};

const refreshOnce = async (
  { egress, registrations, providerTimeoutMs }: ImportDeps,
  { registration, endpoints, pins }: ImportTarget,
  request: ImportTokenRequest,
): Promise<TokenSet> => {
  try {
    return await refreshToken(egress, {
      definition: registration.definition,
      endpoints,
      client: { clientId: registration.clientId, clientSecret: registration.clientSecret },
      previousClientSecret: registration.previousClientSecret,
      refreshToken: request.refreshToken ?? "",
      scopes: importedScopes(request),
      trust: registrations.trustOf(registration, pins.providerConfig),
      resource: pins.resource,
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
