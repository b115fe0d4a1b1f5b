import * as oauth from "oauth4webapi";
import { isOfSecondKind, joinScopes } from "../catalog/index.ts";
import { clientAuthentication } from "./client-authentication.ts";
import { type Dialect, sendThrough, valuesOf } from "./dialect.ts";
import type { Egress } from "./egress.ts";
import { readTokenAnswer } from "./token-answer.ts";
import { judgeTokenAnswer } from "./token-judge.ts";
import { type ProviderCall, serverOf, withPreviousSecret } from "./token-request.ts";
import type { TokenSet } from "./token-set.ts";

export interface Refresh extends ProviderCall {
  readonly refreshToken: string;
  /** Granted scopes; sent only where the catalog says that the vendor wants them again. */
  readonly scopes: readonly string[];
}

/**
 * Spends a refresh token (RFC 6749 section 6), or what this vendor has in its place. Sends it once: what an unknown outcome allows is the token room's
 * to decide. Only a refused client secret is tried again with the previous one, because a server authenticates the client before it looks at the token.
 *
 * @throws OAuthFailure
 */
export const refreshToken = (egress: Egress, refresh: Refresh): Promise<TokenSet> =>
  withPreviousSecret(refresh, (call) => attempt(egress, call));

const attempt = async (egress: Egress, refresh: Refresh): Promise<TokenSet> => {
  const { definition, client, endpoints } = refresh;
  const server = serverOf(endpoints.refreshUrl);
  const identity: oauth.Client = { client_id: client.clientId };
  const { grantType, tokenParameter } = definition.tokenRequest.refreshGrant;
  const values = valuesOf(refresh, { scopes: scopesText(refresh) });
  const response = await oauth.genericTokenEndpointRequest(
    server,
    identity,
    clientAuthentication(definition.clientAuthentication, client, values),
    grantType,
    { [tokenParameter]: refresh.refreshToken },
    sendThrough(egress, refresh, refreshDialect(refresh), values),
  );
  const { more: _, ...tokens } = await judgeTokenAnswer(
    definition,
    await readTokenAnswer(definition.tokenAnswer, response),
    (conforming) => oauth.processGenericTokenEndpointResponse(server, identity, conforming),
  );
  return tokens;
};

const refreshDialect = (refresh: Refresh): Dialect => {
  const { tokenRequest: rules, hooks } = refresh.definition;
  return {
    ...rules,
    method: rules.refreshGrant.method,
    params: {
      ...(rules.scopeOnRefresh && refresh.scopes.length > 0 ? { scope: "{scopes}" } : {}),
      ...rules.refreshParams,
    },
    drop: [...rules.drop, ...rules.dropOnRefresh],
    rename: rules.refreshRename,
    bearer: rules.bearerRefresh ? refresh.refreshToken : undefined,
    hook: hooks.tokenRequest,
  };
};

/** Those of the second kind have no place in a refresh. */
const scopesText = ({ definition: { scopes: rules }, scopes }: Refresh): string =>
  joinScopes(
    rules,
    scopes.filter((scope) => !isOfSecondKind(rules, scope)),
  );
