import {
  catalog,
  completeDefinition,
  environmentName,
  missingVariables,
  type ProviderDefinition,
  type ProviderFacts,
  variableSettings,
} from "../../src/catalog/index.ts";
import { providerSection } from "./provider-section.ts";

/** The provider reference (`docs/reference/providers.md`) as Markdown, made from the catalog and nothing else. */
export const renderProviders = (): string => {
  const entries = [...catalog.values()].toSorted((a, b) => a.name.localeCompare(b.name, "en"));
  const categories = [...Map.groupBy(entries, ({ category }) => category)].toSorted(([a], [b]) =>
    a.localeCompare(b, "en"),
  );
  return [
    introduction(entries),
    "## Overview",
    ...categories.flatMap(([category, members]) => [`### ${CATEGORY_TITLES[category]}`, overview(members)]),
    ...categories.flatMap(([category, members]) => [
      `## ${CATEGORY_TITLES[category]} providers`,
      ...members.map(providerSection),
    ]),
  ]
    .join("\n\n")
    .concat("\n");
};

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

const introduction = (entries: readonly ProviderFacts[]): string => {
  const count = (confidence: ProviderFacts["confidence"]): number =>
    entries.filter((entry) => entry.confidence === confidence).length;
  return `# Providers

<!-- Generated from src/catalog/data by scripts/generate-docs.ts. Do not edit. -->

The catalog holds ${entries.length} providers. One is active as soon as its \`CONNECT_{NAME}_CLIENT_ID\` and
\`CONNECT_{NAME}_CLIENT_SECRET\` are set, together with the variables that its section marks as required. \`{NAME}\` is
the provider's name in upper case, every other character than A–Z and 0–9 as \`_\`.

Register the redirect URI of the section at the vendor. Outside the namespace \`default\` it is
\`{CONNECT_API_BASE}/connect/callback/{namespace}/{provider}\`.

**Confidence.** *confirmed* (${count("confirmed")}): two or more independent sources agree on the authorization and the
token endpoint. *single-source* (${count("single-source")}): one source names them. *contested*
(${count("contested")}): sources disagree, the findings say what was chosen and why. *unverified*
(${count("unverified")}): the vendor documents no such endpoints, the entry ships none.

Sources are the names of the public catalogs and libraries whose values were compared; *vendor-docs* is the vendor's own
documentation.

**PKCE.** S256 is sent unless the catalog says that a vendor may break on it; \`CONNECT_{NAME}_PKCE_REQUIRED\` overrides
either way.`;
};

const overview = (entries: readonly ProviderFacts[]): string =>
  [
    "| Provider | Name | Needs besides id and secret | PKCE | Refresh tokens | Confidence |",
    "|---|---|---|---|---|---|",
    ...entries.map(overviewRow),
  ].join("\n");

const overviewRow = (facts: ProviderFacts): string => {
  const definition = completeDefinition(facts);
  const needs = requiredSettings(definition);
  const cells = [
    `[${facts.displayName}](#${facts.name})`,
    `\`${facts.name}\``,
    needs.length === 0 ? "" : needs.map((setting) => `\`${setting}\``).join(", "),
    definition.pkce ? "yes" : "no",
    definition.refresh.issued === "on-request" ? "on request" : definition.refresh.issued,
    facts.confidence,
  ];
  return `| ${cells.join(" | ")} |`;
};

const requiredSettings = (definition: ProviderDefinition): string[] => {
  const prefix = `CONNECT_${environmentName(definition.name)}_`;
  if (definition.tokenUrl === "") return [`${prefix}AUTHORIZE_URL`, `${prefix}TOKEN_URL`];
  return missingVariables(definition, {}).map(
    (name) => `${prefix}${variableSettings(definition, name)[0] ?? ""}`,
  );
};
