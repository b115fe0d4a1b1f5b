import {
  assumedSentences,
  completeDefinition,
  contestedSentences,
  findTemplate,
  odditiesOf,
  type ProviderDefinition,
  type ProviderFacts,
  variableFromConnectionAllowed,
} from "../catalog/index.ts";
import type { Registration } from "../config/index.ts";

/** A provider as it is shown: everything but the secret. */
export interface ProviderView {
  readonly name: string;
  /** Empty = every namespace sees it. */
  readonly namespace: string;
  readonly template: string;
  readonly clientId: string;
  /** The OAuth redirect URI to register at the vendor, for the namespace that asked. */
  readonly callbackUrl: string;
  readonly active: boolean;
  /** What would activate it: variables. Empty when it is active. */
  readonly missing: readonly string[];
  readonly displayName: string;
  readonly category: string;
  readonly source: "catalog" | "environment" | "code" | "rpc";
  readonly confidence: ProviderDefinition["confidence"];
  readonly limitations: readonly string[];
  readonly findings: readonly string[];
  readonly docsUrl: string;
  readonly authorizeUrl: string;
  readonly tokenUrl: string;
  readonly defaultScopes: readonly string[];
  readonly pkce: boolean;
  readonly tokenEndpointAuthMethod: string;
  readonly variables: readonly ProviderVariableView[];
  readonly loginEnabled: boolean;
  /** Other names by which it is found. */
  readonly aliases: readonly string[];
  /** Where the facts were taken from; empty for an operator's own. */
  readonly sources: readonly string[];
  readonly oddities: readonly string[];
}

export interface ProviderVariableView {
  readonly name: string;
  readonly description: string;
  readonly pattern: string;
  readonly example: string;
  readonly defaultValue: string;
  /** StartAuthorization.provider_config may set it. */
  readonly perConnection: boolean;
}

/** One that somebody registered under a name. */
type NamedRegistration = Registration & { readonly source: Exclude<Registration["source"], "mcp"> };

const isNamed = (registration: Registration): registration is NamedRegistration =>
  registration.source !== "mcp";

export const activeView = (registration: Registration, callbackUrl: string): ProviderView => ({
  ...factsOf(registration.definition, registration.template),
  name: registration.name,
  namespace: registration.namespace,
  template: registration.template,
  clientId: registration.clientId,
  callbackUrl,
  active: true,
  missing: [],
  source: isNamed(registration) ? registration.source : "rpc",
  variables: variablesOf(registration.definition, registration.values),
  loginEnabled: registration.loginEnabled,
});

/** A catalog entry nobody has activated. */
export const catalogView = (
  facts: ProviderFacts,
  missing: readonly string[],
  callbackUrl: string,
): ProviderView => {
  const definition = completeDefinition(facts);
  return {
    ...factsOf(definition, facts.name),
    name: facts.name,
    namespace: "",
    template: facts.name,
    clientId: "",
    callbackUrl,
    active: false,
    missing,
    source: "catalog",
    variables: variablesOf(definition, {}),
    loginEnabled: false,
  };
};

const factsOf = (definition: ProviderDefinition, template: string) => ({
  displayName: definition.displayName,
  category: definition.category,
  confidence: definition.confidence,
  limitations: definition.limitations,
  findings: [...definition.findings, ...doubtfulFacts(template)],
  docsUrl: definition.docsUrl,
  authorizeUrl: definition.authorizeUrl,
  tokenUrl: definition.tokenUrl,
  defaultScopes: definition.scopes.default,
  pkce: definition.pkce,
  tokenEndpointAuthMethod: definition.clientAuthentication.method,
  aliases: definition.aliases,
  sources: definition.sources,
  oddities: odditiesOf(definition),
});

const doubtfulFacts = (template: string): string[] => {
  const facts = findTemplate(template);
  return facts ? [...contestedSentences(facts), ...assumedSentences(facts)] : [];
};

/** A value that the registration fixed is what a connection gets when it gives none. */
const variablesOf = (
  definition: ProviderDefinition,
  values: Readonly<Record<string, string>>,
): ProviderVariableView[] =>
  Object.entries(definition.variables).map(([name, facts]) => ({
    name,
    description: facts.description,
    pattern: facts.pattern,
    example: facts.example,
    defaultValue: (Object.hasOwn(values, name) ? values[name] : undefined) ?? facts.default ?? "",
    perConnection: variableFromConnectionAllowed(definition, name),
  }));
