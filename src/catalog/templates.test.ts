import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { catalog, findTemplate, indexEntries, templateNames } from "./templates.ts";

const WITH_LEGACY_NAMES =
  `github google microsoft linkedin apple discord twitter twitch spotify reddit gitlab bitbucket facebook
  salesforce zoom okta auth0 keycloak cognito notion airtable asana monday figma clickup todoist miro wrike smartsheet
  basecamp vercel netlify render atlassian linear slack intercom hubspot pipedrive zendesk freshdesk stripe quickbooks
  xero freshbooks calendly dropbox box instagram mailchimp shopify`.split(/\s+/);

describe("catalog", () => {
  it("holds the 51 providers that legacy environment names exist for, and no other has such names", () => {
    expect(WITH_LEGACY_NAMES).toHaveLength(51);
    const legacy = WITH_LEGACY_NAMES.map((name) => ({ name, ...findTemplate(name)?.legacyEnvironment }));
    expect(legacy).toEqual(
      WITH_LEGACY_NAMES.map((name) => ({
        name,
        clientId: `${name.toUpperCase()}_CLIENT_ID`,
        clientSecret: `${name.toUpperCase()}_CLIENT_SECRET`,
      })),
    );
    const others = templateNames().filter((name) => !WITH_LEGACY_NAMES.includes(name));
    expect(others.filter((name) => findTemplate(name)?.legacyEnvironment)).toEqual([]);
    expect(others.length).toBeGreaterThanOrEqual(12);
  });

  it.each(["__proto__", "constructor", "toString", "", "GitHub"])("has no %s", (name) => {
    expect(findTemplate(name)).toBeUndefined();
  });

  it("is frozen through and through", () => {
    const github = findTemplate("github")!;
    expect(() => Object.assign(github, { tokenUrl: "https://evil.com" })).toThrow(TypeError);
    expect(() => github.scopes.default.push("admin")).toThrow(TypeError);
    expect(Object.isFrozen(findTemplate("zendesk")?.variables?.["subdomain"]?.host)).toBe(true);
  });

  it("loads whole in less than 50 ms", () => {
    const folder = new URL("data/", import.meta.url);
    const files = readdirSync(folder).filter((file) => file !== "schema.json");
    const runs = Array.from({ length: 5 }, () => {
      const start = performance.now();
      const texts = files.map((file) => readFileSync(new URL(file, folder), "utf8"));
      indexEntries(texts.map((text) => ({ providers: [], ...(JSON.parse(text) as object) })));
      return performance.now() - start;
    });
    const milliseconds = Math.min(...runs);
    console.info(`catalog: ${catalog.size} providers load in ${milliseconds.toFixed(1)} ms`);
    expect(milliseconds).toBeLessThan(50);
  });
});
