import type { JsonObject } from "../oauth/index.ts";
import type { BearerChallenge } from "./challenge.ts";
import { type FetchDeps, fetchDocument, type Fetched } from "./document.ts";
import { texts, textsOrNone } from "./fields.ts";
import { refuse } from "./refusal.ts";

/** RFC 9728, as far as it is used. */
export interface ResourceMetadata {
  /** As published, byte for byte. */
  readonly resource: string;
  readonly authorizationServers: readonly string[];
  /** undefined = the server does not say. */
  readonly scopesSupported: readonly string[] | undefined;
  readonly url: string;
}

/** `clean`: every place answered 404, as a server of 2025-03-26 does. */
export type ResourceDiscovery =
  | { readonly kind: "found"; readonly metadata: ResourceMetadata }
  | { readonly kind: "none"; readonly clean: boolean };

const WELL_KNOWN = "/.well-known/oauth-protected-resource";

/** RFC 9728 section 3.1: the well-known path before the server's own; then the root. */
export const resourceMetadataUrls = (serverUrl: string): readonly string[] => {
  const { origin, pathname, search } = new URL(serverUrl);
  const path = pathname.replace(/\/+$/, "");
  const root = origin + WELL_KNOWN;
  return path === "" && search === "" ? [root] : [`${root}${path}${search}`, root];
};

/**
 * The metadata that the challenge names, and where it names none those at the well-known places in order.
 *
 * @throws BrokerError METADATA_INVALID, RESOURCE_MISMATCH, EGRESS_DENIED, PROVIDER_UNAVAILABLE.
 */
export const discoverResource = async (
  deps: FetchDeps,
  serverUrl: string,
  challenge: BearerChallenge | undefined,
): Promise<ResourceDiscovery> => {
  const named = challenge?.resourceMetadata;
  if (named !== undefined) return { kind: "found", metadata: await fetchNamed(deps, serverUrl, named) };
  const seen: Fetched["kind"][] = [];
  for (const url of resourceMetadataUrls(serverUrl)) {
    const fetched = await fetchDocument(
      deps,
      url,
      "resource_metadata",
      "the server's protected-resource metadata",
    );
    if (fetched.kind === "document") return { kind: "found", metadata: judge(serverUrl, url, fetched.json) };
    seen.push(fetched.kind);
  }
  if (seen.includes("trouble"))
    throw refuse(
      "PROVIDER_UNAVAILABLE",
      "resource_metadata",
      "the MCP server does not answer with its protected-resource metadata now: retry later",
    );
  return { kind: "none", clean: seen.every((kind) => kind === "absent") };
};

const fetchNamed = async (deps: FetchDeps, serverUrl: string, named: string): Promise<ResourceMetadata> => {
  const what = "the protected-resource metadata that the challenge names";
  const url = URL.canParse(named) ? new URL(named) : undefined;
  if (url === undefined || url.hash !== "")
    throw refuse("METADATA_INVALID", "challenge", "the challenge's resource_metadata is no URL");
  const fetched = await fetchDocument(deps, url.href, "resource_metadata", what);
  switch (fetched.kind) {
    case "document":
      return judge(serverUrl, named, fetched.json);
    case "trouble":
      throw refuse("PROVIDER_UNAVAILABLE", "resource_metadata", `${what} cannot be had now: retry later`);
    case "absent":
    case "unusable":
      throw refuse("METADATA_INVALID", "resource_metadata", `${what} is not there, or is no JSON object`);
  }
};

const MAX_SERVERS = 20;

const judge = (serverUrl: string, url: string, json: JsonObject): ResourceMetadata => {
  const { resource } = json;
  if (typeof resource !== "string")
    throw refuse("METADATA_INVALID", "resource", "the protected-resource metadata has no resource");
  if (!isResourceOf(serverUrl, resource))
    throw refuse(
      "RESOURCE_MISMATCH",
      "resource",
      "the protected-resource metadata is for another resource: it must name this server's URL, or a whole part of its path, at the same origin",
    );
  const authorizationServers = texts(json["authorization_servers"]);
  if (authorizationServers === undefined || authorizationServers.length === 0)
    throw refuse(
      "METADATA_INVALID",
      "authorization_servers",
      "the protected-resource metadata names no authorization server",
    );
  if (authorizationServers.length > MAX_SERVERS)
    throw refuse(
      "METADATA_INVALID",
      "authorization_servers",
      `the protected-resource metadata names more than ${MAX_SERVERS} authorization servers`,
    );
  return { resource, authorizationServers, scopesSupported: textsOrNone(json["scopes_supported"]), url };
};

const MAX_RESOURCE_LENGTH = 2048;
const VISIBLE_ASCII = /^[\x21-\x7e]+$/;

/**
 * Whether a token for `resource` is one for this server (RFC 9728 section 3.3): the same origin, and a path that is the server's or a whole-segment prefix
 * of it. A resource with a query is no prefix of anything.
 */
export const isResourceOf = (serverUrl: string, resource: string): boolean => {
  if (resource.length > MAX_RESOURCE_LENGTH || !VISIBLE_ASCII.test(resource) || /[\\#]/.test(resource))
    return false;
  if (!URL.canParse(resource)) return false;
  const [server, named] = [new URL(serverUrl), new URL(resource)];
  if (named.origin !== server.origin || named.username !== "" || named.password !== "") return false;
  const [path, prefix] = [server, named].map(({ pathname }) => pathname.replace(/\/+$/, "")) as [
    string,
    string,
  ];
  if (named.search !== "") return named.search === server.search && path === prefix;
  return path === prefix || path.startsWith(`${prefix}/`);
};
