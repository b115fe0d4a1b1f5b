import { describe, expect, it } from "vitest";
import { renderProviders } from "../../scripts/docs/providers.ts";
import { catalog, environmentName } from "../../src/catalog/index.ts";

const page = renderProviders();

const sectionOf = (name: string): string =>
  page.split(/^(?=#{2,3} )/m).find((part) => part.startsWith(`### ${name}\n`)) ?? "";

describe("renderProviders", () => {
  it.each([...catalog.values()])("has a section for $name", (facts) => {
    const section = sectionOf(facts.name);
    const prefix = `CONNECT_${environmentName(facts.name)}_`;
    expect(section).toContain(`\`${prefix}CLIENT_ID\``);
    expect(section).toContain(`{CONNECT_API_BASE}/connect/callback/${facts.name}\``);
    expect(section).toContain(`**Confidence:** ${facts.confidence}`);
    for (const text of [...(facts.limitations ?? []), ...(facts.findings ?? [])])
      expect(section).toContain(text);
    for (const scope of facts.scopes.default) expect(section).toContain(`\`${scope}\``);
  });

  it("names the settings of a host variable, the preferred one first", () => {
    expect(sectionOf("shopify")).toContain("`CONNECT_SHOPIFY_DOMAIN`, or `CONNECT_SHOPIFY_SHOP`");
    expect(sectionOf("shopify")).toContain("`myshop` or `myshop.myshopify.com`");
    expect(sectionOf("okta")).not.toContain("provider_config");
  });

  it("says in the overview what else a provider needs", () => {
    expect(page).toContain("| [Auth0](#auth0) | `auth0` | `CONNECT_AUTH0_DOMAIN` |");
    expect(page).toContain(
      "| [Render](#render) | `render` | `CONNECT_RENDER_AUTHORIZE_URL`, `CONNECT_RENDER_TOKEN_URL` |",
    );
    expect(page).toContain("| [GitHub](#github) | `github` |  |");
  });

  it("links only to headings that are there, each of them once", () => {
    const headings = [...page.matchAll(/^#+ (.*)$/gm)].map((match) =>
      match[1]?.toLowerCase().replaceAll(" ", "-"),
    );
    const links = [...page.matchAll(/\(#([^)]+)\)/g)].map((match) => match[1]);
    expect(links).toHaveLength(catalog.size);
    expect(links.map((link) => headings.filter((heading) => heading === link).length)).toEqual(
      links.map(() => 1),
    );
  });

  it("keeps every table rectangular", () => {
    const tables = page.split("\n\n").filter((block) => block.startsWith("| "));
    const widths = tables.map(
      (table) => new Set(table.split("\n").map((row) => row.split(/(?<!\\)\|/).length)).size,
    );
    expect(widths.every((width) => width === 1)).toBe(true);
  });
});
