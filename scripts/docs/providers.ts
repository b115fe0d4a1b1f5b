import {
  catalog,
  completeDefinition,
  environmentName,
  missingVariables,
  type ProviderDefinition,
  type ProviderFacts,
  variableSettings,
} from "../../src/catalog/index.ts";
import { markdownTable } from "./markdown-table.ts";
import { providerSection } from "./provider-section.ts";
import { contestedPage, GENERATED, leftOutPage, mcpServersPage } from "./survey-pages.ts";

export interface ReferencePage {
  /** Below `docs/reference/providers/`. */
  readonly file: string;
  readonly text: string;
}

/**
 * The provider reference, made from the catalog and nothing else: an index, a page for every category, what is
 * contested, and what was surveyed without becoming a provider.
 */
export const providerPages = (): ReferencePage[] => {
  const entries = [...catalog.values()].toSorted((a, b) => a.name.localeCompare(b.name, "en"));
  const categories = [...Map.groupBy(entries, ({ category }) => category)].toSorted(([a], [b]) =>
    a.localeCompare(b, "en"),
  );
  return [
    { file: "README.md", text: page(indexPage(categories, entries)) },
    ...categories.map(([category, members]) => ({
      file: `${category}.md`,
      text: page([`# ${CATEGORY_TITLES[category]} providers`, GENERATED, ...members.map(providerSection)]),
    })),
    { file: "contested.md", text: page(contestedPage(entries)) },
    { file: "left-out.md", text: page(leftOutPage()) },
    { file: "mcp-servers.md", text: page(mcpServersPage()) },
  ];
};

const page = (parts: readonly string[]): string => parts.map((part) => part.trimEnd()).join("\n\n") + "\n";

const CATEGORY_TITLES: Record<ProviderFacts["category"], string> = {
  analytics: "Analytics",
  calendar: "Calendar",
  communication: "Communication",
  crm: "CRM",
  "dev-tools": "Developer tools",
  ecommerce: "E-commerce",
  "enterprise-oidc": "Enterprise OIDC",
  finance: "Finance",
  hr: "HR",
  identity: "Identity",
  marketing: "Marketing",
  other: "Other",
  productivity: "Productivity",
  social: "Social",
  storage: "Storage",
  support: "Support",
};

type Category = readonly [ProviderFacts["category"], readonly ProviderFacts[]];

const indexPage = (categories: readonly Category[], entries: readonly ProviderFacts[]): string[] => [
  introduction(entries),
  ...categories.flatMap(([category, members]) => [
    `## ${CATEGORY_TITLES[category]}`,
    `[All facts](${category}.md) of the ${members.length} providers of this category.`,
    overview(category, members),
  ]),
];

const introduction = (entries: readonly ProviderFacts[]): string => {
  const count = (confidence: ProviderFacts["confidence"]): number =>
    entries.filter((entry) => entry.confidence === confidence).length;
  return `# Providers

${GENERATED}

The catalog holds ${entries.length} providers. One is active as soon as its \`CONNECT_{NAME}_CLIENT_ID\` and
\`CONNECT_{NAME}_CLIENT_SECRET\` are set, together with the variables that its section marks as required. \`{NAME}\` is
the provider's name in upper case, every other character than A–Z and 0–9 as \`_\`.

Register the redirect URI of the section at the vendor. Outside the namespace \`default\` it is
\`{CONNECT_API_BASE}/connect/callback/{namespace}/{provider}\`.

**Confidence** is about the authorization and the token endpoint. *confirmed* (${count("confirmed")}): two or more
independent sources agree on both. *single-source* (${count("single-source")}): at least one of them is named by one
source only. *contested* (${count("contested")}): sources disagree; [Contested facts](contested.md) has what was chosen
and why. *unverified* (${count("unverified")}): the vendor documents no such endpoints, the entry ships none. All but the
first are experimental: activating one logs a warning that names its sources, because a wrong URL would receive the client
secret.

Sources are the names of the public catalogs and libraries whose values were compared; *vendor-docs* is the vendor's own
documentation. [What was surveyed and left out](left-out.md) has its reasons;
[MCP servers that register clients themselves](mcp-servers.md) need no entry.

**PKCE.** S256 is sent unless the catalog says that a vendor may break on it; \`CONNECT_{NAME}_PKCE_REQUIRED\` overrides
either way.`;
};

const overview = (category: ProviderFacts["category"], entries: readonly ProviderFacts[]): string =>
  markdownTable(
    ["Provider", "Name", "Needs besides id and secret", "PKCE", "Refresh tokens", "Confidence"],
    entries.map((facts) => overviewRow(category, facts)),
  );

const overviewRow = (category: ProviderFacts["category"], facts: ProviderFacts): string[] => {
  const definition = completeDefinition(facts);
  return [
    `[${facts.displayName}](${category}.md#${facts.name})`,
    `\`${facts.name}\``,
    requiredSettings(definition)
      .map((setting) => `\`${setting}\``)
      .join(", "),
    definition.pkce ? "yes" : "no",
    definition.refresh.issued === "on-request" ? "on request" : definition.refresh.issued,
    facts.confidence,
  ];
};

const requiredSettings = (definition: ProviderDefinition): string[] => {
  const prefix = `CONNECT_${environmentName(definition.name)}_`;
  if (definition.tokenUrl === "") return [`${prefix}AUTHORIZE_URL`, `${prefix}TOKEN_URL`];
  return missingVariables(definition, {}).map(
    (name) => `${prefix}${variableSettings(definition, name)[0] ?? ""}`,
  );
};
