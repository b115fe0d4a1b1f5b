import { describe, expect, it } from "vitest";
import { CLIENT_ID, callbackUrl, sentTo, useOddities } from "./use-oddities.ts";

const broker = useOddities({
  plain: {},
  "extra-params": {
    facts: () => ({
      authorizeRequest: {
        params: { access_type: "offline", app: "{app_id}", nonce: "{random}", id: "{uuid}" },
      },
      variables: {
        app_id: { description: "App.", pattern: "^[a-z]+$", example: "app", from: ["registration"] },
      },
    }),
    registration: { values: { app_id: "myapp" } },
  },
  commas: { facts: () => ({ scopes: { default: ["read", "write"], separator: "," } }) },
  "renamed-scope": {
    facts: () => ({ scopes: { default: ["basic", "email"], separator: ",", parameter: "perms" } }),
  },
  "second-scope": {
    facts: () => ({
      scopes: { default: ["chat:write", "user:search:read", "user:files:read"], separator: "," },
      authorizeRequest: { secondScope: { parameter: "user_scope", prefix: "user:" } },
    }),
  },
  "raw-scopes": {
    facts: () => ({ scopes: { default: ["a:read", "b/write"] }, authorizeRequest: { scopeRaw: true } }),
  },
  "no-scope": { facts: () => ({ scopes: { default: [] } }) },
  "renamed-params": {
    facts: () => ({ authorizeRequest: { rename: { client_id: "client_key", redirect_uri: "redirectUri" } } }),
  },
  "replaced-params": {
    facts: () => ({
      authorizeRequest: { drop: ["redirect_uri"], params: { redirect_uri: "{ru_name}" } },
      tokenRequest: { drop: ["redirect_uri"], exchangeParams: { redirect_uri: "{ru_name}" } },
      variables: {
        ru_name: { description: "Its name.", pattern: "^[A-Za-z-]+$", example: "a", from: ["registration"] },
      },
    }),
    registration: { values: { ru_name: "Acme-broker" } },
  },
  "dropped-params": { facts: () => ({ authorizeRequest: { drop: ["response_type"] } }) },
  fragment: { facts: () => ({ authorizeRequest: { fragment: "#wechat_redirect" } }) },
  "hash-route": {
    facts: (url) => ({ authorizeUrl: url("/#/oauth/authorize"), authorizeRequest: { hashRoute: true } }),
  },
  "state-in-redirect-uri": { facts: () => ({ authorizeRequest: { stateInRedirectUri: true } }) },
  "form-post": { facts: () => ({ authorizeRequest: { responseMode: "form_post" } }) },
  "pkce-required": { facts: () => ({ pkce: "required" }) },
  "pkce-unsupported": { facts: () => ({ pkce: "unsupported" }) },
});

const queryOf = (url: URL): Record<string, string> => Object.fromEntries(url.searchParams);

const standard = (provider: string) => ({
  response_type: "code",
  client_id: CLIENT_ID,
  redirect_uri: callbackUrl(broker, provider),
  state: expect.stringMatching(/^[\w-]{43}$/),
  scope: "read",
});

describe("the authorization request", () => {
  it("is the RFC's where nothing is odd", async () => {
    const flow = await broker.connect("plain");
    expect(queryOf(flow.authorizeUrl)).toEqual(standard("plain"));
    expect(flow.outcome).toEqual({ success: "true" });
    expect((await flow.token()).accessToken).toBe("at-1");
    expect((await flow.refreshed()).accessToken).toBe("at-2");
  });

  it("has extra parameters, with the deployment's values and new random ones (13, 14)", async () => {
    const [one, two] = [await broker.connect("extra-params"), await broker.connect("extra-params")];
    expect(queryOf(one.authorizeUrl)).toEqual({
      ...standard("extra-params"),
      access_type: "offline",
      app: "myapp",
      nonce: expect.stringMatching(/^[0-9a-f]{32}$/),
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
    });
    for (const name of ["nonce", "id"])
      expect(queryOf(two.authorizeUrl)[name]).not.toBe(queryOf(one.authorizeUrl)[name]);
    expect((await two.token()).accessToken).toMatch(/^at-/);
  });

  it("separates scopes by commas (17)", async () => {
    const flow = await broker.connect("commas");
    expect(queryOf(flow.authorizeUrl)["scope"]).toBe("read,write");
    expect((await flow.token()).scopes).toEqual(["read", "write"]);
  });

  it("calls the scope parameter what the vendor calls it (18)", async () => {
    const { authorizeUrl } = await broker.connect("renamed-scope");
    expect(queryOf(authorizeUrl)).toMatchObject({ perms: "basic,email" });
    expect(queryOf(authorizeUrl)).not.toHaveProperty("scope");
  });

  it("puts scopes of a second kind into their own parameter (18)", async () => {
    const { authorizeUrl } = await broker.connect("second-scope");
    expect(queryOf(authorizeUrl)).toMatchObject({
      scope: "chat:write",
      user_scope: "search:read,files:read",
    });
    const asked = await broker.connect("second-scope", { scopes: ["user:search:read"] });
    expect(queryOf(asked.authorizeUrl)).not.toHaveProperty("scope");
    expect(queryOf(asked.authorizeUrl)).toMatchObject({ user_scope: "search:read" });
  });

  it("leaves plus signs and colons as they are for a vendor that decodes nothing (18)", async () => {
    const { authorizeUrl } = await broker.connect("raw-scopes");
    expect(authorizeUrl.search).toMatch(/&scope=a:read\+b\/write$/);
  });

  it("leaves out an empty scope (12)", async () => {
    const { authorizeUrl } = await broker.connect("no-scope");
    expect(queryOf(authorizeUrl)).not.toHaveProperty("scope");
  });

  it("renames parameters (11)", async () => {
    const { authorizeUrl } = await broker.connect("renamed-params");
    const { client_id, redirect_uri, ...rest } = standard("renamed-params");
    expect(queryOf(authorizeUrl)).toEqual({ ...rest, client_key: client_id, redirectUri: redirect_uri });
  });

  it("drops what the vendor refuses (12)", async () => {
    const { authorizeUrl } = await broker.connect("dropped-params");
    expect(queryOf(authorizeUrl)).not.toHaveProperty("response_type");
  });

  it("has the entry's own value in the place of what the flow says, in both requests (12, 14)", async () => {
    const flow = await broker.connect("replaced-params");
    expect(queryOf(flow.authorizeUrl)).toEqual({ ...standard("plain"), redirect_uri: "Acme-broker" });
    expect(flow.outcome).toEqual({ success: "true" });
    expect(sentTo(flow, "/token").params).toMatchObject({ redirect_uri: "Acme-broker" });
  });

  it("ends in the vendor's fragment (23)", async () => {
    const { authorizeUrl } = await broker.connect("fragment");
    expect(authorizeUrl.hash).toBe("#wechat_redirect");
    expect(queryOf(authorizeUrl)).toEqual(standard("fragment"));
  });

  it("stands behind the hash of a page that is a hash route (23)", async () => {
    const { authorizeUrl, outcome } = await broker.connect("hash-route");
    expect(authorizeUrl.search).toBe("");
    const [route, query] = authorizeUrl.hash.split("?");
    expect(route).toBe("#/oauth/authorize");
    expect(Object.fromEntries(new URLSearchParams(query))).toEqual(standard("hash-route"));
    expect(outcome).toEqual({ success: "true" });
  });

  it("carries the state in the redirect URI of a vendor that loses it, in both requests (23)", async () => {
    const flow = await broker.connect("state-in-redirect-uri");
    const { redirect_uri = "", ...rest } = queryOf(flow.authorizeUrl);
    expect(rest).not.toHaveProperty("state");
    expect(redirect_uri).toMatch(/\/connect\/callback\/state-in-redirect-uri\?state=[\w-]{43}$/);
    expect(flow.outcome).toEqual({ success: "true" });
    expect(sentTo(flow, "/token").params["redirect_uri"]).toBe(redirect_uri);
  });

  it("asks for a form post and takes it (23)", async () => {
    const flow = await broker.connect("form-post", { formPost: true });
    expect(queryOf(flow.authorizeUrl)["response_mode"]).toBe("form_post");
    expect(flow.outcome).toEqual({ success: "true" });
    expect((await flow.token()).accessToken).toBe("at-1");
  });

  it("has PKCE where the vendor requires it, and none where it is said to break on it (19, 20)", async () => {
    const required = await broker.connect("pkce-required");
    expect(queryOf(required.authorizeUrl)).toMatchObject({
      code_challenge: expect.stringMatching(/^[\w-]{43}$/),
      code_challenge_method: "S256",
    });
    expect(sentTo(required, "/token").params["code_verifier"]).toMatch(/^[\w-]{43}$/);
    const unsupported = await broker.connect("pkce-unsupported");
    expect(queryOf(unsupported.authorizeUrl)).not.toHaveProperty("code_challenge");
    expect(sentTo(unsupported, "/token").params).not.toHaveProperty("code_verifier");
  });
});
