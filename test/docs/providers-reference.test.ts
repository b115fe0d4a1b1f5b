import { describe, expect, it } from "vitest";
import { providerPages } from "../../scripts/docs/providers.ts";
import { catalog, environmentName } from "../../src/catalog/index.ts";

const pages = new Map(providerPages().map(({ file, text }) => [file, text]));
const index = pages.get("README.md") ?? "";
const sections = new Map(
  [...pages.values()].flatMap((text) =>
    text.split(/^(?=## )/m).flatMap((part) => {
      const name = /^## ([a-z0-9_-]+)\n/.exec(part)?.[1];
      return name === undefined ? [] : [[name, part] as const];
    }),
  ),
);

const sectionOf = (name: string): string => sections.get(name) ?? "";

describe("providerPages", () => {
  it("is an index, a page for every category, what is contested, left out, and needs no entry", () => {
    const categories = new Set([...catalog.values()].map(({ category }) => `${category}.md`));
    expect([...pages.keys()].toSorted()).toEqual(
      ["README.md", "contested.md", "left-out.md", "mcp-servers.md", ...categories].toSorted(),
    );
  });

  it.each([...catalog.values()])("has a section for $name", (facts) => {
    const section = sectionOf(facts.name);
    const prefix = `CONNECT_${environmentName(facts.name)}_`;
    expect(pages.get(`${facts.category}.md`)).toContain(section);
    expect(section).toContain(`\`${prefix}CLIENT_ID\``);
    expect(section).toContain(`{CONNECT_API_BASE}/connect/callback/${facts.name}\``);
    expect(section).toContain(`**Confidence:** ${facts.confidence}`);
    const reasons = (facts.contested ?? []).map(({ reason }) => reason);
    for (const text of [...(facts.limitations ?? []), ...(facts.findings ?? []), ...reasons])
      expect(section).toContain(text);
    for (const scope of facts.scopes.default) expect(section).toContain(`\`${scope}\``);
  });

  it("names the settings of a host variable, the preferred one first", () => {
    expect(sectionOf("shopify")).toContain("`CONNECT_SHOPIFY_DOMAIN`, or `CONNECT_SHOPIFY_SHOP`");
    expect(sectionOf("shopify")).toContain("`myshop` or `myshop.myshopify.com`");
    expect(sectionOf("okta")).not.toContain("provider_config");
  });

  it("says in the index what else a provider needs", () => {
    expect(index).toContain("| [Auth0](enterprise-oidc.md#auth0) | `auth0` | `CONNECT_AUTH0_DOMAIN` |");
    expect(index).toContain(
      "| [Render](dev-tools.md#render) | `render` | `CONNECT_RENDER_AUTHORIZE_URL`, `CONNECT_RENDER_TOKEN_URL` |",
    );
    expect(index).toContain("| [GitHub](dev-tools.md#github) | `github` |  |");
  });

  it("links the index to every section, once", () => {
    const links = [...index.matchAll(/\(([a-z-]+\.md)#([^)]+)\)/g)].map(
      ([, file, name]) => `${file}#${name}`,
    );
    const expected = [...catalog.values()].map(({ category, name }) => `${category}.md#${name}`);
    expect(links.toSorted()).toEqual(expected.toSorted());
  });

  it("has every contested fact on a page of its own", () => {
    const contested = [...catalog.values()].filter((facts) => facts.contested);
    for (const { name, category, contested: all = [] } of contested) {
      expect(pages.get("contested.md")).toContain(`[${name}](${category}.md#${name})`);
      for (const { reason } of all) expect(pages.get("contested.md")).toContain(reason);
    }
    expect(contested.length).toBeGreaterThan(50);
  });

  it("keeps every table rectangular", () => {
    for (const text of pages.values()) {
      const tables = text.split("\n\n").filter((block) => block.startsWith("| "));
      const widths = tables.map(
        (table) =>
          new Set(
            table
              .trimEnd()
              .split("\n")
              .map((row) => row.split(/(?<!\\)\|/).length),
          ).size,
      );
      expect(widths.every((width) => width === 1)).toBe(true);
    }
  });
});
