import { describe, expect, it } from "vitest";
import { completeDefinition } from "./definition.ts";
import { plainDefinition } from "./plain-definition.ts";
import { findTemplate, templateNames } from "./templates.ts";

describe("completeDefinition", () => {
  it.each(templateNames())("leaves no default of %s to the reader", (name) => {
    const definition = completeDefinition(findTemplate(name)!);
    expect(definition.clientAuthentication.basicEncoding).toMatch(/^(form|raw)$/);
    expect(definition.scopes.separator.length).toBe(1);
    expect(definition.tokenAnswer.paths).toEqual({
      accessToken: expect.any(String),
      refreshToken: expect.any(String),
      expiresIn: expect.any(String),
      scope: expect.any(String),
      tokenType: expect.any(String),
    });
    expect(definition.usage.headerName).not.toBe("");
    expect(definition.refreshUrl === "").toBe(definition.tokenUrl === "");
  });

  it.each([
    ["required", true],
    ["s256", true],
    ["unknown", true],
    ["tolerated", true],
    ["none", false],
    ["unsupported", false],
  ] as const)("pkce %s sends a challenge: %s", (pkce, sent) => {
    expect(completeDefinition({ ...findTemplate("box")!, pkce }).pkce).toBe(sent);
  });

  it("reads an error's code from its own field, unless the facts say where", () => {
    expect(completeDefinition(findTemplate("slack")!).tokenAnswer.errorIn200).toEqual({
      field: "ok",
      success: ["true"],
      code: "error",
    });
    expect(completeDefinition(findTemplate("github")!).tokenAnswer.errorIn200?.code).toBe("error");
    expect(completeDefinition(findTemplate("box")!).tokenAnswer.errorIn200).toBeUndefined();
  });
});

describe("plainDefinition", () => {
  it("is RFC 6749 with PKCE and HTTP Basic", () => {
    const definition = plainDefinition({
      name: "acme",
      authorizeUrl: "https://acme.com/oauth/authorize",
      tokenUrl: "https://acme.com/oauth/token",
      scopes: ["read", "write"],
    });
    expect(definition).toMatchObject({
      name: "acme",
      confidence: "operator",
      pkce: true,
      clientAuthentication: { method: "client_secret_basic", basicEncoding: "form" },
      scopes: { default: ["read", "write"], separator: " ", parameter: "scope", listed: true },
      tokenRequest: { body: "form" },
      refresh: { issued: "always", rotates: undefined, graceSeconds: undefined },
      usage: { headerName: "Authorization", headerPrefix: "Bearer " },
    });
  });
});
