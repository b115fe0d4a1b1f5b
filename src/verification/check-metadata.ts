import { findTemplate } from "../catalog/index.ts";
import { check, failed, type Finding, notChecked, passed, type ProviderCheck, warning } from "./check.ts";
import { explainObstacle } from "./explain-obstacle.ts";
import { fetchMetadata, type Metadata, type MetadataSearch } from "./fetch-metadata.ts";
import type { Subject } from "./subject.ts";

export interface MetadataCheck {
  readonly checks: readonly ProviderCheck[];
  /** Metadata of OpenID Connect that speaks of this very authorization endpoint. */
  readonly speaksOpenId: boolean;
}

/**
 * What the server publishes about itself against what is configured. It is looked for at the issuer, and where none is known at the token endpoint's host,
 * where it may be another server's and then proves nothing.
 */
export const checkMetadata = async (subject: Subject): Promise<MetadataCheck> => {
  const issuer = subject.endpoints.issuer?.value ?? "";
  const known = URL.canParse(issuer);
  const { tokenUrl, authorizeUrl } = subject.endpoints;
  const place = known ? issuer : new URL(tokenUrl === "" ? authorizeUrl : tokenUrl).origin;
  const search = await fetchMetadata(subject, place);
  const found = known ? judgeAtIssuer(subject, search) : judgeAtHost(subject, search);
  return {
    checks: [check("metadata", place, found)],
    speaksOpenId:
      search.kind === "found" &&
      search.metadata.isOpenId &&
      isSame(search.metadata.authorizationEndpoint, subject.endpoints.authorizeUrl),
  };
};

const judgeAtIssuer = (subject: Subject, search: MetadataSearch): Finding => {
  if (search.kind === "obstacle") return asWarning(explainObstacle(search.obstacle));
  if (search.kind === "none")
    return isBinding(subject)
      ? warning(
          "not_published",
          "the issuer publishes no metadata, so nobody can say whether it is the server's own name",
          "compare it with `issuer` in the vendor's documentation",
        )
      : NONE;
  const { metadata } = search;
  return (
    judgeIssuer(subject, metadata) ??
    judgeEndpoints(subject, metadata) ??
    judgeMethods(subject, metadata) ??
    AGREES
  );
};

/** A flow does not read it: that it cannot be had is worth a look, and no more. */
const asWarning = ({ reason, meaning, cure }: Finding): Finding => warning(reason, meaning, cure);

const judgeAtHost = (subject: Subject, search: MetadataSearch): Finding => {
  if (search.kind !== "found") return NONE;
  const { metadata } = search;
  if (agreements(subject, metadata).length === 0)
    return notChecked(
      "other_server",
      "the host publishes the metadata of a server with other endpoints, which says nothing about these",
      "if it is the same server, set its issuer and take its endpoints",
    );
  return judgeEndpoints(subject, metadata) ?? judgeMethods(subject, metadata) ?? AGREES;
};

const NONE = notChecked("not_published", "the server publishes no metadata to compare with");
const AGREES = passed("what the server publishes about itself agrees with what is configured");

/** The callback compares `iss` with an issuer that the catalog has verified or that the operator wrote; any other is a label. */
const isBinding = ({ registration, endpoints }: Subject): boolean =>
  endpoints.issuer?.verified === true ||
  registration.definition.issuer?.value !== findTemplate(registration.template)?.issuer?.value;

const judgeIssuer = (subject: Subject, { issuer }: Metadata): Finding | undefined => {
  const configured = subject.endpoints.issuer?.value ?? "";
  if (issuer === configured || isPatternOf(issuer, configured)) return undefined;
  const say = isBinding(subject) ? failed : warning;
  return say(
    "issuer_mismatch",
    `the server calls itself ${issuer}, and configured is ${configured}: an answer with \`iss\` would be refused (RFC 9207)`,
    "set the issuer to the exact text of `issuer` in the server's metadata",
  );
};

/** A server of many tenants may publish one document with a placeholder for the tenant. */
const isPatternOf = (published: string, configured: string): boolean => {
  if (!/\{\w+\}/.test(published)) return false;
  const parts = published.split(/\{\w+\}/).map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${parts.join("[^/]+")}$`).test(configured);
};

const judgeEndpoints = (subject: Subject, metadata: Metadata): Finding | undefined => {
  const differing = pairsOf(subject, metadata).filter(
    ({ published, configured }) => !isSame(published, configured),
  );
  const [first] = differing;
  if (first === undefined) return undefined;
  const leaves = differing.some(
    ({ published, configured }) => new URL(published).host !== new URL(configured).host,
  );
  const say = leaves && isBinding(subject) ? failed : warning;
  return say(
    "endpoint_mismatch",
    differing
      .map(
        ({ name, published, configured }) =>
          `the server's ${name} endpoint is ${published}, and configured is ${bare(configured)}`,
      )
      .join("; "),
    "take the endpoints that the server publishes, unless the vendor's documentation says otherwise",
  );
};

interface Pair {
  readonly name: "authorization" | "token";
  readonly published: string;
  readonly configured: string;
}

const pairsOf = ({ endpoints }: Subject, metadata: Metadata): Pair[] => {
  const pairs: Pair[] = [
    { name: "authorization", published: metadata.authorizationEndpoint, configured: endpoints.authorizeUrl },
    { name: "token", published: metadata.tokenEndpoint, configured: endpoints.tokenUrl },
  ];
  return pairs.filter(({ published, configured }) => published !== "" && configured !== "");
};

const agreements = (subject: Subject, metadata: Metadata): Pair[] =>
  pairsOf(subject, metadata).filter(({ published, configured }) => isSame(published, configured));

const isSame = (published: string, configured: string): boolean =>
  URL.canParse(published) && new URL(bare(published)).href === new URL(bare(configured)).href;

const bare = (url: string): string => url.replace(/[?#].*$/s, "");

const judgeMethods = (
  { registration }: Subject,
  { authMethods, challengeMethods }: Metadata,
): Finding | undefined => {
  const { definition } = registration;
  const { method } = definition.clientAuthentication;
  if (authMethods?.includes(WIRE_NAMES[method] ?? method) === false)
    return warning(
      "method_not_listed",
      `the server does not list ${method} among the ways in which a client may authenticate`,
      "if the client check fails, choose another token_endpoint_auth_method",
    );
  if (definition.pkce && challengeMethods?.includes("S256") === false)
    return warning(
      "pkce_not_listed",
      "the broker sends PKCE with S256, which the server does not list",
      "nothing, if authorizations work: servers ignore what they do not know",
    );
  return undefined;
};

/** A generated secret travels as an ordinary one. */
const WIRE_NAMES: Readonly<Record<string, string>> = { generated_secret: "client_secret_post" };
