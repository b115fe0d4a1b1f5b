import * as oauth from "oauth4webapi";
import type { AfterExchangeRules, ProviderDefinition } from "../catalog/index.ts";
import { clientAuthentication } from "./client-authentication.ts";
import { type Dialect, sendThrough, valuesOf } from "./dialect.ts";
import type { Egress } from "./egress.ts";
import { readTokenAnswer } from "./token-answer.ts";
import { judgeTokenAnswer } from "./token-judge.ts";
import { type ProviderCall, serverOf, stopwatch, withPreviousSecret } from "./token-request.ts";
import type { TokenSet } from "./token-set.ts";

export interface CodeExchange extends ProviderCall {
  readonly code: string;
  /** Exactly as in the authorization request (RFC 6749 section 4.1.3). */
  readonly redirectUri: string;
  /** Undefined when no challenge was sent. */
  readonly codeVerifier: string | undefined;
  readonly requestedScopes: readonly string[];
  /** Parameters of the callback that this vendor wants to see again. */
  readonly forwarded?: Readonly<Record<string, string>>;
}

/**
 * Redeems an authorization code (RFC 6749 section 4.1.3), and where the vendor has a second step, exchanges what that brought. State and issuer were
 * judged by the callback; a code is redeemed at most once by every provider, so nothing is retried here but a refused client secret.
 *
 * @throws OAuthFailure
 */
export const exchangeCode = async (egress: Egress, exchange: CodeExchange): Promise<TokenSet> => {
  const remainingMs = stopwatch(exchange.timeoutMs);
  const tokens = await withPreviousSecret(exchange, (call) => redeem(egress, call));
  const rules = exchange.definition.tokenRequest.afterExchange;
  const final =
    rules === undefined || exchange.endpoints.afterExchangeUrl === ""
      ? tokens
      : await withPreviousSecret({ ...exchange, timeoutMs: remainingMs() }, (call) =>
          exchangeAgain(egress, call, rules, tokens),
        );
  return { ...final, scopes: final.scopes ?? [...exchange.requestedScopes] };
};

const redeem = async (egress: Egress, exchange: CodeExchange): Promise<TokenSet> => {
  const { definition, client } = exchange;
  const server = serverOf(exchange.endpoints.tokenUrl);
  const identity: oauth.Client = { client_id: client.clientId };
  const parameters = new URLSearchParams({ code: exchange.code });
  const response = await oauth.authorizationCodeGrantRequest(
    server,
    identity,
    clientAuthentication(definition.clientAuthentication, client, valuesOf(exchange)),
    oauth.validateAuthResponse(server, identity, parameters, oauth.skipStateCheck),
    exchange.redirectUri,
    exchange.codeVerifier ?? oauth.nopkce,
    sendThrough(egress, exchange, exchangeDialect(definition, exchange.forwarded)),
  );
  return judgeTokenAnswer(definition, await readTokenAnswer(definition.tokenAnswer, response), (conforming) =>
    oauth.processAuthorizationCodeResponse(server, identity, conforming),
  );
};

const exchangeDialect = (
  { tokenRequest: rules, hooks }: ProviderDefinition,
  forwarded: Readonly<Record<string, string>> = {},
): Dialect => ({
  ...rules,
  literals: forwarded,
  params: rules.exchangeParams,
  rename: rules.exchangeRename,
  hook: hooks.tokenRequest,
});

/** The short-lived token for the long-lived one. What only the first answer says is kept. */
const exchangeAgain = async (
  egress: Egress,
  call: CodeExchange,
  { method, grantType, tokenParameter, params, drop }: AfterExchangeRules,
  first: TokenSet,
): Promise<TokenSet> => {
  const { definition, client } = call;
  const server = serverOf(call.endpoints.afterExchangeUrl);
  const identity: oauth.Client = { client_id: client.clientId };
  const rules = definition.tokenRequest;
  const dialect = { ...rules, method, params, drop, rename: rules.exchangeRename, hook: undefined };
  const response = await oauth.genericTokenEndpointRequest(
    server,
    identity,
    clientAuthentication(definition.clientAuthentication, client, valuesOf(call)),
    grantType,
    { [tokenParameter]: first.accessToken },
    sendThrough(egress, call, dialect),
  );
  const second = await judgeTokenAnswer(
    definition,
    await readTokenAnswer(definition.tokenAnswer, response),
    (conforming) => oauth.processGenericTokenEndpointResponse(server, identity, conforming),
  );
  return {
    ...second,
    refreshToken: second.refreshToken ?? first.refreshToken,
    scopes: second.scopes ?? first.scopes,
    metadata: { ...first.metadata, ...second.metadata },
  };
};
