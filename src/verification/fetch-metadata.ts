import { isObstacle, type Obstacle, open, type Subject } from "./subject.ts";

/** What a server publishes about itself (RFC 8414 section 2, OpenID Connect Discovery section 3), as far as it is compared. Missing = empty. */
export interface Metadata {
  readonly issuer: string;
  readonly authorizationEndpoint: string;
  readonly tokenEndpoint: string;
  /** Undefined = the server does not say. */
  readonly authMethods: readonly string[] | undefined;
  readonly challengeMethods: readonly string[] | undefined;
  /** From OpenID Connect's own place. */
  readonly isOpenId: boolean;
}

export type MetadataSearch =
  | { readonly kind: "found"; readonly metadata: Metadata }
  | { readonly kind: "none" }
  /** No server answered at any of the places. */
  | { readonly kind: "obstacle"; readonly obstacle: Obstacle };

/** At most so many, each judged anew by the guarded fetch. */
const MAX_REDIRECTS = 3;

/** Where the metadata of an issuer lies: OpenID Connect's place behind its path, and RFC 8414's (section 3.1) before it. The first that is there counts. */
const placesOf = (issuer: string): readonly { readonly url: string; readonly isOpenId: boolean }[] => {
  const { origin, pathname } = new URL(issuer);
  const path = pathname.replace(/\/$/, "");
  return [
    { url: `${origin}${path}/.well-known/openid-configuration`, isOpenId: true },
    { url: `${origin}/.well-known/oauth-authorization-server${path}`, isOpenId: false },
  ];
};

export const fetchMetadata = async (subject: Subject, issuer: string): Promise<MetadataSearch> => {
  const places = placesOf(issuer);
  const answers = await Promise.all(places.map(({ url }) => follow(subject, url, MAX_REDIRECTS)));
  for (const [index, answer] of answers.entries()) {
    const metadata = isObstacle(answer)
      ? undefined
      : await readMetadata(answer, places[index]?.isOpenId ?? false);
    if (metadata) return { kind: "found", metadata };
  }
  const obstacle = answers.every(isObstacle) ? answers.find(isObstacle) : undefined;
  return obstacle === undefined ? { kind: "none" } : { kind: "obstacle", obstacle };
};

const follow = async (subject: Subject, url: string, redirectsLeft: number): Promise<Response | Obstacle> => {
  const answer = await open(subject, url, "application/json");
  if (isObstacle(answer) || answer.status < 300 || answer.status >= 400 || redirectsLeft === 0) return answer;
  const location = answer.headers.get("location") ?? "";
  return URL.canParse(location, url)
    ? follow(subject, new URL(location, url).href, redirectsLeft - 1)
    : answer;
};

/** Undefined for anything that is not metadata: many hosts answer every path with a page. */
const readMetadata = async (response: Response, isOpenId: boolean): Promise<Metadata | undefined> => {
  if (response.status !== 200) return undefined;
  const json = parse(await response.text());
  const issuer = textOf(json["issuer"]);
  const tokenEndpoint = urlOf(json["token_endpoint"]);
  const authorizationEndpoint = urlOf(json["authorization_endpoint"]);
  if (issuer === "" || (tokenEndpoint === "" && authorizationEndpoint === "")) return undefined;
  return {
    issuer,
    authorizationEndpoint,
    tokenEndpoint,
    authMethods: listOf(json["token_endpoint_auth_methods_supported"]),
    challengeMethods: listOf(json["code_challenge_methods_supported"]),
    isOpenId,
  };
};

const parse = (text: string): Readonly<Record<string, unknown>> => {
  try {
    const json: unknown = JSON.parse(text);
    return typeof json === "object" && json !== null ? { ...json } : {};
  } catch {
    return {};
  }
};

/** What may be shown of a stranger's text: a URL's characters, and not many. */
const textOf = (value: unknown): string =>
  typeof value === "string" && /^[\x21-\x7e]{1,512}$/.test(value) ? value : "";

const urlOf = (value: unknown): string => (URL.canParse(textOf(value)) ? new URL(textOf(value)).href : "");

const listOf = (value: unknown): readonly string[] | undefined =>
  Array.isArray(value) ? value.filter((item) => typeof item === "string") : undefined;
