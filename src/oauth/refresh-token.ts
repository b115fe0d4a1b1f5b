import * as oauth from "oauth4webapi";
import { joinScopes } from "../catalog/index.ts";
import { clientAuthentication } from "./client-authentication.ts";
import type { Egress } from "./egress.ts";
import { readTokenAnswer } from "./token-answer.ts";
import { judgeTokenAnswer } from "./token-judge.ts";
import { type ProviderCall, sendThrough, serverOf, withPreviousSecret } from "./token-request.ts";
import type { TokenSet } from "./token-set.ts";

export interface Refresh extends ProviderCall {
  readonly refreshToken: string;
  /** Granted scopes; sent only where the catalog says that the vendor wants them again. */
  readonly scopes: readonly string[];
}

/**
 * Spends a refresh token (RFC 6749 section 6). Sends it once: what an unknown outcome allows is the token room's to decide. Only a refused client
 * secret is tried again with the previous one, because a server authenticates the client before it looks at the token.
 *
 * @throws OAuthFailure
 */
export const refreshToken = (egress: Egress, refresh: Refresh): Promise<TokenSet> =>
  withPreviousSecret(refresh, (call) => attempt(egress, { ...refresh, ...call }));

const attempt = async (egress: Egress, refresh: Refresh): Promise<TokenSet> => {
  const { definition, client } = refresh;
  const server = serverOf(refresh.endpoints.refreshUrl);
  const identity: oauth.Client = { client_id: client.clientId };
  const response = await oauth.refreshTokenGrantRequest(
    server,
    identity,
    clientAuthentication(definition.clientAuthentication, client),
    refresh.refreshToken,
    sendThrough(egress, refresh, { ...scopeParam(refresh), ...definition.tokenRequest.refreshParams }),
  );
  return judgeTokenAnswer(definition, await readTokenAnswer(definition.tokenAnswer, response), (conforming) =>
    oauth.processRefreshTokenResponse(server, identity, conforming),
  );
};

const scopeParam = ({ definition, scopes }: Refresh): Record<string, string> =>
  definition.tokenRequest.scopeOnRefresh && scopes.length > 0
    ? { scope: joinScopes(definition.scopes, scopes) }
    : {};
