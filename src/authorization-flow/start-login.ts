import type { ProviderDefinition } from "../catalog/index.ts";
import { sha256Base64Url } from "../crypto/index.ts";
import type { DiscoverOpenId } from "../oauth/index.ts";
import { namespaceOf } from "../registrations/index.ts";
import type { PinnedFlow } from "../store/index.ts";
import { beginFlow, type PreparedFlow } from "./begin-flow.ts";
import { loginTarget, type LoginTarget, pinTarget } from "./login-target.ts";
import type { AuthorizationFlowOptions } from "./options.ts";
import { pinEndpoints } from "./pinned.ts";
import { createRedirectPolicy, type RedirectPolicy } from "./redirect-uri.ts";
import { requestedScopes } from "./requested-scopes.ts";
import { acceptRedirectUri } from "./start.ts";

export interface StartLoginRequest {
  readonly provider: string;
  readonly namespace?: string | undefined;
  /** Where the browser brings the ticket. Empty = `CONNECT_DEFAULT_REDIRECT_URI`. */
  readonly redirectUri?: string | undefined;
  /** Empty = those that a login needs. */
  readonly scopes?: readonly string[] | undefined;
  readonly loginHint?: string | undefined;
  readonly extraParams?: Readonly<Record<string, string>> | undefined;
  /** Who calls: the ticket is for the same caller. */
  readonly callerId: string;
}

export interface StartedLogin {
  readonly authorizeUrl: string;
  /** For the browser's own session, and nowhere else: CompleteLogin must present it. */
  readonly loginId: string;
  readonly expiresAt: Date;
}

/** The catalog's parameters that make a vendor ask for consent each time and issue a refresh token: a login keeps no token. */
const FOR_TOKENS: ReadonlySet<string> = new Set(["prompt", "approval_prompt", "access_type"]);

/** The provider's answer must hold it again (OpenID Connect Core section 3.1.3.7). Made of the state, it needs no place of its own. */
export const nonceOf = (state: string): string => sha256Base64Url(`nonce ${state}`);

export const createStartLogin = (options: AuthorizationFlowOptions, discover: DiscoverOpenId) => {
  const policy = createRedirectPolicy(options.settings);
  return async (request: StartLoginRequest): Promise<StartedLogin> => {
    const prepared = await prepare(options, discover, policy, request);
    const { authorizeUrl, row } = await beginFlow(options, prepared, request);
    return { authorizeUrl, loginId: row.id, expiresAt: row.expiresAt };
  };
};

const prepare = async (
  options: AuthorizationFlowOptions,
  discover: DiscoverOpenId,
  policy: RedirectPolicy,
  request: StartLoginRequest,
): Promise<PreparedFlow> => {
  const { registrations } = options;
  const namespace = namespaceOf(request.namespace);
  const { provider } = request;
  const redirectUri = acceptRedirectUri(options, policy, request, "required");
  const registration = await registrations.resolve(namespace, provider);
  const endpoints = registrations.endpointsFor(registration, {});
  const target = await loginTarget(
    registration,
    endpoints,
    discover,
    registrations.trustOf(registration, {}),
  );
  const definition = definitionForLogin(registration.definition, target);
  const { endpoints: urls, issuer } = pinEndpoints(registration, endpoints);
  const pinned: PinnedFlow = {
    purpose: "login",
    namespace,
    connectionId: "",
    userId: "",
    provider,
    mcpServerUrl: "",
    callerId: request.callerId,
    registrationId: registration.id,
    clientId: registration.clientId,
    endpoints: { ...urls, ...pinTarget(target) },
    issuer,
    resource: "",
    callbackUrl: options.loginCallbackUrl({ namespace, provider }),
    redirectUri,
    scopes: loginScopes(definition, target, request.scopes ?? []),
    providerConfig: {},
    completion: "required",
    allowAccountChange: false,
    pinAccount: false,
    labels: null,
  };
  return { definition, endpoints, pinned, ...(target.jwksUrl !== "" && { nonceOf }) };
};

const definitionForLogin = (definition: ProviderDefinition, { scopes }: LoginTarget): ProviderDefinition => ({
  ...definition,
  scopes: { ...definition.scopes, default: scopes },
  authorizeRequest: {
    ...definition.authorizeRequest,
    params: Object.fromEntries(
      Object.entries(definition.authorizeRequest.params).filter(([name]) => !FOR_TOKENS.has(name)),
    ),
  },
});

/** Without `openid` there would be no ID token (OpenID Connect Core section 3.1.2.1). */
const loginScopes = (
  definition: ProviderDefinition,
  { jwksUrl }: LoginTarget,
  items: readonly string[],
): readonly string[] => {
  const scopes = requestedScopes(definition, items);
  return jwksUrl === "" || scopes.includes("openid") ? scopes : ["openid", ...scopes];
};
