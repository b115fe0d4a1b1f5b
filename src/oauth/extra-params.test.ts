import { describe, expect, it } from "vitest";
import { plainDefinition } from "../catalog/index.ts";
import { BrokerError } from "../errors.ts";
import { assertExtraParamsAllowed } from "./extra-params.ts";

const plain = plainDefinition({
  name: "p",
  authorizeUrl: "https://idp.example/a",
  tokenUrl: "https://idp.example/t",
});

const fieldOf = (params: Record<string, string>, definition = plain): string => {
  try {
    assertExtraParamsAllowed(definition, params);
    return "allowed";
  } catch (error) {
    if (error instanceof BrokerError && error.code === "INVALID_REQUEST")
      return error.fieldViolations[0]?.field ?? "";
    throw error;
  }
};

describe("assertExtraParamsAllowed", () => {
  it.each(["prompt", "access_type", "login_hint", "audience", "hd", "a.b", "x-y", "ui_locales"])(
    "allows %s",
    (name) => {
      expect(fieldOf({ [name]: "value" })).toBe("allowed");
    },
  );

  it.each([
    "client_id",
    "client_secret",
    "redirect_uri",
    "response_type",
    "response_mode",
    "state",
    "scope",
    "nonce",
    "code_challenge",
    "code_challenge_method",
    "request",
    "request_uri",
    "resource",
    "client_assertion",
    "client_assertion_type",
    "REDIRECT_URI",
    "Scope",
    "redirect.uri",
    "redirect-uri",
    "code_challenge_x",
  ])("refuses %s by its name", (name) => {
    expect(fieldOf({ prompt: "login", [name]: "value" })).toBe(`extra_params.${name}`);
  });

  it("refuses the provider's own name for the scope", () => {
    const renamed = { ...plain, scopes: { ...plain.scopes, parameter: "user_scope" } };
    expect(fieldOf({ user_scope: "x" }, renamed)).toBe("extra_params.user_scope");
    expect(fieldOf({ scope: "x" }, renamed)).toBe("extra_params.scope");
    expect(fieldOf({ user_scope: "x" })).toBe("allowed");
  });

  it.each([
    "",
    "state[]",
    "redirect_uri[0]",
    " state",
    "redirect uri",
    "state\u0000",
    "a&state",
    "1a",
    "é",
    "a".repeat(65),
  ])("refuses the name %j", (name) => {
    expect(fieldOf({ [name]: "value" })).toBe("extra_params");
  });

  it.each(["line\nbreak", "nul\u0000", "\u0085", "\ud800", "x".repeat(2049)])(
    "refuses the value %j",
    (value) => {
      expect(fieldOf({ prompt: value })).toBe("extra_params.prompt");
    },
  );

  it("allows sixteen and refuses seventeen", () => {
    const many = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, index) => [`p${index}`, "v"]));
    expect([fieldOf(many(16)), fieldOf(many(17))]).toEqual(["allowed", "extra_params"]);
  });
});
