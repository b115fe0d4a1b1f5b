import { parseIssuer } from "../config/index.ts";
import { invalidField } from "../errors.ts";
import { createBudget } from "./budget.ts";
import { bearerChallenge } from "./challenge.ts";
import { chooseIssuer } from "./choose-issuer.ts";
import { CROSS_DOMAIN, judgeCrossDomain } from "./cross-domain.ts";
import type { McpDeps } from "./deps.ts";
import type { Discovered, GivenChallenge } from "./discovered.ts";
import type { FetchDeps } from "./document.ts";
import { discoverLegacy } from "./legacy.ts";
import { type Probe, probeServer } from "./probe.ts";
import { refuse } from "./refusal.ts";
import { discoverResource } from "./resource-metadata.ts";
import { discoverServer } from "./server-metadata.ts";

export interface DiscoveryRequest {
  readonly namespace: string;
  /** In normal form. */
  readonly serverUrl: string;
  readonly given: GivenChallenge;
  /** The issuer of the present grant, if there is one. */
  readonly presentIssuer: string | undefined;
}

/**
 * From a server's URL to its authorization server's metadata: at most 2 probes, 2 resource metadata, 3 server metadata, in one time limit.
 *
 * @throws BrokerError MCP_NOT_PROTECTED, METADATA_INVALID, RESOURCE_MISMATCH, ISSUER_MISMATCH, CROSS_DOMAIN_ISSUER, EGRESS_DENIED, PROVIDER_UNAVAILABLE;
 *   INVALID_REQUEST naming `http_status`.
 */
export const discover = async (deps: McpDeps, request: DiscoveryRequest): Promise<Discovered> => {
  const budget = createBudget(deps.clock, deps.discoveryMs);
  const fetching: FetchDeps = { egress: deps.egress, budget };
  const probe = givenProbe(request.given) ?? (await probeServer(fetching, request.serverUrl));
  const challenge = probe.kind === "protected" ? probe.challenge : undefined;
  const found = await discoverResource(fetching, request.serverUrl, challenge);
  const common = { serverUrl: request.serverUrl, challenge, budget };
  if (found.kind === "none") {
    assertLegacy(deps, probe, found.clean);
    return { ...common, ...(await discoverLegacy(fetching, request.serverUrl)) };
  }
  const { metadata } = found;
  const issuer = await chooseIssuer(deps, request, metadata.authorizationServers);
  const server = await discoverServer(fetching, issuer);
  const isCrossDomain = judgeCrossDomain(
    {
      serverUrl: request.serverUrl,
      resource: metadata.resource,
      issuer,
      protectedResources: server.protectedResources,
    },
    { rule: deps.config.crossDomain, trust: deps.config.trust },
  );
  return {
    ...common,
    resource: metadata.resource,
    resourceMetadataUrl: metadata.url,
    authorizationServers: metadata.authorizationServers.filter((text) => parseIssuer(text) !== undefined),
    scopesOfResource: metadata.scopesSupported,
    server,
    warnings: isCrossDomain ? [CROSS_DOMAIN] : [],
  };
};

/** What the caller met; undefined = the server is asked. */
export const givenProbe = ({ wwwAuthenticate = "", httpStatus = 0 }: GivenChallenge): Probe | undefined => {
  if (httpStatus !== 0 && httpStatus !== 401 && httpStatus !== 403)
    throw invalidField(
      "http_status",
      "must be 401 or 403, the answers that ask for authorization, or left out",
    );
  if (wwwAuthenticate === "" && httpStatus === 0) return undefined;
  return { kind: "protected", challenge: bearerChallenge(wwwAuthenticate) };
};

const assertLegacy = ({ config }: McpDeps, probe: Probe, clean: boolean): void => {
  if (config.legacy && clean) return;
  if (probe.kind === "open")
    throw refuse(
      "MCP_NOT_PROTECTED",
      "resource_metadata",
      "the MCP server asks for no authorization and publishes no protected-resource metadata: use it without a token",
    );
  throw refuse(
    "METADATA_INVALID",
    "resource_metadata",
    clean
      ? "the MCP server asks for authorization and publishes no protected-resource metadata (RFC 9728); BROKER_MCP_LEGACY=true allows servers of 2025-03-26, which have none"
      : "the MCP server asks for authorization, and what is at the places of its protected-resource metadata is no JSON object",
  );
};
