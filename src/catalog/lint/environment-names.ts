import { completeDefinition } from "../definition.ts";
import { environmentName } from "../names.ts";
import type { ProviderFacts } from "../schema.ts";
import { variableSettings } from "../variables.ts";

export interface Entry {
  readonly facts: ProviderFacts;
  /** `file:line name`, for messages. */
  readonly place: string;
}

/** What may stand behind `CONNECT_{NAME}_` apart from a provider's own variables. */
export const SETTINGS = [
  "CLIENT_ID",
  "CLIENT_SECRET",
  "CLIENT_SECRET_PREVIOUS",
  "PRIVATE_KEY",
  "SCOPES",
  "PKCE_REQUIRED",
  "PKCE",
  "AUTHORIZE_URL",
  "TOKEN_URL",
  "REVOKE_URL",
  "USERINFO_URL",
  "ISSUER",
  "DOMAIN",
  "LOGIN_ENABLED",
  "LOGIN",
  "LOGIN_TENANTS",
  "TOKEN_ENDPOINT_AUTH_METHOD",
  "SCOPE_SEPARATOR",
  "EXTRA_AUTHORIZE_PARAMS",
  "EXTRA_TOKEN_PARAMS",
  "TEMPLATE",
];

/** `CONNECT_` names that belong to the process, not to a provider. */
const PROCESS_SETTINGS = [
  "TOKEN_ENCRYPTION_KEY",
  "API_BASE",
  "DEFAULT_REDIRECT_URI",
  "STATE_TTL_SECONDS",
  "REDIRECT_ALLOW_HOSTS",
  "PROVIDERS",
];

/** Every environment name that the entries would claim belongs to one of them alone. */
export const lintEnvironmentNames = (entries: readonly Entry[]): string[] => {
  const claims = entries.flatMap(({ facts, place }) => {
    const definition = completeDefinition(facts);
    const own = Object.keys(definition.variables).flatMap((name) => variableSettings(definition, name));
    const settings = [...new Set([...SETTINGS, ...own])];
    return settings.map((setting) => ({ name: `${environmentName(facts.name)}_${setting}`, place }));
  });
  const taken = new Map(PROCESS_SETTINGS.map((name) => [name, "the process"]));
  const problems = new Set<string>();
  for (const { name, place } of claims) {
    const owner = taken.get(name);
    if (owner === undefined) taken.set(name, place);
    else problems.add(`${place}: CONNECT_${name} belongs to ${owner} already`);
  }
  return [...problems];
};
