import {
  type Endpoints,
  fillTexts,
  isOfSecondKind,
  joinScopes,
  type ProviderDefinition,
  runAuthorizeUrlHook,
} from "../catalog/index.ts";
import type { Client } from "./client.ts";
import { renamed, without } from "./dialect.ts";
import { assertExtraParamsAllowed } from "./extra-params.ts";

export interface AuthorizationRequest {
  readonly definition: ProviderDefinition;
  readonly endpoints: Pick<Endpoints, "authorizeUrl"> & Partial<Pick<Endpoints, "texts">>;
  readonly client: Pick<Client, "clientId">;
  /** OAuth's redirect URI: the broker's own callback. */
  readonly redirectUri: string;
  readonly scopes: readonly string[];
  readonly state: string;
  /** S256; undefined sends no PKCE. */
  readonly codeChallenge: string | undefined;
  /** RFC 8707, as the resource publishes it. */
  readonly resource?: string | undefined;
  /** OpenID Connect Core section 3.1.2.1. */
  readonly nonce?: string | undefined;
  readonly loginHint?: string | undefined;
  readonly extraParams?: Readonly<Record<string, string>>;
}

/**
 * The URL a person's browser opens (RFC 6749 section 4.1.1, RFC 7636 section 4.3), as this vendor wants it. The endpoint's own query is kept, the
 * catalog's parameters and then the caller's are added, and what the flow sets comes last, so that nothing before it can change it: only where the
 * catalog drops one of these does its own parameter of that name stand.
 *
 * @throws BrokerError INVALID_REQUEST when an extra parameter names what the flow sets.
 */
export const buildAuthorizeUrl = (request: AuthorizationRequest): string => {
  const { definition, extraParams = {} } = request;
  assertExtraParamsAllowed(definition, extraParams);
  const { rename, drop, hashRoute, fragment } = definition.authorizeRequest;
  const url = new URL(request.endpoints.authorizeUrl);
  const query = hashRoute ? new URLSearchParams() : url.searchParams;
  const params = {
    ...ownParams(request),
    ...(request.loginHint ? { login_hint: request.loginHint } : {}),
    ...extraParams,
    ...without(drop, flowParams(request)),
  };
  for (const name of drop) query.delete(name);
  for (const [name, value] of Object.entries(params)) query.set(renamed(rename, name), value);
  const text = queryText(query) + rawScope(request);
  if (hashRoute) url.hash = `${url.hash}?${text}`;
  else url.search = text;
  if (fragment !== "") url.hash = fragment;
  const { authorizeUrl: hook } = definition.hooks;
  return hook === undefined ? url.href : runAuthorizeUrlHook(hook.name, url.href);
};

/** RFC 3986: a "+" means a space only to form decoders, "%20" means it to everybody. A literal plus is already "%2B" here. */
const queryText = (query: URLSearchParams): string => query.toString().replaceAll("+", "%20");

const ownParams = ({ definition, endpoints, client, scopes }: AuthorizationRequest): Record<string, string> =>
  fillTexts(definition.authorizeRequest.params, {
    texts: {
      ...endpoints.texts,
      client_id: client.clientId,
      scopes: joinScopes(definition.scopes, scopes),
    },
  });

/** What this vendor wants as the redirect URI of a flow, in both requests. */
export const redirectUriFor = (
  { authorizeRequest }: Pick<ProviderDefinition, "authorizeRequest">,
  redirectUri: string,
  state: string,
): string => (authorizeRequest.stateInRedirectUri ? `${redirectUri}?state=${state}` : redirectUri);

const flowParams = (request: AuthorizationRequest): Record<string, string> => {
  const { authorizeRequest } = request.definition;
  return {
    response_type: "code",
    client_id: request.client.clientId,
    redirect_uri: redirectUriFor(request.definition, request.redirectUri, request.state),
    // Answered twice, it would be no answer (RFC 6749 section 3.1).
    ...(authorizeRequest.stateInRedirectUri ? {} : { state: request.state }),
    ...scopeParams(request),
    ...(request.nonce === undefined ? {} : { nonce: request.nonce }),
    ...(request.codeChallenge === undefined
      ? {}
      : { code_challenge: request.codeChallenge, code_challenge_method: "S256" }),
    ...(request.resource ? { resource: request.resource } : {}),
    ...(authorizeRequest.responseMode ? { response_mode: authorizeRequest.responseMode } : {}),
  };
};

const scopeParams = ({ definition, scopes: asked }: AuthorizationRequest): Record<string, string> => {
  const { scopes: rules, authorizeRequest } = definition;
  const first = asked.filter((scope) => !isOfSecondKind(rules, scope));
  const second = asked.filter((scope) => isOfSecondKind(rules, scope));
  const bare = second.map((scope) => scope.slice(rules.secondPrefix.length));
  const sendsFirst = !authorizeRequest.scopeRaw && (first.length > 0 || !rules.omitWhenEmpty);
  return {
    ...(sendsFirst ? { [rules.parameter]: joinScopes(rules, first) } : {}),
    ...(authorizeRequest.secondScope && bare.length > 0
      ? { [authorizeRequest.secondScope.parameter]: joinScopes(rules, bare) }
      : {}),
  };
};

/** What ends a parameter, or means something else than itself in one. A scope has no white space. */
const NOT_RAW = /[^A-Za-z0-9._~!$'()*,;:@/?-]/g;

/** Plus signs between the scopes, and in them what a query may hold as it is (RFC 3986 section 3.4). */
const rawScope = ({ definition, scopes }: AuthorizationRequest): string => {
  if (!definition.authorizeRequest.scopeRaw || scopes.length === 0) return "";
  const raw = scopes.map((scope) => scope.replace(NOT_RAW, encodeURIComponent)).join("+");
  return `&${definition.scopes.parameter}=${raw}`;
};
