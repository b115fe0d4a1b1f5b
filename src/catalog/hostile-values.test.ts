import { describe, expect, it } from "vitest";
import { completeDefinition, type ProviderDefinition } from "./definition.ts";
import { resolveEndpoints } from "./endpoints.ts";
import { catalog } from "./templates.ts";
import { parseVariable, variableFromConnectionAllowed } from "./variables.ts";

const EVIL = "evil.example";

/** What somebody would try who may give a value for one connection and wants the client secret sent to a host of his. */
const HOSTILE = [
  EVIL,
  `${EVIL}.`,
  `https://${EVIL}`,
  `//${EVIL}`,
  `${EVIL}/`,
  `${EVIL}/x`,
  `${EVIL}?`,
  `${EVIL}#`,
  `${EVIL}\\`,
  `${EVIL}:443`,
  `${EVIL}:443#`,
  `x@${EVIL}`,
  `x:y@${EVIL}`,
  `${EVIL}@x`,
  `${EVIL}\n`,
  `${EVIL}\r\nHost: ${EVIL}`,
  `${EVIL}%00`,
  `${EVIL}%2f`,
  "evil。example",
  "ｅvil.example",
  "еvil.example",
  "evil\u00ADexample",
  "\u212Aelvin",
  "xn--vil-example",
  "127.0.0.1",
  "[::1]",
  "2130706433",
  "0x7f000001",
  "localhost",
  "..",
  ".",
  "",
  " ",
  "a".repeat(254),
];

const definitions = [...catalog.values()].map(completeDefinition);

const fromConnection = (definition: ProviderDefinition): string[] =>
  Object.keys(definition.variables).filter((name) => variableFromConnectionAllowed(definition, name));

const examplesOf = ({ variables }: ProviderDefinition): Record<string, string> =>
  Object.fromEntries(Object.entries(variables).map(([name, { example }]) => [name, example]));

const hostsWith = (definition: ProviderDefinition, values: Record<string, string>): string[] => {
  const { authorizeUrl, tokenUrl, refreshUrl, revokeUrl, userinfoUrl, afterExchangeUrl } = resolveEndpoints(
    definition,
    values,
  );
  return [authorizeUrl, tokenUrl, refreshUrl, revokeUrl, userinfoUrl, afterExchangeUrl]
    .filter((url) => url !== "")
    .map((url) => new URL(url).hostname);
};

/** Of the last two labels: below one of them is the vendor. */
const domainOf = (host: string): string => host.split(".").slice(-2).join(".");

describe("a connection's own values", () => {
  it("exist in the catalog", () => {
    expect(definitions.filter((definition) => fromConnection(definition).length > 0).length).toBeGreaterThan(
      50,
    );
  });

  it.each(definitions.filter((definition) => fromConnection(definition).length > 0))(
    "of $name never lead to a host that is not the vendor's",
    (definition) => {
      const examples = examplesOf(definition);
      const domains = new Set(hostsWith(definition, examples).map(domainOf));
      for (const name of fromConnection(definition)) {
        for (const value of HOSTILE) {
          const parsed = parseVariable(definition, name, value);
          if (!parsed.ok) {
            expect(parsed.problem).toContain(definition.variables[name]?.pattern);
            expect(parsed.problem).toContain(definition.variables[name]?.example);
            continue;
          }
          const hosts = hostsWith(definition, { ...examples, [name]: parsed.value });
          expect(hosts.filter((host) => !domains.has(domainOf(host)))).toEqual([]);
        }
      }
    },
  );
});
