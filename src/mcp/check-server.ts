import { BrokerError } from "../errors.ts";
import { namespaceOf, parseMcpServerUrl } from "../registrations/index.ts";
import { callbackUrlFor, clientSourceFor } from "./clients/choose-client.ts";
import type { ClientSource } from "./clients/mcp-client.ts";
import { assertCodeFlow } from "./code-flow.ts";
import type { McpDeps } from "./deps.ts";
import { discover } from "./discover.ts";
import type { Discovered, GivenChallenge, Warning } from "./discovered.ts";
import { refuse } from "./refusal.ts";
import { selectScopes } from "./scopes.ts";

export interface McpCheckRequest {
  readonly mcpServerUrl: string;
  readonly namespace?: string | undefined;
  readonly given: GivenChallenge;
}

/** What discovery found, as far as it came. */
export interface McpCheck {
  readonly ready: boolean;
  /** A `BrokerErrorCode`; empty when it is ready. */
  readonly reason: string;
  readonly message: string;
  readonly resource: string;
  readonly resourceMetadataUrl: string;
  readonly authorizationServers: readonly string[];
  readonly issuer: string;
  readonly scopes: readonly string[];
  readonly clientSource: ClientSource | undefined;
  readonly callbackUrl: string;
  readonly warnings: readonly Warning[];
}

const NOTHING_FOUND: Omit<McpCheck, "reason" | "message"> = {
  ready: false,
  resource: "",
  resourceMetadataUrl: "",
  authorizationServers: [],
  issuer: "",
  scopes: [],
  clientSource: undefined,
  callbackUrl: "",
  warnings: [],
};

/** What is the caller's own mistake, or the broker's trouble, says nothing of the server. */
const NO_RESULT: ReadonlySet<string> = new Set([
  "INVALID_REQUEST",
  "STORE_UNAVAILABLE",
  "KEY_UNAVAILABLE",
  "INTERNAL",
]);

export const checkServer = async (deps: McpDeps, request: McpCheckRequest): Promise<McpCheck> => {
  const namespace = namespaceOf(request.namespace);
  const serverUrl = parseMcpServerUrl(request.mcpServerUrl);
  let facts = NOTHING_FOUND;
  try {
    const found = await discover(deps, {
      namespace,
      serverUrl,
      given: request.given,
      presentIssuer: undefined,
    });
    facts = await factsOf(deps, namespace, found);
    const warnings = [...facts.warnings, ...assertCodeFlow(deps, found)];
    if (facts.clientSource === undefined)
      throw refuse(
        "CLIENT_REGISTRATION_REQUIRED",
        "client_registration",
        "the authorization server registers no clients by itself: register one there by hand and give it to RegisterOAuthClient",
      );
    return { ...facts, warnings, ready: true, reason: "", message: "" };
  } catch (error) {
    if (!(error instanceof BrokerError) || NO_RESULT.has(error.code)) throw error;
    return { ...facts, reason: error.code, message: error.message };
  }
};

const factsOf = async (
  deps: McpDeps,
  namespace: string,
  found: Discovered,
): Promise<Omit<McpCheck, "reason" | "message">> => {
  const { server } = found;
  const clientSource = await clientSourceFor(deps, namespace, server);
  return {
    ready: false,
    resource: found.resource,
    resourceMetadataUrl: found.resourceMetadataUrl,
    authorizationServers: found.authorizationServers,
    issuer: server.issuer,
    scopes: selectScopes({
      asked: [],
      challenge: found.challenge,
      ofResource: found.scopesOfResource,
      ofServer: server.scopesSupported,
      before: [],
    }),
    clientSource,
    callbackUrl: callbackUrlFor(deps, namespace, server, clientSource),
    warnings: found.warnings,
  };
};
