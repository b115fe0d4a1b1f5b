import { parseIssuer } from "../config/index.ts";
import type { Egress, JsonObject } from "../oauth/index.ts";
import { type FetchDeps, fetchDocument, type Fetched } from "./document.ts";
import { textsOrNone } from "./fields.ts";
import { refusalOfCall, refuse, type Rule } from "./refusal.ts";

/** RFC 8414 and OpenID Connect Discovery, as far as it is used. Every endpoint may be called as far as its text tells. */
export interface ServerMetadata {
  readonly issuer: string;
  /** Empty = the server has none: nobody can be sent there. */
  readonly authorizationEndpoint: string;
  readonly tokenEndpoint: string;
  readonly registrationEndpoint: string;
  readonly revocationEndpoint: string;
  /** How clients may prove themselves; `client_secret_basic` where the server does not say (RFC 8414 section 2). */
  readonly authMethods: readonly string[];
  /** undefined = the server does not say. */
  readonly grantTypes: readonly string[] | undefined;
  readonly scopesSupported: readonly string[] | undefined;
  readonly s256: boolean;
  /** It promises `iss` in every authorization response (RFC 9207). */
  readonly issPromised: boolean;
  /** It fetches Client ID Metadata Documents. */
  readonly takesDocuments: boolean;
  /** The resources that it says it issues tokens for (RFC 9728 section 4). */
  readonly protectedResources: readonly string[];
}

/** The three forms in the specification's order; an issuer without a path has two. */
export const serverMetadataUrls = (issuer: string): readonly string[] => {
  const { origin, pathname } = new URL(issuer);
  const path = pathname.replace(/\/+$/, "");
  return [
    `${origin}/.well-known/oauth-authorization-server${path}`,
    `${origin}/.well-known/openid-configuration${path}`,
    ...(path === "" ? [] : [`${origin}${path}/.well-known/openid-configuration`]),
  ];
};

const WHAT = "the authorization server's metadata";

/**
 * The metadata of an issuer, of which the document must say that it is its own, as a plain string (RFC 8414 section 3.3).
 *
 * @throws BrokerError METADATA_INVALID, ISSUER_MISMATCH, EGRESS_DENIED, PROVIDER_UNAVAILABLE.
 */
export const discoverServer = async (deps: FetchDeps, issuer: string): Promise<ServerMetadata> => {
  const found = await findServer(deps, issuer);
  if (found.kind === "found") return found.metadata;
  if (found.seen.includes("trouble"))
    throw refuse("PROVIDER_UNAVAILABLE", "server_metadata", `${WHAT} cannot be had now: retry later`);
  if (found.seen.includes("other_issuer")) throw otherIssuer();
  throw refuse(
    "METADATA_INVALID",
    "server_metadata",
    `${WHAT} is at none of its well-known places (RFC 8414, OpenID Connect Discovery)`,
  );
};

export type ServerSearch =
  | { readonly kind: "found"; readonly metadata: ServerMetadata }
  | { readonly kind: "none"; readonly seen: readonly (Fetched["kind"] | "other_issuer")[] };

/** A document of another issuer is not used, whatever it says; a server that answers every path with one may have the right one at the next place. */
export const findServer = async (deps: FetchDeps, issuer: string): Promise<ServerSearch> => {
  if (parseIssuer(issuer) === undefined)
    throw refuse(
      "METADATA_INVALID",
      "authorization_servers",
      "an authorization server is named by something that is no https URL without query and fragment",
    );
  const seen: (Fetched["kind"] | "other_issuer")[] = [];
  for (const url of serverMetadataUrls(issuer)) {
    const fetched = await fetchDocument(deps, url, "server_metadata", WHAT);
    if (fetched.kind === "document" && fetched.json["issuer"] === issuer)
      return { kind: "found", metadata: judgeServer(deps.egress, issuer, fetched.json) };
    seen.push(fetched.kind === "document" ? "other_issuer" : fetched.kind);
  }
  return { kind: "none", seen };
};

const otherIssuer = () =>
  refuse(
    "ISSUER_MISMATCH",
    "issuer",
    "the authorization server's metadata names another issuer than the one it was asked for (RFC 8414 section 3.3)",
  );

const judgeServer = (egress: Egress, issuer: string, json: JsonObject): ServerMetadata => {
  const endpoint = (name: Rule): string => endpointOf(egress, json, name);
  const tokenEndpoint = endpoint("token_endpoint");
  if (tokenEndpoint === "")
    throw refuse("METADATA_INVALID", "token_endpoint", `${WHAT} names no token endpoint`);
  return {
    issuer,
    authorizationEndpoint: endpoint("authorization_endpoint"),
    tokenEndpoint,
    registrationEndpoint: endpoint("registration_endpoint"),
    revocationEndpoint: endpoint("revocation_endpoint"),
    authMethods: textsOrNone(json["token_endpoint_auth_methods_supported"]) ?? ["client_secret_basic"],
    grantTypes: textsOrNone(json["grant_types_supported"]),
    scopesSupported: textsOrNone(json["scopes_supported"]),
    s256: textsOrNone(json["code_challenge_methods_supported"])?.includes("S256") ?? false,
    issPromised: json["authorization_response_iss_parameter_supported"] === true,
    takesDocuments: json["client_id_metadata_document_supported"] === true,
    protectedResources: textsOrNone(json["protected_resources"]) ?? [],
  };
};

const MAX_URL_LENGTH = 2048;
const VISIBLE_ASCII = /^[\x21-\x7e]+$/;

/** Empty where the document has none. An endpoint may lie at another origin than its issuer (RFC 8414 allows it): it is pinned together with it. */
const endpointOf = (egress: Egress, json: JsonObject, name: Rule): string => {
  const value = json[name];
  if (value === undefined || value === null || value === "") return "";
  const isPlain =
    typeof value === "string" &&
    value.length <= MAX_URL_LENGTH &&
    VISIBLE_ASCII.test(value) &&
    !/[\\#]/.test(value) &&
    URL.canParse(value);
  if (!isPlain) throw refuse("METADATA_INVALID", name, `${WHAT} has a ${name} that is no URL`);
  try {
    egress.check(value, "user");
  } catch (error) {
    throw refusalOfCall(error, name, `the authorization server's ${name}`);
  }
  return value;
};
