import { describe, expect, it } from "vitest";
import { defineRegistration, type Registration } from "../config/index.ts";
import { BrokerError } from "../errors.ts";
import { checkProviderConfig, choosesHost, endpointsFor } from "./provider-config.ts";

const registered = (template: string, values: Record<string, string> = {}): Registration =>
  defineRegistration(
    { name: "under-test", template, clientId: "c", clientSecret: "s", values },
    { source: "code", namespace: "", id: "code:under-test" },
  );

const violations = (registration: Registration, given: Record<string, string>): string[] => {
  try {
    checkProviderConfig(registration, given);
  } catch (error) {
    if (error instanceof BrokerError) return error.fieldViolations.map(({ field }) => field);
    throw error;
  }
  return [];
};

describe("checkProviderConfig", () => {
  const shop = registered("shopify");
  const [variable = ""] = Object.keys(shop.definition.variables);

  it("brings both forms of a value into one", () => {
    expect(checkProviderConfig(shop, { [variable]: "My-Shop" })).toEqual({ [variable]: "my-shop" });
    expect(checkProviderConfig(shop, { [variable]: "my-shop.myshopify.com" })).toEqual({
      [variable]: "my-shop",
    });
  });

  it("names what is missing, wrong or unknown", () => {
    expect(violations(shop, {})).toEqual([`provider_config.${variable}`]);
    expect(violations(shop, { [variable]: "evil.example/" })).toContain(`provider_config.${variable}`);
    expect(violations(shop, { [variable]: "a.b" })).toContain(`provider_config.${variable}`);
    expect(violations(shop, { [variable]: "my-shop", other: "x" })).toEqual(["provider_config.other"]);
    expect(
      violations(
        shop,
        Object.fromEntries([
          ["__proto__", "x"],
          [variable, "my-shop"],
        ]),
      ),
    ).toEqual(["provider_config.__proto__"]);
  });

  it("never lets a connection choose a free host", () => {
    const keycloak = registered("keycloak", { domain: "sso.acme.example", realm: "main" });
    const [host = ""] = Object.entries(keycloak.definition.variables)
      .filter(([, facts]) => facts.host && facts.host.suffix === undefined)
      .map(([name]) => name);
    expect(violations(keycloak, { [host]: "evil.example" })).toEqual([`provider_config.${host}`]);
  });

  it("asks for nothing that the registration fixes, and lets a connection say otherwise", () => {
    const fixed = registered("shopify", { [variable]: "main-shop" });
    expect(checkProviderConfig(fixed, {})).toEqual({});
    expect(endpointsFor(fixed, {}).tokenUrl).toContain("https://main-shop.myshopify.com/");
    expect(endpointsFor(fixed, { [variable]: "other" }).tokenUrl).toContain("https://other.myshopify.com/");
  });
});

describe("choosesHost", () => {
  it("tells a variable in the host from one in the path", () => {
    const keycloak = registered("keycloak", { domain: "sso.acme.example", realm: "main" });
    expect(choosesHost(registered("shopify"), { shop: "acme" })).toBe(true);
    expect(choosesHost(keycloak, { realm: "other" })).toBe(false);
    expect(choosesHost(keycloak, { domain: "other.example" })).toBe(true);
    expect(choosesHost(keycloak, {})).toBe(false);
  });
});
