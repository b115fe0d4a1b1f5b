import { BrokerError } from "../errors.ts";
import type { IssuerRules, ProviderDefinition } from "./definition.ts";
import { isAllowedTokenHost, TOKEN_HOST, TOKEN_HOST_PLACEHOLDER } from "./token-host.ts";
import { fillPlaceholders, findVariable, parseVariable, placeholdersOf, valueOf } from "./variables.ts";

/**
 * The URLs of one registration or grant, every placeholder filled. What a provider does not have is empty.
 */
export interface Endpoints {
  readonly authorizeUrl: string;
  readonly tokenUrl: string;
  readonly refreshUrl: string;
  readonly userinfoUrl: string;
  readonly revokeUrl: string;
  readonly issuer: IssuerRules | undefined;
  readonly apiBaseUrl: string;
  /** Origins an access token may be sent to. */
  readonly allowedOrigins: readonly string[];
  /** Of the second call after a code exchange. */
  readonly afterExchangeUrl: string;
  /** Of follow-up calls for metadata, by their templates. */
  readonly callUrls: Values;
  /** What placeholders in parameters and headers stand for. */
  readonly texts: Values;
}

type Values = Readonly<Record<string, string>>;
type Templates = Pick<ProviderDefinition, "name" | "variables">;

/** What is no variable of the entry and still has a place in its templates. */
export interface Surroundings {
  readonly client_id?: string;
  /** Host of the broker's own callback. */
  readonly redirect_host?: string;
}

/**
 * Fills the templates with the values (defaults where none is given), each checked by its pattern again and
 * encoded for its place. Authorization and token endpoint must come out complete; an optional URL whose
 * variable is missing is left empty.
 *
 * @throws BrokerError PROVIDER_MISCONFIGURED when a variable of the authorization or token endpoint is
 * missing, a value breaks its pattern, or the filled text is not the URL that the template promises.
 */
export const resolveEndpoints = (
  definition: ProviderDefinition,
  values: Values,
  surroundings: Surroundings = {},
): Endpoints => {
  const atHost = tokenHostFiller(definition, values);
  const required = (template: string): string => atHost(template, (text) => fill(definition, text, values));
  const optional = (template: string): string =>
    isFillable(definition, withClientId(template, surroundings), values)
      ? required(withClientId(template, surroundings))
      : "";
  const issuer = optional(definition.issuer?.value ?? "");
  const apiBaseUrl = optional(definition.usage.apiBaseUrl);
  return {
    authorizeUrl: required(definition.authorizeUrl),
    tokenUrl: required(definition.tokenUrl),
    refreshUrl: required(definition.refreshUrl),
    userinfoUrl: optional(definition.userinfoUrl),
    revokeUrl: optional(definition.revokeUrl),
    issuer: issuer === "" || !definition.issuer ? undefined : { ...definition.issuer, value: issuer },
    apiBaseUrl,
    allowedOrigins: originsOf([...definition.usage.allowedOrigins.map(optional), apiBaseUrl]),
    afterExchangeUrl: optional(definition.tokenRequest.afterExchange?.url ?? ""),
    callUrls: Object.fromEntries(
      definition.metadata.flatMap((rule) => (rule.from === "call" ? [[rule.url, optional(rule.url)]] : [])),
    ),
    texts: { ...surroundings, ...textsOf(definition, values) },
  };
};

/** The client's id is not checked by a pattern of the entry, so it only ever stands in a path. */
const withClientId = (template: string, { client_id }: Surroundings): string =>
  client_id === undefined ? template : template.replaceAll("{client_id}", encodeURIComponent(client_id));

/** Every variable that has a value, as it stands in a parameter or header; an empty default is none. */
const textsOf = (definition: Templates, values: Values): Values =>
  Object.fromEntries(
    Object.keys(definition.variables)
      .filter((name) => (valueOf(definition, values, name) ?? "") !== "")
      .map((name) => [name, textOf(definition, name, values, (value) => value)]),
  );

type Fill = (template: string) => string;

/**
 * Puts the host that a callback chose where the template leaves it open, or in the place of the token endpoint's
 * own, there and wherever else that host stands. Without a choice an open template stays empty.
 */
const tokenHostFiller = (
  definition: Pick<ProviderDefinition, "name" | "variables" | "callback" | "tokenUrl">,
  values: Values,
): ((template: string, fillRest: Fill) => string) => {
  const host = values[TOKEN_HOST];
  const rules = definition.callback.tokenHost;
  if (rules === undefined || host === undefined)
    return (template, fillRest) => (template.includes(TOKEN_HOST_PLACEHOLDER) ? "" : fillRest(template));
  if (!isAllowedTokenHost(rules, host))
    throw misconfigured(definition, "the host that the callback chose is not in the entry's list");
  const authority = PARTS.exec(definition.tokenUrl)?.[2] ?? "";
  return (template, fillRest) => {
    const open = template.replaceAll(TOKEN_HOST_PLACEHOLDER, host);
    if (open !== template || PARTS.exec(template)?.[2] !== authority) return fillRest(open);
    const url = new URL(fillRest(template));
    url.hostname = host;
    return url.href;
  };
};

const originsOf = (urls: readonly string[]): string[] => [
  ...new Set(urls.filter((url) => url !== "").map((url) => new URL(url).origin)),
];

const isFillable = (definition: Templates, template: string, values: Values): boolean =>
  placeholdersOf(template).every((name) => valueOf(definition, values, name) !== undefined);

/** Scheme with its slashes, authority, and the rest of a URL template. */
const PARTS = /^([a-z]+:\/\/)([^/?#]*)(.*)$/s;

const fill = (definition: Templates, template: string, values: Values): string => {
  const names = placeholdersOf(template);
  const missing = names.filter((name) => valueOf(definition, values, name) === undefined);
  if (missing.length > 0) throw misconfigured(definition, `no value for ${missing.join(", ")}`);
  if (names.length === 0) return template;
  const [, scheme = "", authority = "", rest = ""] = PARTS.exec(template) ?? [];
  const host = fillPlaceholders(authority, (name) => textOf(definition, name, values, (value) => value));
  const path = fillPlaceholders(rest, (name) => textOf(definition, name, values, encodeURIComponent));
  const url = scheme + host + path;
  assertReadsBack(definition, url, host);
  return url;
};

/**
 * What a variable puts into the URL: the catalog's own text where it has one for this value, else the checked
 * and encoded value.
 */
const textOf = (
  definition: Templates,
  name: string,
  values: Values,
  encode: (value: string) => string,
): string => {
  const parsed = parseVariable(definition, name, valueOf(definition, values, name) ?? "");
  if (!parsed.ok) throw misconfigured(definition, `${name} ${parsed.problem}`);
  const { values: texts = {}, append = "" } = findVariable(definition, name) ?? {};
  return Object.hasOwn(texts, parsed.value) ? (texts[parsed.value] ?? "") : encode(parsed.value) + append;
};

/**
 * A second fence behind the patterns: a URL parser must read the text exactly as it was composed, with no
 * host, path or userinfo of its own making.
 */
const assertReadsBack = (definition: Templates, text: string, host: string): void => {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const readsBack = url?.href === text || url?.href === `${text}/`;
  if (url?.protocol === "https:" && url.host === host && readsBack) return;
  throw misconfigured(definition, "a variable changes the shape of a URL");
};

const misconfigured = (definition: Templates, problem: string): BrokerError =>
  new BrokerError("PROVIDER_MISCONFIGURED", `provider ${definition.name}: ${problem}`, {
    metadata: { provider: definition.name },
  });
