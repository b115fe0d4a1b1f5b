import type { OAuthClientFacts } from "./oauth-client.ts";
import type { TrustedIssuer } from "./trust.ts";

/** What happens to an issuer on another registrable domain than the MCP server that names it. `deny-known`: refused if the catalog knows it. */
export type CrossDomainRule = "report" | "deny-known" | "deny";

/** How MCP servers are dealt with. */
export interface McpConfig {
  /** For consent pages. */
  readonly clientName: string;
  /** Of Client ID Metadata Documents; may hold `{id}`. undefined = there are none. */
  readonly clientMetadataUrl: string | undefined;
  /** Registered by hand, for every namespace. */
  readonly clients: readonly EnvironmentClient[];
  readonly trust: readonly TrustedIssuer[];
  readonly crossDomain: CrossDomainRule;
  /** Issuers that support S256 without saying so. */
  readonly assumeS256: readonly string[];
  /** The discovery of 2025-03-26, where the newer one finds nothing. */
  readonly legacy: boolean;
}

export interface EnvironmentClient extends OAuthClientFacts {
  /** As `BROKER_MCP_CLIENTS` lists it. */
  readonly name: string;
  readonly issuer: string;
}
