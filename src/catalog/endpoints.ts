import { BrokerError } from "../errors.ts";
import type { IssuerRules, ProviderDefinition } from "./definition.ts";
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
}

type Values = Readonly<Record<string, string>>;
type Templates = Pick<ProviderDefinition, "name" | "variables">;

/**
 * Fills the templates with the values (defaults where none is given), each checked by its pattern again and
 * encoded for its place. Authorization and token endpoint must come out complete; an optional URL whose
 * variable is missing is left empty.
 *
 * @throws BrokerError PROVIDER_MISCONFIGURED when a variable of the authorization or token endpoint is
 * missing, a value breaks its pattern, or the filled text is not the URL that the template promises.
 */
export const resolveEndpoints = (definition: ProviderDefinition, values: Values): Endpoints => {
  const required = (template: string): string => fill(definition, template, values);
  const optional = (template: string): string =>
    isFillable(definition, template, values) ? required(template) : "";
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
