import type { Registration } from "../config/index.ts";
import { invalidField } from "../errors.ts";
import type { GivenChallenge, McpServers } from "../mcp/index.ts";
import type { Egress, TokenSet } from "../oauth/index.ts";
import { type GrantSelector, parseGrant, type Registrations } from "../registrations/index.ts";
import type { Grant, Pins } from "../store/index.ts";
import type { Clock } from "../time.ts";
import { acquireByCredentials } from "./by-credentials.ts";
import { acquireForEnterprise } from "./for-enterprise.ts";

/** What an enterprise's identity provider is asked with. */
export interface EnterpriseGrant {
  readonly subjectToken: string;
  readonly subjectTokenType: "id_token" | "refresh_token" | "saml2";
  /** Its issuer. */
  readonly identityProvider: string;
}

export interface AcquireTokenRequest extends GrantSelector {
  readonly grant:
    | { readonly kind: "client_credentials" }
    | ({ readonly kind: "enterprise" } & EnterpriseGrant);
  readonly scopes?: readonly string[] | undefined;
  readonly challenge?: GivenChallenge | undefined;
  readonly providerConfig?: Readonly<Record<string, string>> | undefined;
  /** Absent = those of the present grant. */
  readonly labels?: Readonly<Record<string, string>> | undefined;
}

/** On its way to the token row, as an authorization's tokens are. */
export interface AcquiredTokens {
  readonly grant: Grant;
  readonly registration: Registration;
  readonly pins: Pins;
  readonly answer: TokenSet;
  readonly receivedAtMs: number;
  readonly requestedScopes: readonly string[];
  readonly callbackMetadata: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>> | undefined;
}

export interface AcquisitionDeps {
  readonly registrations: Registrations;
  readonly mcp: McpServers;
  readonly egress: Egress;
  storeTokens(acquired: AcquiredTokens): Promise<unknown>;
  readonly providerTimeoutMs: number;
  readonly clock: Clock;
}

export interface Acquisition {
  /**
   * Obtains a token and stores it; GetToken has it afterwards.
   *
   * @throws BrokerError INVALID_REQUEST; PROVIDER_NOT_FOUND; CLIENT_REGISTRATION_REQUIRED and what discovery refuses with; EXCHANGE_FAILED, INVALID_SCOPE,
   *   PROVIDER_MISCONFIGURED, PROVIDER_UNAVAILABLE, INVALID_TOKEN_RESPONSE as the servers answered.
   */
  acquire(request: AcquireTokenRequest): Promise<Grant>;
}

export const createAcquisition = (deps: AcquisitionDeps): Acquisition => ({
  async acquire(request) {
    const grant = parseGrant(request);
    const { scopes: requestedScopes, ...acquired } =
      request.grant.kind === "client_credentials"
        ? await acquireByCredentials(deps, grant, request)
        : await acquireForEnterprise(deps, onMcpServer(grant), request, request.grant);
    await deps.storeTokens({
      grant,
      ...acquired,
      receivedAtMs: deps.clock.monotonicMs(),
      requestedScopes,
      callbackMetadata: {},
      labels: request.labels,
    });
    return grant;
  },
});

const onMcpServer = (grant: Grant): Grant => {
  if (grant.mcpServerUrl !== "") return grant;
  throw invalidField("grant", "enterprise-managed authorization is for MCP servers: name mcp_server_url");
};

/** What a grant brought. */
export interface Acquired {
  readonly registration: Registration;
  readonly pins: Pins;
  readonly answer: TokenSet;
  readonly scopes: readonly string[];
}
