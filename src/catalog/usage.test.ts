import { describe, expect, it } from "vitest";
import type { MetadataRule, ProviderDefinition } from "./definition.ts";
import { plainDefinition } from "./plain-definition.ts";
import { connectionUsage } from "./usage.ts";

const plain = plainDefinition({
  name: "acme",
  authorizeUrl: "https://acme.example/authorize",
  tokenUrl: "https://acme.example/token",
});

const host = (from: "token" | "callback", name = "api_domain"): MetadataRule => ({
  name,
  from,
  path: name,
  role: "host",
});

const usageOf = (
  changes: Partial<ProviderDefinition>,
  metadata: Record<string, string>,
  endpoints: { apiBaseUrl?: string; allowedOrigins?: string[] } = {},
) =>
  connectionUsage({ ...plain, ...changes }, { apiBaseUrl: "", allowedOrigins: [], ...endpoints }, metadata);

const withBase = (apiBaseUrl: string) => ({ usage: { ...plain.usage, apiBaseUrl } });

describe("connectionUsage", () => {
  it("answers the entry's own API", () => {
    const usage = usageOf(
      {},
      {},
      { apiBaseUrl: "https://api.acme.example/v2", allowedOrigins: ["https://files.acme.example"] },
    );
    expect(usage).toEqual({
      headerName: "Authorization",
      headerPrefix: "Bearer ",
      apiBaseUrl: "https://api.acme.example/v2",
      allowedOrigins: ["https://files.acme.example", "https://api.acme.example"],
    });
  });

  it("knows nothing where nothing is known", () => {
    expect(usageOf({}, { api_domain: "https://evil.example" })).toMatchObject({
      apiBaseUrl: "",
      allowedOrigins: [],
    });
  });

  it.each([
    [
      "https://api.acme.example/company/{realm_id}",
      { realm_id: "4620" },
      "https://api.acme.example/company/4620",
    ],
    ["https://{shop}.acme.example/api", { shop: "my-shop" }, "https://my-shop.acme.example/api"],
    ["https://api.acme.example/{realm_id}", {}, ""],
    ["https://api.acme.example/{realm_id}", { realm_id: "1/../2" }, ""],
    ["https://api.acme.example/{realm_id}", { realm_id: "1,2" }, ""],
    ["https://{shop}.acme.example", { shop: "evil.example/" }, ""],
    ["https://{shop}.acme.example", { shop: "evil.example#" }, ""],
    ["https://{shop}.acme.example", { shop: "a@b" }, ""],
  ])("fills %s with %j", (template, metadata, expected) => {
    expect(usageOf(withBase(template), metadata).apiBaseUrl).toBe(expected);
  });

  it.each([
    ["a URL", "https://acme.my.example", "https://acme.my.example"],
    ["a URL with a path", "https://acme.my.example/api/", "https://acme.my.example/api"],
    ["a bare host", "acme.my.example", "https://acme.my.example"],
    ["http", "http://acme.my.example", ""],
    ["a user name", "https://a@acme.my.example", ""],
    ["a port", "https://acme.my.example:8443", ""],
    ["a query", "https://acme.my.example/?x=1", ""],
    ["a fragment", "https://acme.my.example/#x", ""],
    ["an address", "https://10.0.0.1", ""],
    ["an IPv6 address", "https://[::1]", ""],
    ["localhost", "localhost", ""],
    ["no URL", "https://", ""],
  ])("takes the account's host from the token answer: %s", (_, value, expected) => {
    const usage = usageOf({ metadata: [host("token")] }, { api_domain: value });
    expect(usage.apiBaseUrl).toBe(expected);
    expect(usage.allowedOrigins).toEqual(expected === "" ? [] : [new URL(expected).origin]);
  });

  it("keeps the entry's path at the account's host", () => {
    const usage = usageOf(
      { metadata: [host("token")] },
      { api_domain: "https://eu.acme.example" },
      { apiBaseUrl: "https://api.acme.example/v2", allowedOrigins: ["https://api.acme.example"] },
    );
    expect(usage.apiBaseUrl).toBe("https://eu.acme.example/v2");
    expect(usage.allowedOrigins).toEqual(["https://api.acme.example", "https://eu.acme.example"]);
  });

  it("believes a host that the browser brought only if the entry lists it", () => {
    const callback = {
      ...plain.callback,
      tokenHost: { parameters: ["host"], allow: [".acme.example"], append: "" },
    };
    const facts = { metadata: [host("callback")], callback };
    expect(usageOf(facts, { api_domain: "eu.acme.example" }).apiBaseUrl).toBe("https://eu.acme.example");
    expect(usageOf(facts, { api_domain: "eu.acme.example.evil.example" }).apiBaseUrl).toBe("");
    expect(usageOf({ metadata: [host("callback")] }, { api_domain: "eu.acme.example" }).apiBaseUrl).toBe("");
  });

  it.each([
    ["https://{shop}.acme.example/api", "https://my-shop.acme.example/api"],
    ["https://api.acme.example/{shop}", "https://api.acme.example/my-shop"],
    ["https://{shop}/api", ""],
    ["https://{shop}.example", ""],
    ["https://api.{shop}", ""],
  ])("lets what the browser brought choose no domain in %s", (template, expected) => {
    const metadata: MetadataRule[] = [{ name: "shop", from: "callback", path: "shop" }];
    expect(usageOf({ ...withBase(template), metadata }, { shop: "my-shop" }).apiBaseUrl).toBe(expected);
  });

  it("reads no names of the prototype", () => {
    expect(usageOf(withBase("https://api.acme.example/{constructor}"), {}).apiBaseUrl).toBe("");
  });
});
