import {
  completeDefinition,
  environmentName,
  findTemplate,
  type ProviderDefinition,
  variableSettings,
} from "../../catalog/index.ts";
import { type BrokerConfig, loadConfig, loginCallbackUrl } from "../../config/index.ts";
import type { ProviderVariableView, ProviderView } from "../../registrations/index.ts";
import type { CommandIo } from "../io.ts";
import { table } from "../table.ts";
import { environmentRegistrations } from "./known-registrations.ts";

/** Everything about one provider of catalog or environment but its secret. @throws ConfigError; BrokerError PROVIDER_NOT_FOUND. */
export const showProvider = async (
  name: string,
  { json }: { readonly json: boolean },
  io: CommandIo,
): Promise<void> => {
  const { config } = loadConfig(io.environment, { dryRun: true });
  const view = await (await environmentRegistrations(config)).get({ name });
  io.print(json ? JSON.stringify(view, undefined, 2) : render(config, view, definitionOf(config, view)));
};

const definitionOf = (
  { registrations }: BrokerConfig,
  { name }: ProviderView,
): ProviderDefinition | undefined => {
  const facts = findTemplate(name);
  return (
    registrations.find((registration) => registration.name === name)?.definition ??
    (facts && completeDefinition(facts))
  );
};

const render = (
  config: BrokerConfig,
  view: ProviderView,
  definition: ProviderDefinition | undefined,
): string => {
  const sections = [
    `${view.name}  ${view.displayName}\n${facts(view, config)}`,
    variables(view, definition),
    list("Oddities", view.oddities),
    list("What does not work with it yet", view.limitations),
    list("Findings", view.findings),
  ];
  return sections.filter((section) => section !== "").join("\n\n");
};

const facts = (view: ProviderView, { apiBase }: BrokerConfig): string => {
  const loginUrl = loginCallbackUrl(apiBase, { namespace: "", provider: view.name });
  const rows: [string, string][] = [
    ["status", view.active ? `active, by ${view.source}` : `inactive: set ${view.missing.join(", ")}`],
    ["redirect URI", view.callbackUrl],
    ["redirect URI of logins", view.loginEnabled ? loginUrl : ""],
    ["authorization endpoint", view.authorizeUrl],
    ["token endpoint", view.tokenUrl],
    ["client authentication", view.tokenEndpointAuthMethod],
    ["PKCE", view.pkce ? "S256" : "not sent"],
    ["default scopes", view.defaultScopes.join(" ")],
    ["category", view.category],
    ["aliases", view.aliases.join(", ")],
    ["confidence", view.confidence],
    ["sources", view.sources.join(", ")],
    ["documentation", view.docsUrl],
  ];
  return table(rows.filter(([, text]) => text !== ""));
};

const variables = (view: ProviderView, definition: ProviderDefinition | undefined): string => {
  if (view.variables.length === 0) return "";
  const prefix = `CONNECT_${environmentName(view.name)}_`;
  return [
    "Variables",
    ...view.variables.flatMap((variable) => {
      const settings = definition ? variableSettings(definition, variable.name) : [];
      return [
        `  ${variable.name}: ${variable.description}`,
        table(variableFacts(variable, prefix, settings)),
      ];
    }),
  ].join("\n");
};

const variableFacts = (
  { name, pattern, example, defaultValue, perConnection }: ProviderVariableView,
  prefix: string,
  settings: readonly string[],
): string[][] => [
  ["  set", settings.map((setting) => prefix + setting).join(" or ")],
  [
    "  or give it",
    perConnection ? `with each connection: provider_config.${name}` : "nowhere else: it chooses the host",
  ],
  ["  pattern", pattern],
  ["  example", example],
  ...(defaultValue === "" ? [] : [["  default", defaultValue]]),
];

const list = (title: string, lines: readonly string[]): string =>
  lines.length === 0 ? "" : [title, ...lines.map((line) => `  ${line}`)].join("\n");
