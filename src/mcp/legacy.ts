import type { Discovered } from "./discovered.ts";
import type { FetchDeps } from "./document.ts";
import { refuse } from "./refusal.ts";
import { findServer, type ServerMetadata } from "./server-metadata.ts";

type OfServer = Omit<Discovered, "serverUrl" | "challenge" | "budget">;

/**
 * The authorization server of the specification of 2025-03-26: the MCP server's own origin, with metadata at its root, and without them the endpoints that
 * the specification names. They are assumed only after a clean 404.
 */
export const discoverLegacy = async (deps: FetchDeps, serverUrl: string): Promise<OfServer> => {
  const { origin } = new URL(serverUrl);
  const found = await findServer(deps, origin);
  const isAbsent = found.kind === "none" && found.seen.every((kind) => kind === "absent");
  if (found.kind === "none" && !isAbsent)
    throw refuse(
      found.seen.includes("trouble") ? "PROVIDER_UNAVAILABLE" : "METADATA_INVALID",
      "server_metadata",
      "the MCP server's own origin answers with something that is no metadata of its authorization server",
    );
  return {
    resource: "",
    resourceMetadataUrl: "",
    authorizationServers: [origin],
    scopesOfResource: undefined,
    server: found.kind === "found" ? found.metadata : standardEndpoints(origin),
    warnings: ["legacy_discovery"],
  };
};

/** PKCE is a must of that specification, too. */
const standardEndpoints = (origin: string): ServerMetadata => ({
  issuer: origin,
  authorizationEndpoint: `${origin}/authorize`,
  tokenEndpoint: `${origin}/token`,
  registrationEndpoint: `${origin}/register`,
  revocationEndpoint: "",
  authMethods: ["client_secret_basic", "client_secret_post", "none"],
  grantTypes: undefined,
  scopesSupported: undefined,
  s256: true,
  issPromised: false,
  takesDocuments: false,
  protectedResources: [],
});
