import type { ProviderDefinition } from "./definition.ts";
import { variablesInTexts } from "./placeholders.ts";
import type { VariableFacts } from "./schema.ts";
import { TOKEN_HOST } from "./token-host.ts";

export type ParsedVariable =
  | { readonly ok: true; readonly value: string }
  | { readonly ok: false; readonly problem: string };

const PLACEHOLDER = /\{([a-z][a-z0-9_]*)\}/g;
/** Of a host name (RFC 1035 section 2.3.4); no other variable comes near it. */
const MAX_LENGTH = 253;
const PRINTABLE_ASCII = /^[\x21-\x7e]+$/;

/** The names of the variables a URL template uses, in order, each once. */
export const placeholdersOf = (template: string): string[] => [
  ...new Set([...template.matchAll(PLACEHOLDER)].map((match) => match[1] ?? "")),
];

export const fillPlaceholders = (template: string, text: (name: string) => string): string =>
  template.replaceAll(PLACEHOLDER, (_, name: string) => text(name));

/** A declared variable; names such as `constructor` are simply not declared. */
export const findVariable = (
  definition: Pick<ProviderDefinition, "variables">,
  name: string,
): VariableFacts | undefined =>
  Object.hasOwn(definition.variables, name) ? definition.variables[name] : undefined;

/**
 * Checks a value before it may touch a URL and brings it into its one normal form, which is what is stored
 * and compared. A host under a vendor's suffix may be given as the bare label or in full (`acme`,
 * `acme.zendesk.com`); the normal form is the label, because the template already holds the suffix. The
 * problem names pattern and example, never the value.
 */
export const parseVariable = (
  definition: Pick<ProviderDefinition, "name" | "variables">,
  variableName: string,
  value: string,
): ParsedVariable => {
  const variable = findVariable(definition, variableName);
  if (variable === undefined) return { ok: false, problem: undeclared(definition, variableName) };
  if (value.length > MAX_LENGTH || !PRINTABLE_ASCII.test(value))
    return { ok: false, problem: rule(variable) };
  const normal = normalise(variable, value);
  return new RegExp(variable.pattern).test(normal)
    ? { ok: true, value: normal }
    : { ok: false, problem: rule(variable) };
};

/**
 * Runs after the ASCII check only: some letters outside ASCII (U+212A) become ASCII letters in lower case.
 */
const normalise = (variable: VariableFacts, value: string): string => {
  if (!variable.host) return value;
  const host = value.toLowerCase();
  const { suffix } = variable.host;
  return suffix !== undefined && host.endsWith(suffix) ? host.slice(0, -suffix.length) : host;
};

const rule = (variable: VariableFacts): string => {
  const pattern = `must match ${variable.pattern}`;
  if (!variable.host) return `${pattern}, for example ${variable.example}`;
  const plain = "without scheme, port or path";
  const { suffix } = variable.host;
  return suffix === undefined
    ? `${pattern}, ${plain}, for example ${variable.example}`
    : `${pattern}, with or without ${suffix} behind it, ${plain}, for example ${variable.example} or ${variable.example}${suffix}`;
};

const undeclared = (
  definition: Pick<ProviderDefinition, "name" | "variables">,
  variableName: string,
): string => {
  const names = Object.keys(definition.variables);
  const known = names.length === 0 ? "it has none" : `it has ${names.join(", ")}`;
  return `${definition.name} has no variable of this name (${JSON.stringify(variableName.slice(0, 64))}); ${known}`;
};

/**
 * The variables that the authorization and the token endpoint and the requests to them still need, given
 * `values`. Some of them a connection may supply later (`variableFromConnectionAllowed`); the others keep the
 * provider from being activated.
 */
export const missingVariables = (
  definition: ProviderDefinition,
  values: Readonly<Record<string, string>>,
): string[] => {
  const urls = placeholdersOf(`${definition.authorizeUrl} ${definition.tokenUrl} ${definition.refreshUrl}`);
  const needed = [...new Set([...urls, ...variablesInTexts(definition)])];
  return needed
    .filter((name) => name !== TOKEN_HOST)
    .filter((name) => valueOf(definition, values, name) === undefined);
};

/** The given value, else the declared default. An empty value counts as not given. */
export const valueOf = (
  definition: Pick<ProviderDefinition, "variables">,
  values: Readonly<Record<string, string>>,
  name: string,
): string | undefined => {
  const given = Object.hasOwn(values, name) ? values[name] : undefined;
  return given === undefined || given === "" ? findVariable(definition, name)?.default : given;
};

/**
 * Whether a caller of StartAuthorization may give this variable. Only where the template itself fixes the
 * registrable domain: a caller's host must never receive the deployment's client secret.
 */
export const variableFromConnectionAllowed = (
  definition: Pick<ProviderDefinition, "variables">,
  name: string,
): boolean => findVariable(definition, name)?.from.includes("connection") ?? false;

/**
 * The settings that carry a variable, as they stand behind `CONNECT_{NAME}_`, the preferred one first:
 * `user_pool_id` → `USER_POOL_ID`; the variable that carries the host is `DOMAIN` as well.
 */
export const variableSettings = (
  definition: Pick<ProviderDefinition, "variables">,
  name: string,
): string[] => {
  const own = name.toUpperCase();
  return findVariable(definition, name)?.host ? [...new Set(["DOMAIN", own])] : [own];
};
