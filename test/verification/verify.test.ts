import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { startAuthorizationServer } from "../support/oidc.ts";
import {
  json,
  oauthError,
  redirectTo,
  type ScriptedAnswer,
  startTestProvider,
  type TestProvider,
} from "../support/provider.ts";
import { CALLBACK, checkOf, outcomes, reportOf, secretCanary, verificationOf } from "./verify-fixture.ts";

const urlsOf = ({ authorizeUrl, tokenUrl }: Pick<TestProvider, "authorizeUrl" | "tokenUrl">) => ({
  authorizeUrl,
  tokenUrl,
});

const LOGIN_PAGE: ScriptedAnswer = {
  headers: { "content-type": "text/html" },
  body: `<title>Sign in</title><form action="/login?redirect_uri=x"><input name="redirect_uri" value="x"></form>`,
};
/** A server that publishes nothing and asks for a login. */
const quiet = (provider: TestProvider): void => {
  provider.always("other", { status: 404 });
  provider.always("authorize", LOGIN_PAGE);
};

describe("verify, against a real server of OpenID Connect", () => {
  const input = (server: Awaited<ReturnType<typeof startAuthorizationServer>>) => ({
    authorizeUrl: server.authorizeUrl,
    tokenUrl: server.tokenUrl,
    revokeUrl: server.revokeUrl,
    userinfoUrl: server.userinfoUrl,
    issuer: server.issuer,
    clientId: server.clientId,
    clientSecret: server.clientSecret,
    defaultScopes: ["openid", "offline_access"],
  });

  it("passes everything without a person, redirect URI included, and leaves no grant behind", async () => {
    await using server = await startAuthorizationServer({ redirectUris: [CALLBACK] });
    const report = await reportOf({ input: input(server) });
    expect(outcomes(report)).toEqual({
      authorization_endpoint: "passed",
      token_endpoint: "passed",
      userinfo_endpoint: "passed",
      revocation_endpoint: "passed",
      metadata: "passed",
      client: "passed",
      redirect_uri: "passed",
      authorization_request: "passed",
    });
    expect(report).toMatchObject({ ok: true, name: "acme", callbackUrl: CALLBACK });
    expect(server.tokenAnswers).toEqual([{ grantType: "authorization_code", outcome: "invalid_grant" }]);
  });

  it("finds a redirect URI that is not registered", async () => {
    await using server = await startAuthorizationServer({
      redirectUris: ["https://broker.example/elsewhere"],
    });
    const report = await reportOf({ input: input(server) });
    expect(report.ok).toBe(false);
    expect(checkOf(report, "redirect_uri")).toMatchObject({
      status: "failed",
      reason: "redirect_uri_refused",
      url: CALLBACK,
      cure: expect.stringContaining(`exactly ${CALLBACK}`) as string,
    });
  });

  it("looks at the redirect URI of logins as well, where they are offered", async () => {
    const loginUrl = CALLBACK.replace("/connect/", "/connect/login/");
    await using server = await startAuthorizationServer({ redirectUris: [CALLBACK] });
    const without = await reportOf({ input: { ...input(server), loginEnabled: true } });
    expect(without).toMatchObject({ ok: false, callbackUrl: CALLBACK, loginCallbackUrl: loginUrl });
    expect(outcomes(without)).toMatchObject({
      redirect_uri: "passed",
      login_redirect_uri: "failed: redirect_uri_refused",
    });
    expect(checkOf(without, "login_redirect_uri")).toMatchObject({ url: loginUrl });
    await using both = await startAuthorizationServer({ redirectUris: [CALLBACK, loginUrl] });
    const report = await reportOf({ input: { ...input(both), loginEnabled: true } });
    expect(outcomes(report)).toMatchObject({ redirect_uri: "passed", login_redirect_uri: "passed" });
  });

  it("finds a wrong secret, without quoting it", async () => {
    await using server = await startAuthorizationServer({ redirectUris: [CALLBACK] });
    const clientSecret = secretCanary();
    const report = await reportOf({ input: { ...input(server), clientSecret } });
    expect(outcomes(report)).toMatchObject({ client: "failed: invalid_client", token_endpoint: "passed" });
    expect(JSON.stringify(report)).not.toContain(clientSecret);
  });

  it("finds an unknown client id", async () => {
    await using server = await startAuthorizationServer({ redirectUris: [CALLBACK] });
    expect(outcomes(await reportOf({ input: { ...input(server), clientId: "nobody" } }))).toMatchObject({
      client: "failed: invalid_client",
      authorization_request: "failed: client_unknown",
      redirect_uri: "not_checked: needs_login",
    });
  });

  it("finds scopes that the client may not ask for", async () => {
    await using server = await startAuthorizationServer({
      redirectUris: [CALLBACK],
      client: { scope: "openid" },
    });
    const report = await reportOf({
      input: { ...input(server), defaultScopes: ["openid", "calendar.read"] },
    });
    expect(outcomes(report)).toMatchObject({
      redirect_uri: "passed",
      authorization_request: "failed: invalid_scope",
    });
  });

  it("finds an issuer and endpoints that are not the server's own", async () => {
    await using server = await startAuthorizationServer({
      redirectUris: [CALLBACK],
      issuerHost: "localhost",
    });
    const issuer = server.issuer.replace("localhost", "127.0.0.1");
    const report = await reportOf({ input: { ...input(server), issuer } });
    const found = checkOf(report, "metadata");
    expect(found).toMatchObject({ status: "failed", reason: "issuer_mismatch" });
    expect(found.meaning).toContain(server.issuer);
  });
});

describe("verify, of a token endpoint", () => {
  it.each<[string, ScriptedAnswer, string, string]>([
    [
      "nothing at this path",
      { status: 404, body: "Not Found" },
      "failed: not_found",
      "not_checked: unclear_answer",
    ],
    ["another method", { status: 405 }, "failed: not_found", "not_checked: unclear_answer"],
    [
      "a redirect",
      redirectTo("https://elsewhere.example/"),
      "failed: redirects",
      "not_checked: unclear_answer",
    ],
    ["a page", { status: 403, body: "<html>" }, "warning: unexpected_answer", "not_checked: unclear_answer"],
    ["trouble", { status: 503 }, "warning: unavailable", "not_checked: unclear_answer"],
    ["a rate limit", oauthError("slow_down", 429), "warning: unavailable", "not_checked: unclear_answer"],
    ["a reset", { fault: "reset" }, "failed: no_answer", "not_checked: unclear_answer"],
    ["bad credentials", { status: 401 }, "passed", "failed: invalid_client"],
    ["a bad code", oauthError("invalid_grant"), "passed", "passed"],
    ["the wrong grant", oauthError("unauthorized_client"), "passed", "failed: unauthorized_client"],
    ["words of its own", json({ error: "bad_code_of_ours" }), "passed", "not_checked: unclear_answer"],
  ])("tells %s", async (_, answer, endpoint, client) => {
    await using provider = await startTestProvider();
    quiet(provider);
    provider.always("token", answer);
    const report = await reportOf({ input: urlsOf(provider) });
    expect(outcomes(report)).toMatchObject({ token_endpoint: endpoint, client });
    expect(report.ok).toBe(!`${endpoint} ${client}`.includes("failed"));
  });

  it("tells a secret that is known from one that was", async () => {
    await using provider = await startTestProvider();
    quiet(provider);
    const input = { ...urlsOf(provider), clientSecret: secretCanary(), previousClientSecret: "secret" };
    expect(outcomes(await reportOf({ input }))).toMatchObject({ client: "warning: previous_secret_only" });
  });

  it("gives up in time", { timeout: 15_000 }, async () => {
    await using provider = await startTestProvider();
    quiet(provider);
    provider.always("token", { fault: "hang" });
    const report = await reportOf({ input: urlsOf(provider), egress: { timeoutMs: 300 } });
    expect(outcomes(report)).toMatchObject({
      token_endpoint: "failed: timeout",
      authorization_endpoint: "passed",
    });
  });
});

describe("verify, of servers that hang", () => {
  it("is ready in time, and says so of each", { timeout: 15_000 }, async () => {
    await using provider = await startTestProvider();
    for (const endpoint of ["authorize", "token", "userinfo", "revoke", "other"] as const)
      provider.always(endpoint, { fault: "hang" });
    const begunMs = performance.now();
    const { userinfoUrl, revokeUrl } = provider;
    const report = await reportOf({
      input: { ...urlsOf(provider), userinfoUrl, revokeUrl },
      reportMs: 1000,
    });
    expect(performance.now() - begunMs).toBeLessThan(2500);
    expect(outcomes(report)).toEqual({
      authorization_endpoint: "failed: timeout",
      token_endpoint: "failed: timeout",
      userinfo_endpoint: "failed: timeout",
      revocation_endpoint: "failed: timeout",
      metadata: "not_checked: not_published",
      client: "not_checked: unclear_answer",
      redirect_uri: "not_checked: needs_login",
    });
  });
});

describe("verify, of a host", () => {
  const everywhere = (reason: string) => ({
    authorization_endpoint: `failed: ${reason}`,
    token_endpoint: `failed: ${reason}`,
    client: "not_checked: unclear_answer",
    redirect_uri: "not_checked: needs_login",
    metadata: "not_checked: not_published",
  });
  const https = {
    authorizeUrl: "https://vendor.example/authorize",
    tokenUrl: "https://vendor.example/token",
  };

  it("that nobody knows", async () => {
    const notFound = () => Promise.reject(Object.assign(new Error("no such host"), { code: "ENOTFOUND" }));
    const report = await reportOf({ input: https, egress: { resolve: notFound } });
    expect(report.ok).toBe(false);
    expect(outcomes(report)).toEqual(everywhere("unknown_host"));
  });

  it("where nobody listens", async () => {
    const provider = await startTestProvider();
    await provider.close();
    expect(outcomes(await reportOf({ input: urlsOf(provider) }))).toEqual(everywhere("connection_refused"));
  });

  it.each(["10.0.0.7", "169.254.169.254", "127.0.0.1"])(
    "that lies at %s, which somebody else than the operator named: nothing is connected",
    async (address) => {
      const resolve = () => Promise.resolve([{ address, family: 4 }]);
      const report = await reportOf({ input: https, source: "rpc", egress: { resolve } });
      expect(report.ok).toBe(false);
      expect(outcomes(report)).toMatchObject({
        token_endpoint: "failed: address_not_allowed",
        authorization_endpoint: "warning: address_not_allowed",
      });
      const { meaning } = checkOf(report, "token_endpoint");
      expect(meaning).toContain("vendor.example");
      expect(meaning).toContain("BROKER_EGRESS_ALLOW");
      expect(JSON.stringify(report)).not.toContain(address);
    },
  );

  const path = (name: string): string => fileURLToPath(new URL(`../oauth/tls/${name}`, import.meta.url));
  const certificate = (name: string) => ({
    key: readFileSync(path(`${name}.key.pem`), "utf8"),
    cert: readFileSync(path(`${name}.pem`), "utf8"),
  });

  it.each([
    ["wrong-name", "ca.pem", "tls_wrong_name"],
    ["expired", "ca.pem", "tls_expired"],
    ["self-signed", "ca.pem", "tls_untrusted"],
    ["good", undefined, "tls_untrusted"],
  ])("whose certificate is %s (trusting %s)", async (name, authority, reason) => {
    await using provider = await startTestProvider({ tls: certificate(name) });
    const caFile = authority && path(authority);
    const report = await reportOf({ input: urlsOf(provider), egress: { caFile } });
    expect(outcomes(report)).toEqual(everywhere(reason));
    expect(provider.requests).toEqual([]);
  });

  it("that proves its name", async () => {
    await using provider = await startTestProvider({ tls: certificate("good") });
    quiet(provider);
    const report = await reportOf({ input: urlsOf(provider), egress: { caFile: path("ca.pem") } });
    expect(outcomes(report)).toMatchObject({ token_endpoint: "passed", authorization_endpoint: "passed" });
  });

  it("that speaks plain http where TLS is meant", async () => {
    await using provider = await startTestProvider();
    const tokenUrl = provider.tokenUrl.replace("http:", "https:");
    const report = await reportOf({ input: { ...urlsOf(provider), tokenUrl } });
    expect(outcomes(report)).toMatchObject({ token_endpoint: "failed: tls_failed" });
  });
});

describe("verify, of the metadata", () => {
  const metadata = (provider: TestProvider, changes: object = {}): ScriptedAnswer =>
    json({
      issuer: provider.url,
      authorization_endpoint: provider.authorizeUrl,
      token_endpoint: provider.tokenUrl,
      ...changes,
    });
  const metadataOf = async (provider: TestProvider, changes: object, configured: object = {}) => {
    provider.always("other", metadata(provider, changes));
    provider.always("authorize", LOGIN_PAGE);
    const report = await reportOf({ input: { ...urlsOf(provider), issuer: provider.url, ...configured } });
    return checkOf(report, "metadata");
  };

  it.each<[string, object, string]>([
    ["what agrees", {}, "passed: ok"],
    ["another issuer", { issuer: "https://other.example" }, "failed: issuer_mismatch"],
    [
      "another host's endpoint",
      { token_endpoint: "https://other.example/token" },
      "failed: endpoint_mismatch",
    ],
    [
      "a method it does not list",
      { token_endpoint_auth_methods_supported: ["private_key_jwt"] },
      "warning: method_not_listed",
    ],
    ["PKCE it does not list", { code_challenge_methods_supported: ["plain"] }, "warning: pkce_not_listed"],
    ["a page instead", { issuer: 7 }, "warning: not_published"],
    ["an issuer with a newline", { issuer: "https://a.example\nx" }, "warning: not_published"],
  ])("tells %s", async (_, changes, outcome) => {
    await using provider = await startTestProvider();
    const { status, reason } = await metadataOf(provider, changes);
    expect(`${status}: ${reason}`).toBe(outcome);
  });

  it("tells another path on the same host, which may be an alias", async () => {
    await using provider = await startTestProvider();
    const found = await metadataOf(provider, { token_endpoint: `${provider.url}/token/v2` });
    expect(found).toMatchObject({ status: "warning", reason: "endpoint_mismatch" });
    expect(found.meaning).toContain(`${provider.url}/token/v2`);
  });

  it("takes a placeholder in the published issuer for what it is", async () => {
    await using provider = await startTestProvider();
    const issuer = `${provider.url}/tenant-1/v2.0`;
    const published = { issuer: `${provider.url}/{tenantid}/v2.0` };
    expect(await metadataOf(provider, published, { issuer })).toMatchObject({ status: "passed" });
  });

  it("proves nothing where no issuer is known and the host serves another server", async () => {
    await using provider = await startTestProvider();
    const other = { authorization_endpoint: `${provider.url}/a`, token_endpoint: `${provider.url}/t` };
    const found = await metadataOf(provider, other, { issuer: undefined });
    expect(found).toMatchObject({ status: "not_checked", reason: "other_server" });
    expect(await metadataOf(provider, {}, { issuer: undefined })).toMatchObject({ status: "passed" });
  });

  it("follows a redirect of the metadata, judged anew, and not for ever", async () => {
    await using provider = await startTestProvider();
    provider.always("authorize", LOGIN_PAGE);
    const input = { ...urlsOf(provider), issuer: provider.url };
    provider.script("other", redirectTo("/moved"), { status: 404 }, metadata(provider));
    expect(checkOf(await reportOf({ input }), "metadata").status).toBe("passed");
    provider.always("other", redirectTo("/round"));
    expect(checkOf(await reportOf({ input }), "metadata").reason).toBe("not_published");
    expect(provider.requestsTo("other").length).toBeLessThanOrEqual(3 + 2 * 4);
    provider.always("other", redirectTo("https://10.0.0.7/inside"));
    expect(checkOf(await reportOf({ input, source: "rpc" }), "metadata").reason).toBe("address_not_allowed");
  });
});

describe("verify, of the redirect URI without a session", () => {
  const asking = async (answer: ScriptedAnswer) => {
    await using provider = await startTestProvider();
    quiet(provider);
    provider.always("authorize", answer);
    const report = await reportOf({ input: urlsOf(provider) });
    const [request] = provider.requestsTo("authorize");
    return { found: outcomes(report), request };
  };

  it("sends what a flow would send, with a state of its own and no secret", async () => {
    const { request } = await asking(LOGIN_PAGE);
    expect(request).toMatchObject({ method: "GET", body: "" });
    expect(request?.query).toMatchObject({
      client_id: "client",
      redirect_uri: CALLBACK,
      response_type: "code",
      code_challenge_method: "S256",
    });
    expect(request?.query["state"]).toMatch(/^[\w-]{43}$/);
    expect(request?.query).not.toHaveProperty("prompt");
    expect(request?.headers).not.toHaveProperty("cookie");
    expect(request?.headers).not.toHaveProperty("authorization");
  });

  it.each<[string, ScriptedAnswer, string, string]>([
    ["a login page", LOGIN_PAGE, "not_checked: needs_login", "passed"],
    [
      "a redirect to a login",
      redirectTo("/login?redirect_uri=https%3A%2F%2Fx"),
      "not_checked: needs_login",
      "passed",
    ],
    ["the broker's callback", redirectTo(`${CALLBACK}?error=login_required`), "passed", "passed"],
    ["a code at the callback", redirectTo(`${CALLBACK}?code=abc`), "passed", "passed"],
    [
      "the callback in a fragment",
      redirectTo(`${CALLBACK}#error=invalid_scope`),
      "passed",
      "failed: invalid_scope",
    ],
    [
      "a refused client at the callback",
      redirectTo(`${CALLBACK}?error=unauthorized_client`),
      "passed",
      "failed: unauthorized_client",
    ],
    [
      "a form that posts to the callback",
      {
        headers: { "content-type": "text/html" },
        body: `<form method="post" action="${CALLBACK}"><input type="hidden" name="error" value="invalid_scope"></form>`,
      },
      "passed",
      "failed: invalid_scope",
    ],
    [
      "a refusal in words",
      { status: 400, body: "<h1>Invalid redirect URI</h1>" },
      "failed: redirect_uri_refused",
      "not_checked: redirect_uri_refused",
    ],
    [
      "a refusal as a callback URL",
      { status: 403, body: "Callback URL mismatch." },
      "failed: redirect_uri_refused",
      "not_checked: redirect_uri_refused",
    ],
    [
      "a refusal by redirect",
      redirectTo("/oauth/error?error=redirect_uri_mismatch"),
      "failed: redirect_uri_refused",
      "not_checked: redirect_uri_refused",
    ],
    [
      "a refusal packed as base64",
      redirectTo(`/error?authError=${Buffer.from("\n\u0015redirect_uri_mismatch").toString("base64url")}`),
      "failed: redirect_uri_refused",
      "not_checked: redirect_uri_refused",
    ],
    [
      "a refusal in a page's title",
      {
        headers: { "content-type": "text/html" },
        body: "<title>Error</title>The redirect_uri is not registered",
      },
      "failed: redirect_uri_refused",
      "not_checked: redirect_uri_refused",
    ],
    [
      "a refusal as JSON",
      json({ error: "invalid_request", message: "bad redirect_uri" }),
      "failed: redirect_uri_refused",
      "not_checked: redirect_uri_refused",
    ],
    [
      "a wall against programs",
      {
        status: 403,
        headers: { "content-type": "text/html" },
        body: "<title>Just a moment...</title>/x?redirect_uri%3Dhttps",
      },
      "not_checked: needs_login",
      "warning: unexpected_answer",
    ],
    ["a bare 400", { status: 400 }, "not_checked: needs_login", "failed: request_refused"],
    [
      "an unknown client",
      { status: 401, json: { error: "invalid_client" } },
      "not_checked: needs_login",
      "failed: client_unknown",
    ],
    [
      "an echo of the request in another error",
      { status: 400, body: `scope is unknown <a href="/again?redirect_uri=x&client_id=client">` },
      "not_checked: needs_login",
      "failed: request_refused",
    ],
    [
      "a callback of somebody else",
      redirectTo("https://broker.example.evil.example/connect/callback/acme?error=x"),
      "not_checked: needs_login",
      "failed: request_refused",
    ],
  ])("understands %s", async (_, answer, redirectUri, request) => {
    const { found } = await asking(answer);
    expect(found).toMatchObject({ redirect_uri: redirectUri, authorization_request: request });
  });

  it.each<[ScriptedAnswer, string]>([
    [{ status: 404 }, "failed: not_found"],
    [{ status: 502, body: "redirect_uri" }, "warning: unavailable"],
  ])("does not take %j for an answer", async (answer, endpoint) => {
    const { found } = await asking(answer);
    expect(found).toMatchObject({
      authorization_endpoint: endpoint,
      redirect_uri: "not_checked: needs_login",
    });
  });
});

describe("verify, as a whole", () => {
  it("fills in what the caller gives, and refuses what is wrong or missing by its name", async () => {
    const input = { template: "zendesk", authorizeUrl: undefined, tokenUrl: undefined };
    const asked: string[] = [];
    const resolve = (host: string) => {
      asked.push(host);
      return Promise.reject(Object.assign(new Error("no such host"), { code: "ENOTFOUND" }));
    };
    const report = await reportOf({ input, egress: { resolve } }, { subdomain: "acme" });
    expect(new Set(asked)).toEqual(new Set(["acme.zendesk.com"]));
    expect(checkOf(report, "facts").status).toBe("passed");
    for (const config of [{}, { subdomain: "a.evil.example/" }, { other: "x" }])
      await expect(
        verificationOf({ input }).verify({ name: "acme", providerConfig: config }),
      ).rejects.toMatchObject({
        code: "INVALID_REQUEST",
      });
  });

  it("does not know a name that is not active", async () => {
    const verification = verificationOf({ input: { template: "github" } });
    await expect(verification.verify({ name: "nobody" })).rejects.toMatchObject({
      code: "PROVIDER_NOT_FOUND",
    });
  });

  it("asks once for those who ask at the same time, and again later", async () => {
    await using provider = await startTestProvider();
    quiet(provider);
    const verification = verificationOf({ input: urlsOf(provider) });
    const reports = await Promise.all([1, 2, 3].map(() => verification.verify({ name: "acme" })));
    expect(new Set(reports).size).toBe(1);
    expect(provider.requestsTo("token")).toHaveLength(1);
    await verification.verify({ name: "acme" });
    expect(provider.requestsTo("token")).toHaveLength(2);
  });

  it("touches no grant", async () => {
    await using provider = await startTestProvider();
    const { refreshToken = "" } = provider.grants.open({ clientId: "client" });
    await reportOf({ input: { ...urlsOf(provider), revokeUrl: provider.revokeUrl } });
    expect(provider.grants.isLiveRefreshToken(refreshToken)).toBe(true);
  });
});
