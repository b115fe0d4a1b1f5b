import leftOutData from "../../src/catalog/data/left-out.json" with { type: "json" };
import mcpServersData from "../../src/catalog/data/mcp-servers.json" with { type: "json" };
import type { ProviderFacts } from "../../src/catalog/index.ts";
import { leftOutFile, mcpServersFile } from "../../src/catalog/survey.ts";
import { markdownTable } from "./markdown-table.ts";
import { FACT_TITLES } from "./provider-section.ts";

export const GENERATED = "<!-- Generated from src/catalog/data by scripts/generate-docs.ts. Do not edit. -->";

type Contested = NonNullable<ProviderFacts["contested"]>[number];

/** Where sources disagree, and what was chosen. */
export const contestedPage = (entries: readonly ProviderFacts[]): string[] => {
  const all = entries.flatMap((facts) => (facts.contested ?? []).map((contested) => ({ facts, contested })));
  const rows = (wanted: (fact: Contested["fact"]) => boolean): string[][] =>
    all
      .filter(({ contested }) => wanted(contested.fact))
      .map(({ facts, contested }) => contestedRow(facts, contested));
  return [
    "# Contested facts",
    GENERATED,
    `Where public sources disagree, what the catalog says and why. A fact that you can settle, from a vendor's page or a
request of your own, is a change of one line: [Add or correct a provider](../../../CONTRIBUTING.md#add-or-correct-a-provider).`,
    "## Endpoints and credentials",
    markdownTable(
      ["Provider", "Fact", "The catalog says", "Others say", "Why"],
      rows((fact) => fact !== "pkce"),
    ),
    "## PKCE",
    markdownTable(
      ["Provider", "Fact", "The catalog says", "Others say", "Why"],
      rows((fact) => fact === "pkce"),
    ),
  ];
};

const contestedRow = (facts: ProviderFacts, { fact, others, reason }: Contested): string[] => [
  `[${facts.name}](${facts.category}.md#${facts.name})`,
  FACT_TITLES[fact],
  `\`${valueOf(facts, fact)}\``,
  others.map(({ value, sources }) => `\`${value}\` (${sources.join(", ")})`).join("<br>"),
  reason,
];

const valueOf = (facts: ProviderFacts, fact: Contested["fact"]): string => {
  switch (fact) {
    case "clientAuthentication":
      return facts.clientAuthentication.method;
    case "revoke":
      return facts.revoke?.url ?? "";
    case "scopes":
      return facts.scopes.default.join(" ");
    case "authorizeUrl":
    case "tokenUrl":
    case "refreshUrl":
    case "pkce":
      return facts[fact] ?? "";
  }
};

/** What was surveyed and is no provider, with the reason. */
export const leftOutPage = (): string[] => {
  const { surveyed, leftOut } = leftOutFile.parse(leftOutData);
  return [
    "# Left out",
    GENERATED,
    `Of ${surveyed} names that public sources hold, these ${leftOut.length} are no providers of the catalog. One that you
need may still be registered with its own endpoints: [Add a provider](../../how-to/add-a-provider.md).`,
    markdownTable(
      ["Name", "Reason"],
      leftOut.map(({ name, reason }) => [`\`${name}\``, reason]),
    ),
  ];
};

export const mcpServersPage = (): string[] => {
  const { servers } = mcpServersFile.parse(mcpServersData);
  return [
    "# MCP servers",
    GENERATED,
    `These servers register their clients themselves (RFC 7591), so they need no credentials and are no providers of the
catalog: they are examples of what \`mcp_server_url\` may be. Where no source names the server's own URL, its documentation
does.`,
    markdownTable(
      ["Server", "URL", "Authorization endpoint", "Registration endpoint", "Sources"],
      servers.map(({ displayName, mcpServerUrl, authorizeUrl, registrationUrl, sources }) => [
        displayName,
        mcpServerUrl === undefined ? "" : `\`${mcpServerUrl}\``,
        `\`${authorizeUrl}\``,
        `\`${registrationUrl}\``,
        sources.join(", "),
      ]),
    ),
  ];
};
