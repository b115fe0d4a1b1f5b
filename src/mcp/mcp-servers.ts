import type { Endpoints } from "../catalog/index.ts";
import type { Registration } from "../config/index.ts";
import type { Grant } from "../store/index.ts";
import { type McpCheck, type McpCheckRequest, checkServer } from "./check-server.ts";
import { chooseClient } from "./clients/choose-client.ts";
import { methodOf } from "./clients/mcp-client.ts";
import { assertCodeFlow } from "./code-flow.ts";
import type { McpDeps } from "./deps.ts";
import { discover } from "./discover.ts";
import type { GivenChallenge, Warning } from "./discovered.ts";
import { findIdentityProvider } from "./identity-provider.ts";
import {
  preRegisteredTarget,
  type PreRegisteredTarget,
  type TargetRequest,
} from "./pre-registered-target.ts";
import { aboutServer } from "./refusal.ts";
import { endpointsOf, PINNED, pinnedServer, registrationOf } from "./registration.ts";
import { selectScopes } from "./scopes.ts";
import { countStepUp, isStepUp } from "./step-up.ts";

export interface PrepareRequest {
  readonly grant: Grant;
  readonly given: GivenChallenge;
  /** Empty = what the server demands. */
  readonly scopes: readonly string[];
  /** Ask for what the present grant holds, too. */
  readonly keepGrantedScopes: boolean;
}

/** Everything that a flow pins. */
export interface PreparedServer {
  readonly registration: Registration;
  readonly endpoints: Endpoints;
  readonly issuer: string;
  readonly issPromised: boolean;
  /** RFC 8707; empty = the server publishes none (2025-03-26). */
  readonly resource: string;
  readonly callbackUrl: string;
  readonly scopes: readonly string[];
  readonly providerConfig: Readonly<Record<string, string>>;
  readonly warnings: readonly Warning[];
}

export interface McpServers {
  /**
   * Discovers the server anew and finds, or registers, the client for it.
   *
   * @throws BrokerError with `metadata.rule` and `metadata.mcp_server_url`: MCP_NOT_PROTECTED, METADATA_INVALID, RESOURCE_MISMATCH, ISSUER_MISMATCH,
   *   PKCE_NOT_SUPPORTED, CROSS_DOMAIN_ISSUER, CLIENT_REGISTRATION_REQUIRED, STEP_UP_LIMIT, EGRESS_DENIED, PROVIDER_UNAVAILABLE.
   */
  prepare(request: PrepareRequest): Promise<PreparedServer>;
  /** How far `prepare` would come. Registers nothing; what it finds wrong is a result. @throws BrokerError INVALID_REQUEST, STORE_UNAVAILABLE. */
  check(request: McpCheckRequest): Promise<McpCheck>;
  /**
   * The server with a client that an operator registered, for grants that need no browser and for tokens that come from elsewhere.
   *
   * @throws BrokerError as `prepare`.
   */
  preRegistered(request: TargetRequest): Promise<PreRegisteredTarget>;
  /**
   * An enterprise's identity provider, with the client that an operator registered at it.
   *
   * @throws BrokerError CLIENT_REGISTRATION_REQUIRED, METADATA_INVALID, ISSUER_MISMATCH, EGRESS_DENIED, PROVIDER_UNAVAILABLE.
   */
  identityProvider(request: {
    readonly namespace: string;
    readonly issuer: string;
  }): Promise<Pick<PreRegisteredTarget, "registration" | "endpoints">>;
}

export const createMcpServers = (deps: McpDeps): McpServers => ({
  prepare: (request) => about(request.grant.mcpServerUrl, () => prepare(deps, request)),
  check: (request) => checkServer(deps, request),
  preRegistered: (request) => about(request.grant.mcpServerUrl, () => preRegisteredTarget(deps, request)),
  identityProvider: (request) => findIdentityProvider(deps, request),
});

const about = async <T>(serverUrl: string, work: () => Promise<T>): Promise<T> => {
  try {
    return await work();
  } catch (error) {
    throw aboutServer(error, serverUrl);
  }
};

const prepare = async (
  deps: McpDeps,
  { grant, given, scopes: asked, keepGrantedScopes }: PrepareRequest,
): Promise<PreparedServer> => {
  const { namespace, mcpServerUrl: serverUrl } = grant;
  const present = await deps.tokens.find({ ...grant, tokenName: "" });
  const found = await discover(deps, { namespace, serverUrl, given, presentIssuer: present?.pins.issuer });
  const pkceWarning = assertCodeFlow(deps, found);
  const stepsUp = present !== undefined && found.challenge !== undefined && isStepUp(found.challenge);
  const before = [
    ...(stepsUp ? present.requestedScopes : []),
    ...(stepsUp || keepGrantedScopes ? (present?.scopes ?? []) : []),
  ];
  const scopes = selectScopes({
    asked,
    challenge: found.challenge,
    ofResource: found.scopesOfResource,
    ofServer: found.server.scopesSupported,
    before,
  });
  if (stepsUp) await countStepUp(deps.tokens, grant, present, found.challenge);
  const { client, callbackUrl } = await chooseClient(deps, namespace, found);
  const { server } = found;
  const providerConfig = { [PINNED.method]: methodOf(client, server) };
  const registration = registrationOf(namespace, client, pinnedServer(server), providerConfig);
  return {
    registration,
    endpoints: endpointsOf(registration),
    issuer: server.issuer,
    issPromised: server.issPromised,
    resource: found.resource,
    callbackUrl,
    scopes,
    providerConfig,
    warnings: [...found.warnings, ...pkceWarning],
  };
};
