import { type Endpoints, joinScopes, type ProviderDefinition } from "../catalog/index.ts";
import type { Client } from "./client.ts";
import { assertExtraParamsAllowed } from "./extra-params.ts";

export interface AuthorizationRequest {
  readonly definition: ProviderDefinition;
  readonly endpoints: Pick<Endpoints, "authorizeUrl">;
  readonly client: Pick<Client, "clientId">;
  /** OAuth's redirect URI: the broker's own callback. */
  readonly redirectUri: string;
  readonly scopes: readonly string[];
  readonly state: string;
  /** S256; undefined sends no PKCE. */
  readonly codeChallenge: string | undefined;
  readonly loginHint?: string | undefined;
  readonly extraParams?: Readonly<Record<string, string>>;
}

/**
 * The URL a person's browser opens (RFC 6749 section 4.1.1, RFC 7636 section 4.3). The endpoint's own query is kept, the catalog's parameters and
 * then the caller's are added, and what the flow sets comes last, so that nothing before it can change it.
 *
 * @throws BrokerError INVALID_REQUEST when an extra parameter names what the flow sets.
 */
export const buildAuthorizeUrl = (request: AuthorizationRequest): string => {
  const { definition, extraParams = {} } = request;
  assertExtraParamsAllowed(definition, extraParams);
  const url = new URL(request.endpoints.authorizeUrl);
  const params = {
    ...definition.authorizeRequest.params,
    ...(request.loginHint ? { login_hint: request.loginHint } : {}),
    ...extraParams,
    ...flowParams(request),
  };
  for (const [name, value] of Object.entries(params)) url.searchParams.set(name, value);
  for (const name of definition.authorizeRequest.drop) url.searchParams.delete(name);
  // RFC 3986: a "+" means a space only to form decoders, "%20" means it to everybody. A literal plus is already "%2B" here.
  url.search = url.search.replaceAll("+", "%20");
  return url.href;
};

const flowParams = (request: AuthorizationRequest): Record<string, string> => {
  const { scopes: rules, authorizeRequest } = request.definition;
  const sendsScope = request.scopes.length > 0 || !rules.omitWhenEmpty;
  return {
    response_type: "code",
    client_id: request.client.clientId,
    redirect_uri: request.redirectUri,
    state: request.state,
    ...(sendsScope ? { [rules.parameter]: joinScopes(rules, request.scopes) } : {}),
    ...(request.codeChallenge === undefined
      ? {}
      : { code_challenge: request.codeChallenge, code_challenge_method: "S256" }),
    ...(authorizeRequest.responseMode ? { response_mode: authorizeRequest.responseMode } : {}),
  };
};
