import { BrokerError } from "../errors.ts";
import type { ProviderDefinition } from "./definition.ts";
import { findVariable, parseVariable, placeholdersOf, valueOf } from "./variables.ts";

/** The URLs of one registration or grant, every placeholder filled. What a provider does not have is empty. */
export interface Endpoints {
  readonly authorizeUrl: string;
  readonly tokenUrl: string;
  readonly refreshUrl: string;
  readonly userinfoUrl: string;
  readonly revokeUrl: string;
  readonly issuer: { readonly value: string; readonly verified: boolean } | undefined;
  readonly apiBaseUrl: string;
  /** Origins an access token may be sent to. */
  readonly allowedOrigins: readonly string[];
}

type Values = Readonly<Record<string, string>>;
type Templates = Pick<ProviderDefinition, "name" | "variables">;

/**
 * Fills the templates with the values (defaults where none is given), each checked by its pattern again and encoded for its place.
 * The endpoints that matter must come out complete; an optional URL whose variable is missing is left empty.
 *
 * @throws BrokerError PROVIDER_MISCONFIGURED when a variable of the authorization or token endpoint is missing, a value breaks its pattern, or the
 *   filled text is not the URL that the template promises.
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
    issuer: issuer === "" ? undefined : { value: issuer, verified: definition.issuer?.verified ?? false },
    apiBaseUrl,
    allowedOrigins: originsOf([...definition.usage.allowedOrigins.map(optional), apiBaseUrl]),
  };
};

const originsOf = (urls: readonly string[]): string[] => [
  ...new Set(urls.filter((url) => url !== "").map((url) => new URL(url).origin)),
];

const isFillable = (definition: Templates, template: string, values: Values): boolean =>
  placeholdersOf(template).every((name) => valueOf(definition, values, name) !== undefined);

const fill = (definition: Templates, template: string, values: Values): string => {
  const names = placeholdersOf(template);
  const missing = names.filter((name) => valueOf(definition, values, name) === undefined);
  if (missing.length > 0)
    throw misconfigured(definition, `${missing.join(", ")} ${missing.length > 1 ? "have" : "has"} no value`);
  const authority = authorityOf(template);
  const filledAuthority = substitute(authority, (name) => checkedText(definition, name, values));
  const rest = substitute(template.slice(template.indexOf(authority) + authority.length), (name) =>
    encodeURIComponent(checkedText(definition, name, values)),
  );
  const url = template.slice(0, template.indexOf(authority)) + filledAuthority + rest;
  if (names.length > 0) assertUnchanged(definition, url, filledAuthority);
  return url;
};

const authorityOf = (template: string): string => /^[a-z]+:\/\/([^/?#]*)/.exec(template)?.[1] ?? "";

const substitute = (text: string, value: (name: string) => string): string =>
  text.replaceAll(/\{([a-z][a-z0-9_]*)\}/g, (_, name: string) => value(name));

const checkedText = (definition: Templates, name: string, values: Values): string => {
  const parsed = parseVariable(definition, name, valueOf(definition, values, name) ?? "");
  if (!parsed.ok) throw misconfigured(definition, `${name} ${parsed.problem}`);
  const texts = findVariable(definition, name)?.values;
  return texts ? (texts[parsed.value] ?? "") : parsed.value;
};

/** A second fence behind the patterns: a URL parser must read the text exactly as it was composed, with no host, path or userinfo of its own making. */
const assertUnchanged = (definition: Templates, text: string, authority: string): void => {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const readsBack = url?.href === text || url?.href === `${text}/`;
  if (url?.protocol === "https:" && url.host === authority && readsBack) return;
  throw misconfigured(definition, "a variable changes the shape of a URL");
};

const misconfigured = (definition: Templates, problem: string): BrokerError =>
  new BrokerError("PROVIDER_MISCONFIGURED", `provider ${definition.name}: ${problem}`, {
    metadata: { provider: definition.name },
  });
