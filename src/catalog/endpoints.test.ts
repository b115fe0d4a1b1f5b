import { assert, constantFrom, mixedCase, oneof, property, string, stringMatching } from "fast-check";
import { describe, expect, it } from "vitest";
import { completeDefinition } from "./definition.ts";
import { resolveEndpoints } from "./endpoints.ts";
import { plainDefinition } from "./plain-definition.ts";
import { findTemplate, templateNames } from "./templates.ts";
import { parseVariable } from "./variables.ts";

const definitionOf = (name: string) => {
  const facts = findTemplate(name);
  if (!facts) throw new Error(`no template ${name}`);
  return completeDefinition(facts);
};

describe("resolveEndpoints", () => {
  it("fills host, path and defaults", () => {
    const okta = resolveEndpoints(definitionOf("okta"), { domain: "mycompany.okta.com" });
    expect(okta.authorizeUrl).toBe("https://mycompany.okta.com/oauth2/default/v1/authorize");
    expect(okta.tokenUrl).toBe("https://mycompany.okta.com/oauth2/default/v1/token");
    expect(okta.revokeUrl).toBe("https://mycompany.okta.com/oauth2/default/v1/revoke");
    expect(okta.refreshUrl).toBe(okta.tokenUrl);
  });

  it("leaves out an optional path segment", () => {
    const values = { domain: "mycompany.okta.com", auth_server: "org" };
    expect(resolveEndpoints(definitionOf("okta"), values).tokenUrl).toBe(
      "https://mycompany.okta.com/oauth2/v1/token",
    );
    const keycloak = resolveEndpoints(definitionOf("keycloak"), { domain: "sso.example.com", realm: "acme" });
    expect(keycloak.tokenUrl).toBe("https://sso.example.com/realms/acme/protocol/openid-connect/token");
    const old = { domain: "sso.example.com", realm: "acme", context_path: "auth" };
    expect(resolveEndpoints(definitionOf("keycloak"), old).issuer?.value).toBe(
      "https://sso.example.com/auth/realms/acme",
    );
  });

  it.each([
    [{}, "https://app.intercom.com/oauth", "https://api.intercom.io/auth/eagle/token"],
    [{ region: "eu" }, "https://app.eu.intercom.com/oauth", "https://api.eu.intercom.io/auth/eagle/token"],
    [{ region: "au" }, "https://app.au.intercom.com/oauth", "https://api.au.intercom.io/auth/eagle/token"],
  ])("finds the regional hosts for %o", (values, authorizeUrl, tokenUrl) => {
    expect(resolveEndpoints(definitionOf("intercom"), values)).toMatchObject({ authorizeUrl, tokenUrl });
  });

  it("gives the origins that a token may be sent to, the API's own among them", () => {
    const dropbox = resolveEndpoints(definitionOf("dropbox"), {});
    expect(dropbox.allowedOrigins).toEqual([
      "https://content.dropboxapi.com",
      "https://notify.dropboxapi.com",
      "https://api.dropboxapi.com",
    ]);
    const zendesk = resolveEndpoints(definitionOf("zendesk"), { subdomain: "acme" });
    expect(zendesk.allowedOrigins).toEqual(["https://acme.zendesk.com"]);
  });

  it("keeps an issuer's own spelling and whether it was verified", () => {
    expect(resolveEndpoints(definitionOf("github"), {}).issuer).toEqual({
      value: "https://github.com/login/oauth",
      verified: true,
      required: false,
    });
    expect(resolveEndpoints(definitionOf("auth0"), { domain: "acme.auth0.com" }).issuer).toEqual({
      value: "https://acme.auth0.com/",
      verified: false,
      required: false,
    });
  });

  it("leaves an optional URL empty when only it lacks a variable", () => {
    const domain = "myapp.auth.eu-central-1.amazoncognito.com";
    expect(resolveEndpoints(definitionOf("cognito"), { domain }).issuer).toBeUndefined();
    const values = { domain, region: "eu-central-1", user_pool_id: "eu-central-1_AbC" };
    expect(resolveEndpoints(definitionOf("cognito"), values).issuer?.value).toBe(
      "https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_AbC",
    );
  });

  it("names the variables that are missing", () => {
    expect(() => resolveEndpoints(definitionOf("shopify"), {})).toThrow(/shopify: no value for shop/);
    expect(() => resolveEndpoints(definitionOf("shopify"), {})).toThrow(
      expect.objectContaining({ code: "PROVIDER_MISCONFIGURED", metadata: { provider: "shopify" } }),
    );
  });

  it.each(["evil.com/", "evil.com#", "evil@", "x.evil.com", "..", "a:443", "\u212A"])(
    "checks a stored value again: %s",
    (shop) => {
      expect(() => resolveEndpoints(definitionOf("shopify"), { shop })).toThrow(/shop must match/);
    },
  );

  it("does not trust a pattern alone: a value may not change the shape of a URL", () => {
    const careless = completeDefinition({
      ...findTemplate("zendesk")!,
      variables: { subdomain: { description: "", pattern: "^.*$", example: "a", from: ["registration"] } },
    });
    const values = ["evil.com/", "evil.com?", "evil.com#", "u:p@evil", "a\\b", "EVIL", "a:80", "ünicode"];
    const accepted = values.filter((subdomain) => {
      try {
        return resolveEndpoints(careless, { subdomain });
      } catch (error) {
        expect(error).toMatchObject({ code: "PROVIDER_MISCONFIGURED" });
        return false;
      }
    });
    expect(accepted).toEqual([]);
  });

  it("encodes a value in a path and refuses one that climbs", () => {
    const loose = completeDefinition({
      ...findTemplate("microsoft")!,
      variables: { tenant: { description: "", pattern: "^.*$", example: "a", from: ["registration"] } },
    });
    expect(resolveEndpoints(loose, { tenant: "a/b?c" }).tokenUrl).toContain("/a%2Fb%3Fc/oauth2/v2.0/token");
    expect(() => resolveEndpoints(loose, { tenant: ".." })).toThrow(/shape of a URL/);
  });

  it("takes URLs without placeholders as they are, an operator's loopback server among them", () => {
    const definition = plainDefinition({
      name: "mine",
      authorizeUrl: "http://127.0.0.1:9000/authorize",
      tokenUrl: "http://127.0.0.1:9000/token",
    });
    expect(resolveEndpoints(definition, {})).toMatchObject({
      authorizeUrl: "http://127.0.0.1:9000/authorize",
      refreshUrl: "http://127.0.0.1:9000/token",
      revokeUrl: "",
      issuer: undefined,
      allowedOrigins: [],
    });
  });

  it.each(templateNames())("resolves %s with its examples to https URLs", (name) => {
    const definition = definitionOf(name);
    const examples = Object.fromEntries(
      Object.entries(definition.variables).map(([variable, { example }]) => [variable, example]),
    );
    const {
      issuer,
      allowedOrigins,
      callUrls: _,
      texts: __,
      ...urls
    } = resolveEndpoints(definition, examples);
    const all = [...Object.values(urls), ...allowedOrigins, issuer?.value ?? ""].filter((url) => url !== "");
    expect(all.length).toBeGreaterThan(0);
    for (const url of all) expect(new URL(url).protocol).toBe("https:");
    expect(all.join(" ")).not.toMatch(/[{}]/);
  });

  it.each([
    ["zendesk", "subdomain", ".zendesk.com"],
    ["shopify", "shop", ".myshopify.com"],
    ["salesforce", "domain", ".salesforce.com"],
  ])("whatever a caller gives %s, the host stays below %s %s", (name, variable, suffix) => {
    const definition = definitionOf(name);
    const almost = stringMatching(/^[a-z0-9.:/@#?\\-]{1,20}$/);
    const suffixed = almost.map((text) => text + suffix);
    const value = oneof(
      string({ unit: "binary" }),
      almost,
      suffixed,
      mixedCase(suffixed),
      constantFrom(suffix),
    );
    assert(
      property(value, (given) => {
        const parsed = parseVariable(definition, variable, given);
        if (!parsed.ok) return;
        const { tokenUrl } = resolveEndpoints(definition, { [variable]: parsed.value });
        expect(new URL(tokenUrl).hostname).toBe(`${parsed.value}${suffix}`);
      }),
      { numRuns: 2000 },
    );
  });
});
