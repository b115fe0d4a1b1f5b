import { createHash } from "node:crypto";
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import { fingerprint, oauthError, startTestProvider, type TestProvider } from "./provider.ts";

const post = (url: string, params: Record<string, string>, headers: Record<string, string> = {}) =>
  fetch(url, { method: "POST", body: new URLSearchParams(params), headers });

const client = { client_id: "client", client_secret: "secret" };
const challenge = createHash("sha256").update("verifier").digest("base64url");

const authorizeUrl = (provider: TestProvider, more: Record<string, string> = {}): string =>
  `${provider.authorizeUrl}?${new URLSearchParams({
    response_type: "code",
    client_id: "client",
    redirect_uri: "http://broker.test/callback",
    state: "s",
    scope: "a b",
    ...more,
  }).toString()}`;

it("redeems a code once, with its verifier, and answers with the scopes asked for", async () => {
  await using provider = await startTestProvider();
  const callback = await provider.authorize(
    authorizeUrl(provider, { code_challenge: challenge, code_challenge_method: "S256" }),
  );
  expect(callback.searchParams.get("state")).toBe("s");
  const exchange = {
    ...client,
    grant_type: "authorization_code",
    redirect_uri: "http://broker.test/callback",
  };
  const code = callback.searchParams.get("code") ?? "";
  const first = await post(provider.tokenUrl, { ...exchange, code, code_verifier: "verifier" });
  expect(await first.json()).toMatchObject({ token_type: "Bearer", expires_in: 3600, scope: "a b" });
  const second = await post(provider.tokenUrl, { ...exchange, code, code_verifier: "verifier" });
  expect([second.status, await second.json()]).toEqual([400, { error: "invalid_grant" }]);
  expect(provider.requestsTo("token").map(({ verdict }) => verdict)).toEqual(["issued", "invalid_grant"]);
});

it("refuses a code whose verifier is wrong or missing", async () => {
  await using provider = await startTestProvider();
  for (const verifier of [{ code_verifier: "other" }, {}]) {
    const callback = await provider.authorize(
      authorizeUrl(provider, { code_challenge: challenge, code_challenge_method: "S256" }),
    );
    const code = callback.searchParams.get("code") ?? "";
    const answer = await post(provider.tokenUrl, {
      ...client,
      grant_type: "authorization_code",
      redirect_uri: "http://broker.test/callback",
      code,
      ...verifier,
    });
    expect(await answer.json()).toEqual({ error: "invalid_grant" });
  }
});

it("rotates refresh tokens and accepts a spent one only within the grace", async () => {
  await using provider = await startTestProvider({ graceMs: 200 });
  const { refreshToken = "" } = provider.grants.open({ clientId: "client" });
  const refresh = { ...client, grant_type: "refresh_token", refresh_token: refreshToken };
  const first = (await (await post(provider.tokenUrl, refresh)).json()) as { refresh_token: string };
  const second = (await (await post(provider.tokenUrl, refresh)).json()) as { refresh_token: string };
  expect(second.refresh_token).toBe(first.refresh_token);
  expect(first.refresh_token).not.toBe(refreshToken);
  await sleep(250);
  expect((await post(provider.tokenUrl, refresh)).status).toBe(400);
  expect(provider.grants.isLiveRefreshToken(first.refresh_token)).toBe(true);
  expect(
    provider
      .requestsTo("token")
      .map(({ verdict, generation, fingerprint: print }) => [verdict, generation, print]),
  ).toEqual([
    ["issued", 2, fingerprint(refreshToken)],
    ["issued", 2, fingerprint(refreshToken)],
    ["invalid_grant", undefined, fingerprint(refreshToken)],
  ]);
});

it("ends the whole grant when a spent token comes back and the rules say so", async () => {
  await using provider = await startTestProvider({ revokeFamilyOnReuse: true });
  const { refreshToken = "" } = provider.grants.open({ clientId: "client" });
  const refresh = { ...client, grant_type: "refresh_token", refresh_token: refreshToken };
  await post(provider.tokenUrl, refresh);
  await post(provider.tokenUrl, refresh);
  expect(provider.grants.size).toBe(0);
});

it("keeps refresh and access tokens as the rules say", async () => {
  await using provider = await startTestProvider({ rotation: false, killAccessTokenOnRefresh: true });
  const { accessToken, refreshToken = "" } = provider.grants.open({ clientId: "client" });
  const userinfo = async () =>
    (await fetch(provider.userinfoUrl, { headers: { authorization: `Bearer ${accessToken}` } })).status;
  expect(await userinfo()).toBe(200);
  const answer = await post(provider.tokenUrl, {
    ...client,
    grant_type: "refresh_token",
    refresh_token: refreshToken,
  });
  expect(await answer.json()).not.toHaveProperty("refresh_token");
  expect(await userinfo()).toBe(401);
});

it("knows clients by basic, form-encoded, and by post, and refuses others", async () => {
  await using provider = await startTestProvider({ clients: { "a:b c": "se+cr/et" } });
  const encoded = Buffer.from("a%3Ab+c:se%2Bcr%2Fet").toString("base64");
  const answer = await post(provider.revokeUrl, { token: "t" }, { authorization: `Basic ${encoded}` });
  expect(answer.status).toBe(200);
  expect((await post(provider.revokeUrl, { token: "t", ...client })).status).toBe(401);
  expect(provider.requestsTo("revoke").map((request) => request.client)).toEqual([
    { method: "basic", clientId: "a:b c", clientSecret: "se+cr/et" },
    { method: "post", clientId: "client", clientSecret: "secret" },
  ]);
});

it("gives scripted answers in turn and then is itself again", async () => {
  await using provider = await startTestProvider();
  provider.always("userinfo", oauthError("invalid_token", 403));
  provider.script("userinfo", { status: 503 }, { raw: "HTTP/1.1 418 Teapot\r\ncontent-length: 0\r\n\r\n" });
  const statuses: number[] = [];
  for (let call = 0; call < 3; call += 1) statuses.push((await fetch(provider.userinfoUrl)).status);
  provider.always("userinfo", undefined);
  statuses.push((await fetch(provider.userinfoUrl)).status);
  expect(statuses).toEqual([503, 418, 403, 401]);
});

it("loses the answer but not the deed", async () => {
  await using provider = await startTestProvider();
  const { refreshToken = "" } = provider.grants.open({ clientId: "client" });
  provider.script("token", { afterProcessing: true, fault: "reset" });
  const call = post(provider.tokenUrl, {
    ...client,
    grant_type: "refresh_token",
    refresh_token: refreshToken,
  });
  await expect(call).rejects.toThrow("fetch failed");
  expect(provider.grants.isLiveRefreshToken(refreshToken)).toBe(false);
  expect(provider.requestsTo("token")[0]).toMatchObject({ verdict: "issued", generation: 2 });
});

it("sends an error to the callback when the person refuses, and a form for form_post", async () => {
  await using provider = await startTestProvider({ iss: "https://issuer.test" });
  const posted = await provider.authorize(authorizeUrl(provider, { response_mode: "form_post" }));
  expect(Object.fromEntries(posted.searchParams)).toMatchObject({ state: "s", iss: "https://issuer.test" });
  provider.settings.authorizeError = "access_denied";
  const refused = await provider.authorize(authorizeUrl(provider));
  expect([refused.searchParams.get("error"), refused.searchParams.get("code")]).toEqual([
    "access_denied",
    null,
  ]);
});

it("counts connections that send nothing and closes while a request hangs", async () => {
  const provider = await startTestProvider();
  provider.script("token", { fault: "hang" });
  const hanging = post(provider.tokenUrl, {}).catch(() => "closed");
  const idle = connect(provider.port, "127.0.0.1");
  await expect.poll(() => [provider.connectionCount, provider.requests.length]).toEqual([2, 1]);
  await provider.close();
  expect(await hanging).toBe("closed");
  idle.destroy();
});
