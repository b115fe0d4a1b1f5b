import { describe, expect, it } from "vitest";
import { isAllowedTokenHost, tokenHostOf } from "./token-host.ts";

const zoho = {
  parameters: ["accounts-server"],
  allow: ["accounts.acme.com", "accounts.acme.eu"],
  append: "",
};
const prefixed = { parameters: ["prefix"], allow: [".shop.acme.com"], append: ".shop.acme.com" };
const joined = { parameters: ["sub", "dc"], allow: [".acme.com", ".acme.eu"], append: "" };

const chosen = (rules: typeof zoho, params: Record<string, string>): string | undefined => {
  const host = tokenHostOf(rules, new URLSearchParams(params));
  return typeof host === "object" ? host.host : host;
};

describe("tokenHostOf", () => {
  it.each([
    [zoho, { "accounts-server": "https://accounts.acme.eu" }, "accounts.acme.eu"],
    [zoho, { "accounts-server": "https://accounts.acme.eu/" }, "accounts.acme.eu"],
    [zoho, { "accounts-server": "Accounts.ACME.com" }, "accounts.acme.com"],
    [zoho, {}, undefined],
    [zoho, { "accounts-server": "" }, undefined],
    [prefixed, { prefix: "my-shop" }, "my-shop.shop.acme.com"],
    [joined, { sub: "mine", dc: "acme.eu" }, "mine.acme.eu"],
  ])("of %j and %j is %s", (rules, params, expected) => {
    expect(chosen(rules, params)).toBe(expected);
  });

  it.each([
    [zoho, "accounts.acme.com.evil.example"],
    [zoho, "evil.example/accounts.acme.com"],
    [zoho, "accounts.acme.com:8443"],
    [zoho, "accounts.acme.com@evil.example"],
    [zoho, "user@accounts.acme.com"],
    [zoho, "http://accounts.acme.com"],
    [zoho, "https://https://accounts.acme.com"],
    [zoho, "accounts.acme.com//"],
    [zoho, "accounts.acme.com\n"],
    [zoho, "accounts.acme.com\u0000"],
    [zoho, "account\u017F.acme.com"],
    [zoho, "x.accounts.acme.com"],
    [prefixed, "evil.example/"],
    [prefixed, "evil.example#"],
    [prefixed, "evil.example\\"],
    [prefixed, "a@evil"],
    [prefixed, "\u212Aelvin"],
    [prefixed, "."],
    [prefixed, "https://"],
  ])("of %j refuses %j", (rules, value) => {
    expect(chosen(rules, { [rules.parameters[0] ?? ""]: value })).toBe("refused");
  });

  it.each([
    [{ sub: "mine" }],
    [{ dc: "acme.eu" }],
    [{ sub: "mine", dc: "evil.example" }],
    [{ sub: "evil.example/", dc: "acme.eu" }],
  ])("refuses %j where two parameters make the host", (params) => {
    expect(chosen(joined, params)).toBe("refused");
  });
});

it("a list's item with a dot is no host itself", () => {
  expect(isAllowedTokenHost({ allow: [".acme.com"] }, "acme.com")).toBe(false);
  expect(isAllowedTokenHost({ allow: [".acme.com"] }, ".acme.com")).toBe(false);
  expect(isAllowedTokenHost({ allow: [".acme.com"] }, "a.acme.com")).toBe(true);
});
