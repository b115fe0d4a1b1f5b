import {
  completeDefinition,
  environmentName,
  findTemplate,
  type ProviderFacts,
  variableSettings,
} from "../../catalog/index.ts";
import type { EnvironmentReader } from "../environment.ts";
import type { Findings } from "../problems.ts";
import type { ValueType } from "../value-types.ts";
import { isSigning } from "./client-rules.ts";
import { type Credentials, readCredentials } from "./credentials.ts";
import { type ProviderSetting, providerSecretSettings, providerSettings } from "./provider-settings.ts";
import type { RegistrationInput } from "./registration-input.ts";

/** What the environment says about one name. */
export interface ProviderReading {
  readonly input: RegistrationInput;
  readonly credentials: Credentials;
  /** The variables that stand for each field or variable, the preferred one first. */
  readonly variable: (field: keyof RegistrationInput, key?: string) => string;
}

interface Scope {
  readonly reader: EnvironmentReader;
  readonly findings: Findings;
  readonly prefix: string;
}

/** Reads every variable of one name. Reading marks them as known, so this is done for inactive entries as well. */
export const readProvider = (
  name: string,
  reader: EnvironmentReader,
  findings: Findings,
  legacyNames: boolean,
): ProviderReading => {
  const scope: Scope = { reader, findings, prefix: `CONNECT_${environmentName(name)}_` };
  const own = findTemplate(name);
  const settings = readProviderSettings(scope);
  const template = templateOf(scope, name, own, settings.template);
  const facts = template === undefined ? undefined : findTemplate(template);
  const legacy = legacyNames && facts === own ? own?.legacyEnvironment : undefined;
  const credentials = readCredentials({ ...scope, clientId: settings.clientId, legacy });
  return {
    input: { ...settings, ...credentials, name, template, values: readVariables(scope, facts) },
    credentials,
    variable: (field, key) => variableOf(scope.prefix, facts, field, key, credentials.secretSuffix),
  };
};

/** A catalog name is itself; another name may borrow an entry. */
const templateOf = (
  { findings, prefix }: Scope,
  name: string,
  own: ProviderFacts | undefined,
  borrowed: string | undefined,
): string | undefined => {
  if (!own) return borrowed;
  if (borrowed !== undefined && borrowed !== name)
    findings.problem(
      `${prefix}TEMPLATE`,
      `gives the catalog entry ${name} the facts of another`,
      "list a name of your own in CONNECT_PROVIDERS and give that one the template",
    );
  return name;
};

type ProviderSettings = typeof providerSettings;
type ParsedSettings = {
  readonly [K in keyof ProviderSettings]: ReturnType<ProviderSettings[K]["type"]["parse"]>;
};

const readProviderSettings = (scope: Scope): ParsedSettings => {
  const entries = Object.entries<ProviderSetting<unknown>>(providerSettings).map(
    ([field, { suffixes, type }]) => [field, readOne(scope, suffixes, type)],
  );
  return Object.fromEntries(entries) as ParsedSettings;
};

/** Reads all spellings of one setting: two that disagree are a problem, and none is silently the winner. */
const readOne = <T>(scope: Scope, suffixes: readonly string[], type: ValueType<T>): T | undefined => {
  const { reader, findings, prefix } = scope;
  const found = suffixes.flatMap((suffix) => {
    const text = reader.text(prefix + suffix);
    return text === undefined ? [] : [{ variable: prefix + suffix, text }];
  });
  const [first, ...others] = found;
  if (first === undefined) return undefined;
  const other = others.find(({ text }) => text !== first.text);
  if (other) findings.problem(other.variable, `and ${first.variable} disagree`, `keep ${first.variable}`);
  const value = type.parse(first.text);
  if (value === undefined)
    findings.problem(first.variable, `must be ${type.expects}`, "correct it, or remove it for the default");
  return value;
};

const asItStands: ValueType<string> = { expects: "a text", parse: (text) => text };

const readVariables = (scope: Scope, facts: ProviderFacts | undefined): Record<string, string> => {
  if (!facts) return {};
  const definition = completeDefinition(facts);
  const values = Object.keys(definition.variables).flatMap((name) => {
    const text = readOne(scope, variableSettings(definition, name), asItStands);
    return text === undefined ? [] : [[name, text] as const];
  });
  return Object.fromEntries(values);
};

const variableOf = (
  prefix: string,
  facts: ProviderFacts | undefined,
  field: keyof RegistrationInput,
  key: string | undefined,
  secretSuffix: string | undefined,
): string => {
  if (field === "clientSecret") return prefix + (secretSuffix ?? secretSuffixFor(facts));
  if (field === "values" && key !== undefined && facts)
    return prefix + (variableSettings(completeDefinition(facts), key)[0] ?? key.toUpperCase());
  return prefix + suffixOf(field);
};

/** The name to ask for where none was used. */
const secretSuffixFor = (facts: ProviderFacts | undefined): string =>
  facts && isSigning(facts.clientAuthentication.method)
    ? providerSecretSettings.privateKey.suffix
    : providerSecretSettings.clientSecret.suffix;

const suffixOf = (field: keyof RegistrationInput): string => {
  if (field === "previousClientSecret") return "CLIENT_SECRET_PREVIOUS";
  if (field in providerSettings) return providerSettings[field as keyof ProviderSettings].suffixes[0];
  return field.toUpperCase();
};
