import { type Endpoints, GRANT_TYPE, plainDefinition, type ProviderDefinition } from "../catalog/index.ts";
import type { OAuthClientMethod, Registration } from "../config/index.ts";
import type { McpClient } from "./clients/mcp-client.ts";
import type { ServerMetadata } from "./server-metadata.ts";

/** What a grant of an MCP server keeps in `provider_config`: what its client's registration leaves to the server's metadata, which are not read again. */
export const PINNED = { method: "token_endpoint_auth_method", grantType: GRANT_TYPE } as const;

export interface PinnedServer {
  readonly issuer: string;
  /** Empty where it is not known any more, and not needed. */
  readonly authorizeUrl: string;
  readonly tokenUrl: string;
  readonly revokeUrl: string;
}

export const pinnedServer = (server: ServerMetadata): PinnedServer => ({
  issuer: server.issuer,
  authorizeUrl: server.authorizationEndpoint,
  tokenUrl: server.tokenEndpoint,
  revokeUrl: server.revocationEndpoint,
});

/** What the engine needs of a server that nobody configured: RFC 6749 to the letter, with this client at these endpoints. */
export const registrationOf = (
  namespace: string,
  client: McpClient,
  server: PinnedServer,
  providerConfig: Readonly<Record<string, string>>,
): Registration => ({
  name: "",
  namespace,
  source: "mcp",
  id: client.registrationId,
  template: "",
  definition: definitionOf(client, server, providerConfig),
  values: { key_id: client.keyId },
  clientId: client.clientId,
  clientSecret: providerConfig[PINNED.method] === "none" ? undefined : client.secret,
  previousClientSecret: undefined,
  loginEnabled: false,
  loginTenants: [],
});

const ASSERTION_LIFETIME_SECONDS = 300;

const definitionOf = (
  client: McpClient,
  { issuer, authorizeUrl, tokenUrl, revokeUrl }: PinnedServer,
  providerConfig: Readonly<Record<string, string>>,
): ProviderDefinition => {
  const plain = plainDefinition({ name: "", authorizeUrl, tokenUrl });
  const method = (providerConfig[PINNED.method] ?? "none") as OAuthClientMethod;
  return {
    ...plain,
    revokeUrl,
    issuer: { value: issuer, verified: true },
    pkce: true,
    clientAuthentication: {
      method,
      basicEncoding: "form",
      jwt: {
        algorithm: client.signingAlgorithm,
        // RFC 7523 section 3, as amended: the issuer, whose text is a stranger's and stands for itself.
        audience: "{issuer}",
        issuer: "{client_id}",
        subject: "{client_id}",
        keyId: "{key_id}",
        lifetimeSeconds: ASSERTION_LIFETIME_SECONDS,
      },
    },
  };
};

/** A discovered server's endpoints are what was discovered: no template, no variable. */
export const endpointsOf = ({
  definition,
  values,
}: Pick<Registration, "definition" | "values">): Endpoints => ({
  authorizeUrl: definition.authorizeUrl,
  tokenUrl: definition.tokenUrl,
  refreshUrl: definition.tokenUrl,
  userinfoUrl: "",
  revokeUrl: definition.revokeUrl,
  issuer: definition.issuer,
  apiBaseUrl: "",
  allowedOrigins: [],
  afterExchangeUrl: "",
  callUrls: {},
  texts: { ...values, issuer: definition.issuer?.value ?? "" },
});
