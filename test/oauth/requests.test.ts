import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { resolveEndpoints } from "../../src/catalog/index.ts";
import { buildAuthorizeUrl, newPkce } from "../../src/oauth/index.ts";
import {
  json,
  oauthError,
  type ProviderRequest,
  startTestProvider,
  type TestProvider,
} from "../support/provider.ts";
import { callsTo, definitionFor, failureOf, plain, redirectUri, type Rules, secret } from "./calls.ts";

let provider: TestProvider;
beforeEach(async () => {
  provider = await startTestProvider();
});
afterEach(() => provider.close());

const answer = json({ access_token: "at", token_type: "Bearer" });
const tokenRequest = (more: Partial<(typeof plain)["tokenRequest"]>): Rules => ({
  tokenRequest: { ...plain.tokenRequest, ...more },
});
const last = (): ProviderRequest => {
  const request = provider.requests.at(-1);
  if (request === undefined) throw new Error("nothing arrived");
  return request;
};

const exchanged = async (
  rules: Rules = {},
  more: Parameters<ReturnType<typeof callsTo>["exchange"]>[0] = {},
) => {
  provider.script("token", answer);
  await callsTo(provider, rules).exchange({ code: "the-code", codeVerifier: "the-verifier", ...more });
  return last();
};

const refreshed = async (
  rules: Rules = {},
  more: Parameters<ReturnType<typeof callsTo>["refresh"]>[0] = {},
) => {
  provider.script("token", answer);
  await callsTo(provider, rules).refresh({ token: "the-token", ...more });
  return last();
};

describe("exchangeCode", () => {
  it("sends what RFC 6749 section 4.1.3 and RFC 7636 section 4.5 say and no more", async () => {
    const { method, path, params, headers, client } = await exchanged();
    expect([method, path]).toEqual(["POST", "/token"]);
    expect(params).toEqual({
      grant_type: "authorization_code",
      code: "the-code",
      redirect_uri: redirectUri,
      code_verifier: "the-verifier",
    });
    expect(client).toEqual({ method: "basic", clientId: "client", clientSecret: "secret" });
    expect(Object.keys(headers).toSorted()).toEqual([
      "accept",
      "authorization",
      "connection",
      "content-length",
      "content-type",
      "host",
      "user-agent",
    ]);
    expect(headers).toMatchObject({
      accept: "application/json",
      "user-agent": "token-broker",
      connection: "close",
      "content-type": "application/x-www-form-urlencoded;charset=UTF-8",
    });
  });

  it("sends no verifier where no challenge was sent", async () => {
    provider.script("token", answer);
    await callsTo(provider).exchange();
    expect(last().params).not.toHaveProperty("code_verifier");
  });

  it("keeps a code exact that needs encoding", async () => {
    expect((await exchanged({}, { code: "4/0A+b=&%é #" })).params["code"]).toBe("4/0A+b=&%é #");
  });

  it.each(["client_secret_basic", "client_secret_post", "none"] as const)(
    "authenticates by %s",
    async (method) => {
      const { client, headers } = await exchanged(
        { clientAuthentication: { method, basicEncoding: "form" } },
        { client: { clientId: "a:b c", clientSecret: secret("s+/=%é") } },
      );
      const expected = { client_secret_basic: "basic", client_secret_post: "post", none: "none" } as const;
      expect(client).toEqual({
        method: expected[method],
        clientId: "a:b c",
        clientSecret: method === "none" ? undefined : "s+/=%é",
      });
      expect(headers.authorization === undefined).toBe(method !== "client_secret_basic");
    },
  );

  it("sends JSON where the vendor reads JSON", async () => {
    const rules = {
      ...tokenRequest({ body: "json" }),
      clientAuthentication: { method: "client_secret_post", basicEncoding: "form" },
    } as const;
    const { headers, body } = await exchanged(rules);
    expect(headers["content-type"]).toBe("application/json");
    expect(JSON.parse(body)).toEqual({
      grant_type: "authorization_code",
      code: "the-code",
      redirect_uri: redirectUri,
      code_verifier: "the-verifier",
      client_id: "client",
      client_secret: "secret",
    });
  });

  it("adds and replaces parameters and headers, and drops what the vendor refuses", async () => {
    const rules = tokenRequest({
      exchangeParams: { audience: "api", grant_type: "special" },
      refreshParams: { never: "sent" },
      headers: { "X-Version": "3", Accept: "application/vnd.example+json", "User-Agent": "named" },
      drop: ["redirect_uri"],
    });
    const { params, headers } = await exchanged(rules);
    expect(params).toEqual({
      grant_type: "special",
      code: "the-code",
      code_verifier: "the-verifier",
      audience: "api",
    });
    expect(headers).toMatchObject({
      "x-version": "3",
      accept: "application/vnd.example+json",
      "user-agent": "named",
    });
  });

  it("keeps the query of the token endpoint", async () => {
    const definition = definitionFor(provider);
    const endpoints = {
      ...resolveEndpoints(definition, {}),
      tokenUrl: `${provider.tokenUrl}?p=policy%20one`,
    };
    provider.script("token", answer);
    await callsTo({ ...provider, tokenUrl: endpoints.tokenUrl }).exchange();
    expect(last()).toMatchObject({ path: "/token", query: { p: "policy one" } });
  });
});

describe("refreshToken", () => {
  it("sends what RFC 6749 section 6 says and no more", async () => {
    const { path, params } = await refreshed();
    expect(path).toBe("/token");
    expect(params).toEqual({ grant_type: "refresh_token", refresh_token: "the-token" });
  });

  it("repeats the scopes only where the vendor wants them", async () => {
    const scopes = { ...plain.scopes, separator: "," };
    const rules = { ...tokenRequest({ scopeOnRefresh: true }), scopes };
    expect((await refreshed(rules, { scopes: ["r", "w"] })).params["scope"]).toBe("r,w");
    expect((await refreshed(rules, { scopes: [] })).params).not.toHaveProperty("scope");
    expect((await refreshed({ scopes }, { scopes: ["r", "w"] })).params).not.toHaveProperty("scope");
  });

  it("goes to the refresh endpoint with the refresh parameters", async () => {
    provider.script("other", answer);
    const rules = {
      ...tokenRequest({ refreshParams: { op: "renew" } }),
      refreshUrl: `${provider.url}/renew`,
    };
    await callsTo(provider, rules).refresh();
    expect(last()).toMatchObject({ path: "/renew", params: { op: "renew" } });
  });
});

describe("the previous client secret", () => {
  const previousClientSecret = secret("secret");
  const client = { clientId: "client", clientSecret: secret("not yet valid") };

  it.each(["exchange", "refresh", "revoke"] as const)(
    "is tried on %s when the present one is refused",
    async (call) => {
      const { refreshToken = "" } = provider.grants.open({ clientId: "client" });
      const code = provider.grants.newCode({
        clientId: "client",
        redirectUri,
        scopes: [],
        codeChallenge: undefined,
        subject: "s",
      });
      await callsTo(provider)[call]({ client, previousClientSecret, token: refreshToken, code });
      expect(provider.requests.map((request) => request.client.clientSecret)).toEqual([
        "not yet valid",
        "secret",
      ]);
      expect(provider.requests[0]?.verdict).toBe("invalid_client");
    },
  );

  it.each(["invalid_grant", "unauthorized_client", "invalid_request", "temporarily_unavailable"])(
    "is not tried on %s",
    async (error) => {
      provider.script("token", oauthError(error));
      await failureOf(callsTo(provider).refresh({ previousClientSecret }));
      expect(provider.requests).toHaveLength(1);
    },
  );

  it("is not tried on a 503 or a lost answer", async () => {
    provider.script("token", { status: 503, json: { error: "invalid_client" } }, { fault: "reset" });
    await failureOf(callsTo(provider).refresh({ previousClientSecret }));
    await failureOf(callsTo(provider).refresh({ previousClientSecret }));
    expect(provider.requests).toHaveLength(2);
  });

  it("tells the second answer when both are refused, and shares one time limit", async () => {
    const both = await failureOf(
      callsTo(provider).refresh({ client, previousClientSecret: secret("wrong too") }),
    );
    expect(both).toMatchObject({ class: "client", providerError: "invalid_client" });
    provider.script("token", { ...oauthError("invalid_client", 401), delayMs: 300 }, { fault: "hang" });
    const startedAt = performance.now();
    await failureOf(callsTo(provider).refresh({ client, previousClientSecret, timeoutMs: 500 }));
    expect(performance.now() - startedAt).toBeLessThan(750);
  });

  it("is never sent by a client that has no refusal to answer", async () => {
    const { refreshToken = "" } = provider.grants.open({ clientId: "client" });
    await callsTo(provider).refresh({ previousClientSecret: secret("old"), token: refreshToken });
    expect(provider.requests.map((request) => request.client.clientSecret)).toEqual(["secret"]);
  });
});

describe("revokeToken", () => {
  it("sends what RFC 7009 section 2.1 says", async () => {
    const { refreshToken = "" } = provider.grants.open({ clientId: "client" });
    await callsTo(provider).revoke({ token: refreshToken });
    expect(last()).toMatchObject({
      path: "/revoke",
      method: "POST",
      params: { token: refreshToken, token_type_hint: "refresh_token" },
      verdict: "revoked",
    });
    expect(provider.grants.size).toBe(0);
  });

  it.each([
    ["an unknown token", {}],
    ["201", { status: 201 }],
    ["204", { status: 204 }],
    ["a page", { body: "<p>done</p>" }],
    ["invalid_token", oauthError("invalid_token")],
    ["invalid_grant", oauthError("invalid_grant")],
  ])("is done after %s", async (_, scripted) => {
    provider.script("revoke", scripted);
    await callsTo(provider).revoke();
    expect(provider.requestsTo("revoke")).toHaveLength(1);
  });

  it("is not done where the server cannot revoke this kind of token", async () => {
    provider.script("revoke", oauthError("unsupported_token_type"));
    expect(await failureOf(callsTo(provider).revoke())).toMatchObject({
      class: "client",
      providerError: "unsupported_token_type",
    });
  });

  it("calls nobody where there is no endpoint", async () => {
    expect(await failureOf(callsTo(provider, { revokeUrl: "" }).revoke())).toMatchObject({
      class: "client",
      sent: false,
    });
    expect(provider.connectionCount).toBe(0);
  });
});

describe("a whole grant", () => {
  it("goes from consent over exchange and two refreshes to revocation", async () => {
    provider.settings.requiresPkce = true;
    const calls = callsTo(provider);
    const definition = definitionFor(provider);
    const { verifier, challenge } = newPkce();
    const callback = await provider.authorize(
      buildAuthorizeUrl({
        definition,
        endpoints: resolveEndpoints(definition, {}),
        client: { clientId: "client" },
        redirectUri,
        scopes: ["read", "write"],
        state: "s",
        codeChallenge: challenge,
      }),
    );
    const code = callback.searchParams.get("code") ?? "";
    const first = await calls.exchange({ code, codeVerifier: verifier });
    expect(first).toMatchObject({ expiresInSeconds: 3600, scopes: ["read", "write"], tokenType: "Bearer" });
    const second = await calls.refresh({ token: first.refreshToken ?? "" });
    const third = await calls.refresh({ token: second.refreshToken ?? "" });
    expect(new Set([first, second, third].map(({ accessToken }) => accessToken)).size).toBe(3);
    expect(await failureOf(calls.refresh({ token: first.refreshToken ?? "" }))).toMatchObject({
      class: "rejected",
      providerError: "invalid_grant",
    });
    await calls.revoke({ token: third.refreshToken ?? "" });
    expect(await failureOf(calls.refresh({ token: third.refreshToken ?? "" }))).toMatchObject({
      class: "rejected",
    });
    expect(await failureOf(calls.exchange({ code, codeVerifier: verifier }))).toMatchObject({
      class: "rejected",
    });
  });
});
