import { describe, expect, it } from "vitest";
import { canary } from "../../../test/support/canaries.ts";
import { BrokerError } from "../../errors.ts";
import { Secret } from "../secret.ts";
import { type DefinedBy, defineRegistration } from "./define-registration.ts";
import type { RegistrationInput } from "./registration-input.ts";

const CODE: DefinedBy = { source: "code", namespace: "", id: "code:acme" };
const RPC: DefinedBy = { source: "rpc", namespace: "team-a", id: "rpc:1" };

const ACME: RegistrationInput = {
  name: "acme",
  clientId: "id",
  clientSecret: "secret",
  authorizeUrl: "https://acme.example/authorize",
  tokenUrl: "https://acme.example/token",
};

const refusal = (input: RegistrationInput, by: DefinedBy): BrokerError => {
  try {
    defineRegistration(input, by);
  } catch (error) {
    if (error instanceof BrokerError) return error;
    throw error;
  }
  throw new Error("the registration was accepted");
};

const refusedFields = (input: RegistrationInput, by: DefinedBy): string[] =>
  refusal(input, by).fieldViolations.map(({ field }) => field);

describe("defineRegistration", () => {
  it("makes a plain provider from a name, credentials and two URLs", () => {
    const registration = defineRegistration({ ...ACME, defaultScopes: ["read"] }, CODE);
    expect(registration).toMatchObject({
      name: "acme",
      namespace: "",
      source: "code",
      id: "code:acme",
      template: "",
      clientId: "id",
      values: {},
      definition: { pkce: true, scopes: { default: ["read"] }, confidence: "operator" },
    });
    expect(registration.clientSecret?.reveal()).toBe("secret");
  });

  it("keeps a secret that follows its file", () => {
    const secret = new Secret("followed");
    expect(defineRegistration({ ...ACME, clientSecret: secret }, CODE).clientSecret).toBe(secret);
  });

  it("takes empty texts for not given, as RPC messages have them", () => {
    const registration = defineRegistration(
      {
        ...ACME,
        template: "",
        revokeUrl: "",
        userinfoUrl: "",
        issuer: "",
        tokenEndpointAuthMethod: "",
        values: {},
      },
      RPC,
    );
    expect(registration).toMatchObject({ namespace: "team-a", source: "rpc", id: "rpc:1", template: "" });
    expect(registration.definition.clientAuthentication.method).toBe("client_secret_basic");
  });

  it("takes the template's for whatever is empty, as a message without it says", () => {
    const credentials = { name: "github", template: "github", clientId: "id", clientSecret: "s" };
    const empty = {
      authorizeUrl: "",
      tokenUrl: "",
      revokeUrl: "",
      userinfoUrl: "",
      issuer: "",
      defaultScopes: [],
      scopeSeparator: "",
      tokenEndpointAuthMethod: "",
      values: {},
      extraAuthorizeParams: {},
      extraTokenParams: {},
    };
    expect(defineRegistration({ ...credentials, ...empty }, RPC).definition).toEqual(
      defineRegistration(credentials, RPC).definition,
    );
  });

  it("adds credentials and variables to a template", () => {
    const input = {
      name: "support",
      template: "zendesk",
      clientId: "id",
      clientSecret: "s",
      values: { subdomain: "Acme.zendesk.com" },
    };
    const { definition, values, template } = defineRegistration(input, RPC);
    expect(template).toBe("zendesk");
    expect(definition.name).toBe("support");
    expect(values).toEqual({ subdomain: "acme" });
  });

  it("names every wrong field at once, by the names of its side", () => {
    const wrong: RegistrationInput = {
      name: "Acme",
      clientId: "",
      authorizeUrl: "http://acme.example/authorize",
      tokenUrl: "",
      tokenEndpointAuthMethod: "magic",
      extraTokenParams: { grant_type: "password" },
      values: { tenant: "x" },
    };
    expect(refusedFields(wrong, CODE).toSorted()).toEqual([
      "authorizeUrl",
      "clientId",
      "clientSecret",
      "extraTokenParams.grant_type",
      "name",
      "tokenEndpointAuthMethod",
      "tokenUrl",
      "values.tenant",
    ]);
    expect(refusedFields(wrong, RPC).toSorted()).toEqual([
      "authorize_url",
      "client_id",
      "client_secret",
      "extra_token_params.grant_type",
      "name",
      "provider_config.tenant",
      "token_endpoint_auth_method",
      "token_url",
    ]);
    expect(refusal(wrong, RPC).code).toBe("INVALID_REQUEST");
  });

  it.each([
    "http://acme.example/token",
    "https://user@acme.example/token",
    "https://acme.example/token#x",
    "https://203.0.113.7/token",
    "https://[2001:db8::1]/token",
    "https://0x7f.1/token",
    "https://2130706433/token",
    "https:///acme.example/token",
    "https:acme.example/token",
    "https://localhost/token",
    "https://localhost./token",
    "https://sub.localhost/token",
    "http://localhost:4000/token",
    "https://{tenant}.acme.example/token",
    "javascript:alert(1)",
    "token",
  ])("refuses %s by RPC", (tokenUrl) => {
    expect(refusedFields({ ...ACME, tokenUrl }, RPC)).toEqual(["token_url"]);
  });

  it("lets code name addresses, and nobody this machine without the switch", () => {
    const onAddress = { ...ACME, tokenUrl: "https://203.0.113.7/token" };
    const onThisMachine = { ...ACME, tokenUrl: "http://127.0.0.1:4000/token" };
    expect(defineRegistration(onAddress, CODE).definition.tokenUrl).toBe(onAddress.tokenUrl);
    expect(refusedFields(onThisMachine, CODE)).toEqual(["tokenUrl"]);
    for (const by of [CODE, RPC]) {
      const allowed = { ...by, insecureLoopback: ["127.0.0.1:4000"] };
      expect(defineRegistration(onThisMachine, allowed).definition.tokenUrl).toBe(onThisMachine.tokenUrl);
      expect(refusal(onThisMachine, { ...by, insecureLoopback: ["127.0.0.1:4001"] }).code).toBe(
        "INVALID_REQUEST",
      );
    }
  });

  it.each(["__proto__", "Constructor", "mcp", "login", ""])("refuses the name %j", (name) => {
    expect(refusedFields({ ...ACME, name }, RPC)).toEqual(["name"]);
  });

  it.each(["__proto__", "constructor", "no-such-entry"])("refuses the template %j", (template) => {
    expect(refusedFields({ ...ACME, template }, RPC)).toEqual(["template"]);
  });

  it("asks for the variables that no connection may give", () => {
    const okta = { name: "okta", template: "okta", clientId: "id", clientSecret: "s" };
    expect(refusedFields(okta, RPC)).toEqual(["provider_config.domain"]);
  });

  it("repeats no value", () => {
    const secret = canary("client_secret");
    const input: RegistrationInput = {
      ...ACME,
      clientId: `${canary("client_id")}\n`,
      clientSecret: `${secret}\u0000`,
      authorizeUrl: `http://${canary("url")}/`,
      issuer: `https://acme.example/?${canary("url")}`,
      defaultScopes: [`"${canary("scope")}"`],
      scopeSeparator: canary("scope"),
      values: { tenant: canary("tenant") },
      extraAuthorizeParams: { state: canary("param") },
      tokenEndpointAuthMethod: canary("method"),
    };
    for (const by of [CODE, RPC]) {
      const error = refusal(input, by);
      expect(JSON.stringify([error.message, error.fieldViolations, error.metadata])).not.toContain("CANARY");
    }
  });
});
