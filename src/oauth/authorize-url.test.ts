import { describe, expect, it } from "vitest";
import { plainDefinition, type ProviderDefinition } from "../catalog/index.ts";
import { type AuthorizationRequest, buildAuthorizeUrl } from "./authorize-url.ts";

const plain = plainDefinition({
  name: "p",
  authorizeUrl: "https://idp.example/authorize",
  tokenUrl: "https://idp.example/t",
});

const build = (changes: Partial<AuthorizationRequest> = {}): URL =>
  new URL(
    buildAuthorizeUrl({
      definition: plain,
      endpoints: { authorizeUrl: "https://idp.example/authorize" },
      client: { clientId: "id" },
      redirectUri: "https://broker.example/connect/callback/p",
      scopes: ["read", "write"],
      state: "the-state",
      codeChallenge: "the-challenge",
      ...changes,
    }),
  );

const params = (changes: Partial<AuthorizationRequest> = {}) =>
  Object.fromEntries(build(changes).searchParams);

const define = (changes: Partial<ProviderDefinition>): ProviderDefinition => ({ ...plain, ...changes });

describe("buildAuthorizeUrl", () => {
  it("asks for a code with PKCE S256 (RFC 6749 section 4.1.1, RFC 7636 section 4.3)", () => {
    expect(params()).toEqual({
      response_type: "code",
      client_id: "id",
      redirect_uri: "https://broker.example/connect/callback/p",
      scope: "read write",
      state: "the-state",
      code_challenge: "the-challenge",
      code_challenge_method: "S256",
    });
  });

  it("leaves PKCE out for a vendor that breaks on it", () => {
    expect(Object.keys(params({ codeChallenge: undefined }))).not.toContain("code_challenge_method");
  });

  it("keeps the endpoint's own query and fragment, and sets its own parameters once", () => {
    const url = build({
      endpoints: {
        authorizeUrl: "https://idp.example/authorize?p=b2c%20policy&client_id=other&state=old#redirect",
      },
    });
    expect(url.searchParams.get("p")).toBe("b2c policy");
    expect(url.searchParams.getAll("client_id")).toEqual(["id"]);
    expect(url.searchParams.getAll("state")).toEqual(["the-state"]);
    expect(url.hash).toBe("#redirect");
  });

  it("writes a space as %20 and a plus as %2B", () => {
    const { search } = build({
      scopes: ["a+b", "c"],
      endpoints: { authorizeUrl: "https://idp.example/?x=1+2" },
    });
    expect(search).toContain("scope=a%2Bb%20c");
    expect(search).toContain("x=1%202");
  });

  it("sends scopes under the vendor's parameter and separator", () => {
    const definition = define({ scopes: { ...plain.scopes, parameter: "user_scope", separator: "," } });
    expect(params({ definition })).toMatchObject({ user_scope: "read,write" });
    expect(params({ definition })).not.toHaveProperty("scope");
  });

  it.each([
    [true, undefined],
    [false, ""],
  ])("without scopes and omitWhenEmpty=%j sends %j", (omitWhenEmpty, expected) => {
    const definition = define({ scopes: { ...plain.scopes, omitWhenEmpty } });
    expect(params({ definition, scopes: [] })["scope"]).toBe(expected);
  });

  it("replaces what the flow says where the catalog drops it and says it otherwise", () => {
    const definition = define({
      authorizeRequest: {
        ...plain.authorizeRequest,
        drop: ["response_type"],
        params: { response_type: "auth_code", state: "never" },
      },
    });
    expect(params({ definition })).toMatchObject({ response_type: "auth_code", state: "the-state" });
  });

  it("adds the catalog's parameters, lets the caller change them, and drops what the vendor refuses", () => {
    const definition = define({
      authorizeRequest: {
        ...plain.authorizeRequest,
        params: { access_type: "offline", prompt: "consent", state: "fixed" },
        drop: ["response_type"],
        responseMode: "form_post",
      },
    });
    expect(params({ definition, extraParams: { prompt: "login" } })).toMatchObject({
      access_type: "offline",
      prompt: "login",
      state: "the-state",
      response_mode: "form_post",
    });
    expect(params({ definition })).not.toHaveProperty("response_type");
  });

  it("sends a login hint only when there is one", () => {
    expect(params({ loginHint: "me@example.com" })).toMatchObject({ login_hint: "me@example.com" });
    expect(params({ loginHint: "" })).not.toHaveProperty("login_hint");
  });

  it("refuses an extra parameter that the flow sets", () => {
    expect(() => build({ extraParams: { redirect_uri: "https://evil.example" } })).toThrow(
      "extra_params.redirect_uri",
    );
  });
});
