import { plainDefinition, type ProviderDefinition } from "../catalog/index.ts";
import type { Completion } from "../config/index.ts";
import { invalidField } from "../errors.ts";
import type { GivenChallenge, Warning } from "../mcp/index.ts";
import { assertExtraParamsAllowed } from "../oauth/index.ts";
import { type GrantSelector, parseGrant } from "../registrations/index.ts";
import type { Grant, PinnedFlow } from "../store/index.ts";
import { assertLoginHint, beginFlow, type PreparedFlow } from "./begin-flow.ts";
import type { AuthorizationFlowOptions } from "./options.ts";
import { pinEndpoints, pinServer } from "./pinned.ts";
import { checkRedirectUri, createRedirectPolicy, type RedirectPolicy } from "./redirect-uri.ts";
import { requestedScopes, unionOfScopes } from "./requested-scopes.ts";

export interface StartRequest extends GrantSelector {
  /** Where the browser goes afterwards. Empty = `CONNECT_DEFAULT_REDIRECT_URI`, and without that a result page. */
  readonly redirectUri?: string | undefined;
  /** Empty = the provider's defaults. An item with spaces is several scopes. */
  readonly scopes?: readonly string[] | undefined;
  /** Ask for these and everything that the present grant holds. */
  readonly keepGrantedScopes?: boolean | undefined;
  readonly loginHint?: string | undefined;
  readonly extraParams?: Readonly<Record<string, string>> | undefined;
  readonly providerConfig?: Readonly<Record<string, string>> | undefined;
  /** The challenge that the caller of an MCP server met; nothing of it known = the server is asked. */
  readonly challenge?: GivenChallenge | undefined;
  /** Absent = `BROKER_COMPLETION`. */
  readonly completion?: Completion | undefined;
  readonly allowAccountChange?: boolean | undefined;
  /** Absent = those of the present grant. */
  readonly labels?: Readonly<Record<string, string>> | undefined;
  /** Who calls: a ticket of this flow is for the same caller. */
  readonly callerId: string;
}

export interface StartedAuthorization {
  readonly authorizeUrl: string;
  readonly expiresAt: Date;
  readonly authorizationId: string;
  /** What discovery found doubtful and the operator's settings let pass. */
  readonly warnings: readonly Warning[];
}

export const createStart = (options: AuthorizationFlowOptions) => {
  const policy = createRedirectPolicy(options.settings);

  return async (request: StartRequest): Promise<StartedAuthorization> => {
    const { warnings = [], ...prepared } = await prepare(options, policy, request);
    const { authorizeUrl, row } = await beginFlow(options, prepared, request);
    return { authorizeUrl, expiresAt: row.expiresAt, authorizationId: row.id, warnings };
  };
};

type Prepared = PreparedFlow & { readonly warnings?: readonly Warning[] };

/** What the request itself decides, whoever is asked. */
type OfRequest = Pick<
  PinnedFlow,
  "callerId" | "redirectUri" | "completion" | "allowAccountChange" | "labels" | "purpose"
> &
  Grant;

/** Judges the whole request and fixes everything that the exchange will need. */
const prepare = async (
  options: AuthorizationFlowOptions,
  policy: RedirectPolicy,
  request: StartRequest,
): Promise<Prepared> => {
  const grant = parseGrant(request);
  const completion = request.completion ?? options.settings.completion;
  const ofRequest: OfRequest = {
    purpose: "connect",
    ...grant,
    callerId: request.callerId,
    redirectUri: acceptRedirectUri(options, policy, request, completion),
    completion,
    allowAccountChange: request.allowAccountChange ?? false,
    labels: request.labels ?? null,
  };
  return grant.mcpServerUrl === ""
    ? await prepareProvider(options, ofRequest, request)
    : await prepareMcpServer(options, ofRequest, request);
};

const prepareProvider = async (
  options: AuthorizationFlowOptions,
  ofRequest: OfRequest,
  request: StartRequest,
): Promise<Prepared> => {
  const { registrations } = options;
  const { challenge: { wwwAuthenticate = "", httpStatus = 0 } = {} } = request;
  if (wwwAuthenticate !== "" || httpStatus !== 0)
    throw invalidField(
      wwwAuthenticate === "" ? "http_status" : "www_authenticate",
      "is for MCP servers (mcp_server_url): leave it out with a provider",
    );
  const registration = await registrations.resolve(ofRequest.namespace, ofRequest.provider);
  const providerConfig = registrations.checkProviderConfig(registration, request.providerConfig ?? {});
  const endpoints = registrations.endpointsFor(registration, providerConfig);
  const pinned: PinnedFlow = {
    ...ofRequest,
    registrationId: registration.id,
    clientId: registration.clientId,
    ...pinEndpoints(registration, endpoints),
    resource: "",
    callbackUrl: options.callbackUrl(ofRequest),
    scopes: await scopesOf(options, registration.definition, ofRequest, request),
    providerConfig,
  };
  return { definition: registration.definition, endpoints, pinned };
};

const prepareMcpServer = async (
  { mcp }: AuthorizationFlowOptions,
  ofRequest: OfRequest,
  request: StartRequest,
): Promise<Prepared> => {
  if (Object.keys(request.providerConfig ?? {}).length > 0)
    throw invalidField("provider_config", "is for providers that declare variables: an MCP server has none");
  // Before a stranger's server is asked, or a client registered.
  assertExtraParamsAllowed(NO_DEFAULTS, request.extraParams ?? {});
  assertLoginHint(request.loginHint);
  const { namespace, connectionId, userId, provider, mcpServerUrl } = ofRequest;
  const server = await mcp.prepare({
    grant: { namespace, connectionId, userId, provider, mcpServerUrl },
    given: request.challenge ?? {},
    scopes: requestedScopes(NO_DEFAULTS, request.scopes ?? []),
    keepGrantedScopes: request.keepGrantedScopes ?? false,
  });
  const { registration, endpoints, issuer, issPromised, resource, callbackUrl, scopes, providerConfig } =
    server;
  const pinned: PinnedFlow = {
    ...ofRequest,
    registrationId: registration.id,
    clientId: registration.clientId,
    ...pinServer(endpoints, { value: issuer, required: issPromised }),
    resource,
    callbackUrl,
    scopes,
    providerConfig,
  };
  return { definition: registration.definition, endpoints, pinned, warnings: server.warnings };
};

const NO_DEFAULTS = plainDefinition({ name: "", authorizeUrl: "", tokenUrl: "" });

const scopesOf = async (
  { tokens }: AuthorizationFlowOptions,
  definition: ProviderDefinition,
  grant: Grant,
  request: StartRequest,
): Promise<readonly string[]> => {
  const asked = requestedScopes(definition, request.scopes ?? []);
  if (request.keepGrantedScopes !== true) return asked;
  const present = await tokens.find({ ...grant, tokenName: "" });
  return unionOfScopes(asked, present?.scopes ?? []);
};

export const acceptRedirectUri = (
  { settings, logger }: AuthorizationFlowOptions,
  policy: RedirectPolicy,
  request: Pick<StartRequest, "redirectUri" | "provider">,
  completion: Completion,
): string => {
  const wanted = request.redirectUri || settings.defaultRedirectUri || "";
  if (wanted === "" && completion === "required") {
    throw invalidField(
      "redirect_uri",
      "completion by ticket hands the ticket to this address: give one, or set CONNECT_DEFAULT_REDIRECT_URI",
    );
  }
  if (wanted === "") return "";
  const { uri, unlistedScheme } = checkRedirectUri(policy, wanted);
  if (unlistedScheme) {
    logger.warn("redirect_uri has a custom scheme that production would refuse", {
      variable: "CONNECT_REDIRECT_ALLOW_HOSTS",
      provider: request.provider,
    });
  }
  return uri;
};
