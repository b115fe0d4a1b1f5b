import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { createBrowser, type VisitOptions } from "./browser.ts";
import { type AuthorizationServer, startAuthorizationServer } from "./oidc.ts";

const CALLBACK = "http://localhost:1/connect/callback/demo";
const VERIFIER = "v".repeat(43);
const CHALLENGE = createHash("sha256").update(VERIFIER).digest("base64url");

const PRINTS = ["log", "info", "warn", "error"] as const;

let server: AuthorizationServer;

beforeAll(async () => {
  PRINTS.forEach((method) => vi.spyOn(console, method));
  server = await startAuthorizationServer({ redirectUris: [CALLBACK], accessTokenTtlSeconds: 20 });
});

afterAll(() => server[Symbol.asyncDispose]());

function authorizeUrl(changes: Record<string, string> = {}): string {
  const query = new URLSearchParams({
    client_id: server.clientId,
    response_type: "code",
    redirect_uri: CALLBACK,
    scope: "openid profile calendar.read",
    state: "the-state",
    code_challenge: CHALLENGE,
    code_challenge_method: "S256",
    ...changes,
  });
  return `${server.authorizeUrl}?${query.toString()}`;
}

async function authorize(options: VisitOptions = {}): Promise<URLSearchParams> {
  const { url } = await createBrowser().visit(authorizeUrl(), {
    stopAt: new URL(CALLBACK).origin,
    ...options,
  });
  return url.searchParams;
}

async function post(url: string, form: Record<string, string>) {
  const basic = Buffer.from(`${server.clientId}:${server.clientSecret}`).toString("base64");
  const response = await fetch(url, {
    method: "POST",
    headers: { authorization: `Basic ${basic}` },
    body: new URLSearchParams(form),
  });
  const text = await response.text();
  return {
    status: response.status,
    body: (text === "" ? {} : JSON.parse(text)) as Record<string, unknown>,
  };
}

async function connect(): Promise<{ access: string; refresh: string; expiresIn: unknown }> {
  const params = await authorize();
  const { body } = await post(server.tokenUrl, {
    grant_type: "authorization_code",
    code: params.get("code") ?? "",
    redirect_uri: CALLBACK,
    code_verifier: VERIFIER,
  });
  return {
    access: String(body["access_token"]),
    refresh: String(body["refresh_token"]),
    expiresIn: body["expires_in"],
  };
}

async function userinfo(access: string): Promise<Response> {
  return fetch(server.userinfoUrl, { headers: { authorization: `Bearer ${access}` } });
}

describe("startAuthorizationServer", () => {
  it("leads a browser through login and consent to the callback", async () => {
    const { chain, url } = await createBrowser().visit(authorizeUrl(), {
      stopAt: new URL(CALLBACK).origin,
    });
    expect(
      chain.filter(({ method }) => method === "POST").map(({ url: to }) => to.split("/").at(-1)),
    ).toEqual(["login", "consent"]);
    expect(url.href).toMatch(CALLBACK);
    expect(Object.fromEntries(url.searchParams)).toMatchObject({ state: "the-state", iss: server.issuer });
    expect(server.issuedSecrets).toContain(url.searchParams.get("code"));
  });

  it("asks a browser that is logged in for nothing again", async () => {
    const browser = createBrowser();
    const options = { stopAt: new URL(CALLBACK).origin };
    await browser.visit(authorizeUrl(), options);
    const { chain } = await browser.visit(authorizeUrl(), options);
    expect(chain.map(({ method }) => method)).toEqual(["GET"]);
  });

  it("answers access_denied when the person says no", async () => {
    const params = await authorize({ decision: "deny" });
    expect(params.get("error")).toBe("access_denied");
    expect(params.has("code")).toBe(false);
  });

  it("sends the answer as a form where that is asked for", async () => {
    const answered = vi.fn<(step: { method: string; url: string }) => void>();
    const visit = createBrowser().visit(authorizeUrl({ response_mode: "form_post" }), { onStep: answered });
    await expect(visit).rejects.toThrow("fetch failed");
    expect(answered.mock.lastCall?.[0].url).toMatch(server.issuer);
  });

  it("insists on PKCE", async () => {
    const { url } = await createBrowser().visit(
      authorizeUrl({ code_challenge: "", code_challenge_method: "" }),
      {
        stopAt: new URL(CALLBACK).origin,
      },
    );
    expect(url.searchParams.get("error")).toBe("invalid_request");
  });

  it("issues tokens of the wanted lifetime that open userinfo", async () => {
    const { access, expiresIn } = await connect();
    expect(expiresIn).toBe(20);
    const response = await userinfo(access);
    expect(await response.json()).toMatchObject({ sub: "ada", name: "ada of the demo" });
  });

  it("rotates refresh tokens, and ends the grant when an old one comes again", async () => {
    const { refresh } = await connect();
    const rotated = await post(server.tokenUrl, { grant_type: "refresh_token", refresh_token: refresh });
    expect(rotated.body["refresh_token"]).not.toBe(refresh);
    const access = String(rotated.body["access_token"]);
    expect((await userinfo(access)).status).toBe(200);
    const again = await post(server.tokenUrl, { grant_type: "refresh_token", refresh_token: refresh });
    expect(again).toMatchObject({ status: 400, body: { error: "invalid_grant" } });
    expect((await userinfo(access)).status).toBe(401);
    expect(server.tokenAnswers.slice(-2)).toEqual([
      { grantType: "refresh_token", outcome: "ok" },
      { grantType: "refresh_token", outcome: "invalid_grant" },
    ]);
  });

  it("revokes by RFC 7009", async () => {
    const { access, refresh } = await connect();
    expect((await post(server.revokeUrl, { token: refresh })).status).toBe(200);
    expect((await userinfo(access)).status).toBe(401);
  });

  it("may answer under another name of loopback", async () => {
    await using named = await startAuthorizationServer({ redirectUris: [CALLBACK], issuerHost: "localhost" });
    expect(named.authorizeUrl).toMatch(/^http:\/\/localhost:\d+\/auth$/);
    expect(await (await fetch(`${named.issuer}/.well-known/openid-configuration`)).json()).toMatchObject({
      issuer: named.issuer,
      token_endpoint: named.tokenUrl,
    });
  });

  it("prints nothing in all of this", () => {
    for (const method of PRINTS) {
      expect(vi.mocked(console[method])).not.toHaveBeenCalled();
    }
  });
});
