import * as oauth from "oauth4webapi";
import { clientAuthentication } from "./client-authentication.ts";
import type { Egress } from "./egress.ts";
import { readTokenAnswer } from "./token-answer.ts";
import { judgeTokenAnswer } from "./token-judge.ts";
import { type ProviderCall, sendThrough, serverOf, withPreviousSecret } from "./token-request.ts";
import type { TokenSet } from "./token-set.ts";

export interface CodeExchange extends ProviderCall {
  readonly code: string;
  /** Exactly as in the authorization request (RFC 6749 section 4.1.3). */
  readonly redirectUri: string;
  /** Undefined when no challenge was sent. */
  readonly codeVerifier: string | undefined;
  readonly requestedScopes: readonly string[];
}

/**
 * Redeems an authorization code (RFC 6749 section 4.1.3). State and issuer were judged by the callback; a code is redeemed at most once by every
 * provider, so nothing is retried here but a refused client secret.
 *
 * @throws OAuthFailure
 */
export const exchangeCode = async (egress: Egress, exchange: CodeExchange): Promise<TokenSet> => {
  const tokens = await withPreviousSecret(exchange, (call) => attempt(egress, { ...exchange, ...call }));
  return { ...tokens, scopes: tokens.scopes ?? [...exchange.requestedScopes] };
};

const attempt = async (egress: Egress, exchange: CodeExchange): Promise<TokenSet> => {
  const { definition, client } = exchange;
  const server = serverOf(exchange.endpoints.tokenUrl);
  const identity: oauth.Client = { client_id: client.clientId };
  const parameters = new URLSearchParams({ code: exchange.code });
  const response = await oauth.authorizationCodeGrantRequest(
    server,
    identity,
    clientAuthentication(definition.clientAuthentication, client),
    oauth.validateAuthResponse(server, identity, parameters, oauth.skipStateCheck),
    exchange.redirectUri,
    exchange.codeVerifier ?? oauth.nopkce,
    sendThrough(egress, exchange, definition.tokenRequest.exchangeParams),
  );
  return judgeTokenAnswer(definition, await readTokenAnswer(definition.tokenAnswer, response), (conforming) =>
    oauth.processAuthorizationCodeResponse(server, identity, conforming),
  );
};
