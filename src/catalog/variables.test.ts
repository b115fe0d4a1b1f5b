import { describe, expect, it } from "vitest";
import { completeDefinition } from "./definition.ts";
import { findTemplate } from "./templates.ts";
import {
  missingVariables,
  parseVariable,
  variableFromConnectionAllowed,
  variableSettings,
} from "./variables.ts";

const definitionOf = (name: string) => {
  const facts = findTemplate(name);
  if (!facts) throw new Error(`no template ${name}`);
  return completeDefinition(facts);
};

const hosts = [
  ["zendesk", "subdomain"],
  ["shopify", "shop"],
  ["freshdesk", "domain"],
  ["salesforce", "domain"],
  ["okta", "domain"],
  ["auth0", "domain"],
  ["keycloak", "domain"],
  ["cognito", "domain"],
  ["gitlab", "domain"],
] as const;

const hostile = [
  "",
  " ",
  "https://acme.zendesk.com",
  "http://acme.okta.com",
  "//acme.okta.com",
  "acme.okta.com/",
  "acme.okta.com/path",
  "acme.okta.com\\@evil.com",
  "acme.okta.com?x=1",
  "acme.okta.com#x",
  "acme.okta.com:443",
  "acme.okta.com:443@evil.com",
  "evil.com#.zendesk.com",
  "evil.com/.zendesk.com",
  "evil.com?.myshopify.com",
  "user@evil.com",
  "user:pass@acme.okta.com",
  "acme@evil.myshopify.com",
  "acme.okta.com\n",
  "acme\n.zendesk.com",
  "acme\r\nHost: evil.com",
  "acme\t",
  "acme .zendesk.com",
  "acme\u0000",
  "acme%2eevil.com",
  "acme%00",
  "аcme.zendesk.com",
  "acme。zendesk.com",
  "acme．zendesk.com",
  "acme.zendes\u212A.com",
  "\u212Aeycloak.example.com",
  "acme\u200b.okta.com",
  "[::1]",
  "127.0.0.1",
  "2130706433",
  "0x7f000001",
  "localhost:8080",
  "-acme-",
  ".zendesk.com",
  "..",
  ".",
  "acme..okta.com",
  "acme.okta.com.",
  "{domain}",
  "$(id)",
  `${"a".repeat(64)}.zendesk.com`,
  "a".repeat(300),
];

describe("parseVariable", () => {
  it.each(hosts)(
    "refuses every hostile host of %s %s, with pattern and example but without the value",
    (name, variable) => {
      const definition = definitionOf(name);
      const { pattern, example } = definition.variables[variable]!;
      const answers = hostile.map((value) => ({ value, ...parseVariable(definition, variable, value) }));
      const accepted = answers.filter(({ ok }) => ok).map(({ value }) => value);
      // A number is a legal DNS label below the vendor's own domain, and only there.
      const suffix = definition.variables[variable]?.host?.suffix;
      const labels = suffix && name !== "salesforce" ? ["2130706433", "0x7f000001"] : [];
      expect(accepted).toEqual(labels);
      const problems = new Set(answers.map((answer) => (answer.ok ? "" : answer.problem)).filter(Boolean));
      expect([...problems]).toEqual([expect.stringContaining(pattern)]);
      expect([...problems].join()).toContain(example);
    },
  );

  it.each([
    ["zendesk", "subdomain", "acme", "acme"],
    ["zendesk", "subdomain", "acme.zendesk.com", "acme"],
    ["zendesk", "subdomain", "ACME.Zendesk.COM", "acme"],
    ["shopify", "shop", "myshop.myshopify.com", "myshop"],
    ["salesforce", "domain", "login", "login"],
    ["salesforce", "domain", "test.salesforce.com", "test"],
    ["salesforce", "domain", "mycompany--dev.sandbox.my.salesforce.com", "mycompany--dev.sandbox.my"],
    ["okta", "domain", "mycompany.okta.com", "mycompany.okta.com"],
    ["okta", "domain", "login.mycompany.com", "login.mycompany.com"],
    ["okta", "auth_server", "aus1a2b3c", "aus1a2b3c"],
    ["auth0", "domain", "Mycompany.EU.auth0.com", "mycompany.eu.auth0.com"],
    ["cognito", "user_pool_id", "eu-central-1_AbCdEf123", "eu-central-1_AbCdEf123"],
    ["microsoft", "tenant", "72f988bf-86f1-41af-91ab-2d7cd011db47", "72f988bf-86f1-41af-91ab-2d7cd011db47"],
    ["microsoft", "tenant", "contoso.onmicrosoft.com", "contoso.onmicrosoft.com"],
    ["intercom", "region", "au", "au"],
    ["facebook", "graph_version", "v26.0", "v26.0"],
    ["zoho", "data_center", "zoho.com.au", "zoho.com.au"],
  ])("accepts %s %s = %s as %s", (name, variable, value, normal) => {
    expect(parseVariable(definitionOf(name), variable, value)).toEqual({ ok: true, value: normal });
  });

  it.each([
    ["zendesk", "subdomain", "acme.evil.com"],
    ["zendesk", "subdomain", "acme.zendesk.com.evil.com"],
    ["zendesk", "subdomain", "acme.zendesk.com.zendesk.com"],
    ["shopify", "shop", "myshop.myshopify.com.evil.com"],
    ["salesforce", "domain", "evil.com"],
    ["salesforce", "domain", "mycompany"],
    ["okta", "domain", "mycompany"],
    ["microsoft", "tenant", ".."],
    ["microsoft", "tenant", "common/../evil"],
    ["keycloak", "realm", "../admin"],
    ["keycloak", "realm", ".."],
    ["keycloak", "context_path", "auth/"],
    ["intercom", "region", "eu."],
    ["intercom", "region", "constructor"],
    ["facebook", "graph_version", "v25.0/../v1.0"],
    ["zoho", "data_center", "zoho.evil.com"],
  ])("refuses %s %s = %s", (name, variable, value) => {
    expect(parseVariable(definitionOf(name), variable, value).ok).toBe(false);
  });

  it.each(["__proto__", "constructor", "toString", "nope"])("knows no variable %s", (variable) => {
    const parsed = parseVariable(definitionOf("zendesk"), variable, "x");
    expect(parsed).toEqual({ ok: false, problem: expect.stringContaining("it has subdomain") });
  });
});

describe("missingVariables", () => {
  it("names what has neither a value nor a default", () => {
    expect(missingVariables(definitionOf("okta"), {})).toEqual(["domain"]);
    expect(missingVariables(definitionOf("okta"), { domain: "a.okta.com" })).toEqual([]);
    expect(missingVariables(definitionOf("okta"), { domain: "" })).toEqual(["domain"]);
    expect(missingVariables(definitionOf("microsoft"), {})).toEqual([]);
  });

  it("does not ask for a variable that only an optional URL needs", () => {
    expect(missingVariables(definitionOf("cognito"), { domain: "a.example.com" })).toEqual([]);
  });
});

describe("variableFromConnectionAllowed", () => {
  it.each([
    ["shopify", "shop", true],
    ["zendesk", "subdomain", true],
    ["intercom", "region", true],
    ["microsoft", "tenant", true],
    ["okta", "domain", false],
    ["auth0", "domain", false],
    ["keycloak", "domain", false],
    ["cognito", "domain", false],
    ["gitlab", "domain", false],
    ["zendesk", "__proto__", false],
  ])("%s %s: %s", (name, variable, allowed) => {
    expect(variableFromConnectionAllowed(definitionOf(name), variable)).toBe(allowed);
  });
});

describe("variableSettings", () => {
  it("gives the variable that carries the host the name DOMAIN as well", () => {
    expect(variableSettings(definitionOf("shopify"), "shop")).toEqual(["DOMAIN", "SHOP"]);
    expect(variableSettings(definitionOf("okta"), "domain")).toEqual(["DOMAIN"]);
    expect(variableSettings(definitionOf("cognito"), "user_pool_id")).toEqual(["USER_POOL_ID"]);
  });
});
