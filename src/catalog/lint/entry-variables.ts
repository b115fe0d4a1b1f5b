import type { ProviderDefinition } from "../definition.ts";
import { resolveEndpoints } from "../endpoints.ts";
import { variablesInTexts } from "../placeholders.ts";
import type { ProviderFacts, VariableFacts } from "../schema.ts";
import { TOKEN_HOST } from "../token-host.ts";
import { parseVariable, placeholdersOf } from "../variables.ts";
import { SETTINGS } from "./environment-names.ts";

/** Variables are declared, used, checked by a pattern that works, and never hand a caller the choice of the host. */
export const lintVariables = (facts: ProviderFacts, definition: ProviderDefinition): string[] => {
  const declared = Object.entries(definition.variables);
  const templates = [...callTemplates(definition), ...usageTemplates(definition)];
  const inCalls = callTemplates(definition).flatMap(placeholdersOf);
  const kept = definition.metadata.map(({ name }) => name);
  const used = [...templates.flatMap(placeholdersOf), ...variablesInTexts(definition)].filter(
    (name) => !BESIDE_VARIABLES.has(name) && !(kept.includes(name) && !inCalls.includes(name)),
  );
  const unknown = [...new Set(used)].filter((name) => !Object.hasOwn(definition.variables, name));
  return [
    ...unknown.map((name) => `the variable ${name} is used but not declared`),
    ...declared
      .filter(([name]) => !used.includes(name))
      .map(([name]) => `the variable ${name} is declared but not used`),
    ...declared
      .filter(([name]) => clashes(definition, name))
      .map(([name]) => `the variable ${name} has the name of a setting`),
    ...declared.flatMap(([name, variable]) => lintVariable(definition, name, variable, templates)),
    ...(unknown.length > 0 ? [] : lintResolution(facts, definition)),
  ];
};

/** What a URL may hold that no variable stands for. */
const BESIDE_VARIABLES: ReadonlySet<string> = new Set([TOKEN_HOST, "client_id"]);

/** What the vendor says may stand here as well: metadata by its name. */
const usageTemplates = ({ usage }: ProviderDefinition): string[] =>
  [usage.apiBaseUrl, ...usage.allowedOrigins].filter((template) => template !== "");

const callTemplates = ({
  authorizeUrl,
  tokenUrl,
  refreshUrl,
  userinfoUrl,
  revokeUrl,
  issuer,
  tokenRequest,
  metadata,
}: ProviderDefinition): string[] =>
  [
    authorizeUrl,
    tokenUrl,
    refreshUrl,
    userinfoUrl,
    revokeUrl,
    issuer?.value ?? "",
    tokenRequest.afterExchange?.url ?? "",
    ...metadata.flatMap((rule) => (rule.from === "call" ? [rule.url] : [])),
  ].filter((template) => template !== "");

const clashes = (definition: ProviderDefinition, name: string): boolean => {
  const hosted = definition.variables[name]?.host !== undefined;
  return SETTINGS.includes(name.toUpperCase()) && !(hosted && name === "domain");
};

const lintVariable = (
  definition: ProviderDefinition,
  name: string,
  variable: VariableFacts,
  templates: readonly string[],
): string[] => {
  const say = (problem: string): string => `the variable ${name}: ${problem}`;
  if (!compiles(variable.pattern)) return [say("the pattern is not an anchored regular expression")];
  const samples = [
    variable.example,
    ...(variable.default === undefined ? [] : [variable.default]),
    ...Object.keys(variable.values ?? {}),
  ];
  const refused = samples.filter((sample) => !parseVariable(definition, name, sample).ok);
  const hosts = templates.map(authorityOf).filter((authority) => authority.includes(`{${name}}`));
  const suffix = variable.host?.suffix;
  const fixed =
    isClosed(variable) ||
    (suffix === undefined
      ? hosts.every((authority) => variable.host === undefined && domainIsFixed(definition, name, authority))
      : hosts.every((authority) => authority === `{${name}}${suffix}`));
  return [
    ...refused.map((sample) => say(`the pattern refuses ${sample}`)),
    ...(hosts.length > 0 && variable.from.includes("connection") && !fixed
      ? [say("chooses the host freely, so a connection may not give it")]
      : []),
    ...(suffix !== undefined && !/^\.[a-z0-9-]+(\.[a-z0-9-]+)+$/.test(suffix)
      ? [say("the suffix is not a registrable domain")]
      : []),
    ...(variable.host !== undefined && hosts.length === 0 ? [say("carries no host")] : []),
  ];
};

/**
 * Behind the variable the authority says a registrable domain, itself or in every value of a closed list that
 * stands there. What the pattern admits cannot end the host: `assertReadsBack` refuses it.
 */
const domainIsFixed = (definition: ProviderDefinition, name: string, authority: string): boolean => {
  const rest = authority.split(`{${name}}`).at(-1) ?? "";
  const lists = placeholdersOf(rest).map((other) => definition.variables[other]);
  if (!lists.every((other) => other !== undefined && isClosed(other))) return false;
  const texts = lists.flatMap((other) => Object.values(other?.values ?? {}));
  const endings = texts.length === 0 ? [rest] : texts.map((text) => rest.replace(/\{[^}]*\}/, text));
  return endings.every((ending) => /^[a-z0-9-]*(\.[a-z0-9-]+){2,}$/.test(ending));
};

const authorityOf = (template: string): string => /^https:\/\/([^/?#]*)/.exec(template)?.[1] ?? "";

/** The pattern admits the listed values and no others. */
const isClosed = ({ pattern, values, append }: VariableFacts): boolean => {
  if (values === undefined || append !== undefined) return false;
  const admitted = /^\^\((.*)\)\$$/.exec(pattern)?.[1]?.replaceAll("\\.", ".").split("|") ?? [];
  return admitted.toSorted().join() === Object.keys(values).toSorted().join();
};

const compiles = (pattern: string): boolean => {
  try {
    return pattern.startsWith("^") && pattern.endsWith("$") && new RegExp(pattern) instanceof RegExp;
  } catch {
    return false;
  }
};

const lintResolution = (facts: ProviderFacts, definition: ProviderDefinition): string[] => {
  const examples = Object.fromEntries(
    Object.entries(definition.variables).map(([name, { example }]) => [name, example]),
  );
  try {
    const endpoints = resolveEndpoints(definition, examples);
    const urls = [
      endpoints.authorizeUrl,
      endpoints.tokenUrl,
      endpoints.userinfoUrl,
      endpoints.revokeUrl,
      endpoints.apiBaseUrl,
    ];
    const broken = urls.filter(
      (url) => url !== "" && (!URL.canParse(url) || new URL(url).protocol !== "https:"),
    );
    const strangers = Object.values(endpoints.callUrls).filter(
      (url) => url !== "" && !endpoints.allowedOrigins.includes(new URL(url).origin),
    );
    return [
      ...broken.map((url) => `${facts.name} resolves to ${url}, which is no https URL`),
      ...strangers.map((url) => `metadata is asked for at ${url}, where usage allows no token`),
    ];
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)];
  }
};
