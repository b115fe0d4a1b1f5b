import { AUTHORIZATION_CODE } from "../config/index.ts";
import type { McpDeps } from "./deps.ts";
import type { Discovered, Warning } from "./discovered.ts";
import { refuse } from "./refusal.ts";

/**
 * What the authorization code flow needs of the server; PKCE must be advertised (RFC 8414), unless an operator vouches for it.
 *
 * @throws BrokerError METADATA_INVALID, PKCE_NOT_SUPPORTED.
 */
export const assertCodeFlow = (
  { config }: Pick<McpDeps, "config">,
  { server }: Pick<Discovered, "server">,
): readonly Warning[] => {
  if (server.authorizationEndpoint === "")
    throw refuse(
      "METADATA_INVALID",
      "authorization_endpoint",
      "the authorization server's metadata name no authorization endpoint: a person cannot be sent there (AcquireToken is for grants without a browser)",
    );
  if (server.grantTypes !== undefined && !server.grantTypes.includes(AUTHORIZATION_CODE))
    throw refuse(
      "METADATA_INVALID",
      "grant_types_supported",
      "the authorization server does not offer the authorization code flow (AcquireToken is for grants without a browser)",
    );
  if (server.s256) return [];
  if (config.assumeS256.includes(server.issuer)) return ["pkce_assumed"];
  throw refuse(
    "PKCE_NOT_SUPPORTED",
    "code_challenge_methods_supported",
    "the authorization server does not advertise PKCE with S256, which the MCP specification demands: an operator who knows that it has it adds its issuer to BROKER_MCP_ASSUME_S256",
    { metadata: { variable: "BROKER_MCP_ASSUME_S256" } },
  );
};
