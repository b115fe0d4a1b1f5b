import { beforeAll, describe, expect, it } from "vitest";
import { createEgress } from "../../src/oauth/index.ts";
import type { Database } from "../../src/store/index.ts";
import { describeEachStore } from "../support/database.ts";
import { gzipBomb, json, oauthError, redirectTo, type ScriptedAnswer } from "../support/provider.ts";
import { createFlowFixture } from "./flow-fixture.ts";

const html = (status: number): ScriptedAnswer => ({
  status,
  headers: { "content-type": "text/html" },
  body: "<html>the vendor's own words</html>",
});
const token = { access_token: "token", token_type: "Bearer", expires_in: 3600 };
const endless = (): ScriptedAnswer => ({ fault: "endless", body: "x".repeat(65_536) });

/** What the token endpoint answers to the code → the fixed code in the redirect, and the recorded reason. */
const FAILURES: [string, () => ScriptedAnswer, string, string][] = [
  ["invalid_grant", () => oauthError("invalid_grant"), "exchange_failed", "EXCHANGE_FAILED"],
  ["invalid_client", () => oauthError("invalid_client", 401), "exchange_failed", "PROVIDER_MISCONFIGURED"],
  [
    "a 401 with a challenge and no body",
    () => ({ status: 401, headers: { "www-authenticate": "Basic" } }),
    "exchange_failed",
    "PROVIDER_MISCONFIGURED",
  ],
  [
    "unauthorized_client",
    () => oauthError("unauthorized_client"),
    "exchange_failed",
    "PROVIDER_MISCONFIGURED",
  ],
  ["invalid_scope", () => oauthError("invalid_scope"), "invalid_scope", "INVALID_SCOPE"],
  [
    "temporarily_unavailable",
    () => oauthError("temporarily_unavailable"),
    "provider_unavailable",
    "PROVIDER_UNAVAILABLE",
  ],
  ["503", () => html(503), "provider_unavailable", "PROVIDER_UNAVAILABLE"],
  [
    "500 with JSON",
    () => json({ error: "server_error" }, { status: 500 }),
    "provider_unavailable",
    "PROVIDER_UNAVAILABLE",
  ],
  [
    "429",
    () => ({ status: 429, headers: { "retry-after": "120" } }),
    "provider_unavailable",
    "PROVIDER_UNAVAILABLE",
  ],
  ["404", () => html(404), "exchange_failed", "PROVIDER_MISCONFIGURED"],
  [
    "a redirect",
    () => redirectTo("http://127.0.0.1:1/steal", 307),
    "exchange_failed",
    "PROVIDER_MISCONFIGURED",
  ],
  ["200 with HTML", () => html(200), "invalid_token_response", "INVALID_TOKEN_RESPONSE"],
  ["200 with a list", () => json([]), "invalid_token_response", "INVALID_TOKEN_RESPONSE"],
  ["200 with null", () => json(null), "invalid_token_response", "INVALID_TOKEN_RESPONSE"],
  ["200 with {}", () => json({}), "invalid_token_response", "INVALID_TOKEN_RESPONSE"],
  ["an empty 200", () => ({}), "invalid_token_response", "INVALID_TOKEN_RESPONSE"],
  [
    "an empty token",
    () => json({ ...token, access_token: "" }),
    "invalid_token_response",
    "INVALID_TOKEN_RESPONSE",
  ],
  [
    "a token that is a number",
    () => json({ ...token, access_token: 1 }),
    "invalid_token_response",
    "INVALID_TOKEN_RESPONSE",
  ],
  [
    "a token of 1 MiB",
    () => json({ ...token, access_token: "a".repeat(1 << 20) }),
    "invalid_token_response",
    "INVALID_TOKEN_RESPONSE",
  ],
  [
    "a DPoP token",
    () => json({ ...token, token_type: "DPoP" }),
    "invalid_token_response",
    "INVALID_TOKEN_RESPONSE",
  ],
  [
    "a refresh token that is a number",
    () => json({ ...token, refresh_token: 1 }),
    "invalid_token_response",
    "INVALID_TOKEN_RESPONSE",
  ],
  [
    "an error beside a token",
    () => json({ ...token, error: "invalid_grant" }),
    "exchange_failed",
    "EXCHANGE_FAILED",
  ],
  ["a reset", () => ({ fault: "reset" }), "provider_unavailable", "PROVIDER_UNAVAILABLE"],
  ["no answer", () => ({ fault: "hang" }), "provider_unavailable", "PROVIDER_UNAVAILABLE"],
  ["a body without end", endless, "invalid_token_response", "INVALID_TOKEN_RESPONSE"],
  ["a gzip bomb", () => gzipBomb(20), "invalid_token_response", "INVALID_TOKEN_RESPONSE"],
  ["no HTTP", () => ({ raw: "hello\r\n\r\n" }), "provider_unavailable", "PROVIDER_UNAVAILABLE"],
];

describeEachStore("the exchange", (stores) => {
  let database: Database;
  beforeAll(async () => {
    database = await stores.open();
  });

  describe("that fails ends with a fixed code, and no token is stored", () => {
    it.each(FAILURES)("%s", async (_, answer, code, reason) => {
      const fixture = await createFlowFixture(database);
      const { callback, request, authorizationId } = await fixture.consent();
      fixture.provider.script("token", answer());
      const visit = await fixture.visit(callback);
      expect(visit.status).toBe(303);
      expect(visit.query).toEqual({
        keep: "1",
        error: code,
        connection_id: request.connectionId,
      });
      expect(await fixture.statusOf(authorizationId)).toBe(`failed ${reason}`);
      expect(await fixture.tokenOf(request)).toBeUndefined();
      expect(fixture.provider.requestsTo("token")).toHaveLength(1);
      expect(fixture.logLines.join("\n")).not.toContain("vendor's own");
    });
  });

  it("that cannot connect ends as provider_unavailable", async () => {
    const fixture = await createFlowFixture(database);
    const { callback } = await fixture.consent();
    await fixture.provider.close();
    expect((await fixture.visit(callback)).query?.["error"]).toBe("provider_unavailable");
  });

  it("that may not leave the process ends as a wrong registration", async () => {
    const egress = createEgress({ allow: [], insecureLoopback: [], protectedPorts: [], timeoutMs: 2000 });
    const fixture = await createFlowFixture(database, { flow: { egress } });
    const { callback, authorizationId } = await fixture.consent();
    const before = fixture.provider.connectionCount;
    expect((await fixture.visit(callback)).query?.["error"]).toBe("exchange_failed");
    expect(await fixture.statusOf(authorizationId)).toBe("failed PROVIDER_MISCONFIGURED");
    expect(fixture.provider.connectionCount).toBe(before);
    await egress.close();
  });

  const SUCCESSES: [string, Record<string, unknown>, object][] = [
    ["scopes fewer than asked", { ...token, scope: "read" }, { scopes: ["read"] }],
    ["no scopes: those asked for", token, { scopes: ["read", "write"] }],
    [
      "no lifetime",
      { access_token: "token", token_type: "bearer" },
      { expiresAt: null, lifetimeSeconds: null },
    ],
    ["a lifetime as text", { ...token, expires_in: "120" }, { lifetimeSeconds: 120 }],
  ];
  it.each(SUCCESSES)("stores an answer with %s", async (_, answer, expected) => {
    const fixture = await createFlowFixture(database);
    const { callback, request } = await fixture.consent();
    fixture.provider.script("token", json(answer));
    expect((await fixture.visit(callback)).query?.["success"]).toBe("true");
    expect(await fixture.tokenOf(request)).toMatchObject(expected);
  });

  it("counts what became of authorizations and callbacks", async () => {
    const fixture = await createFlowFixture(database);
    await fixture.visit((await fixture.consent()).callback);
    fixture.provider.script("token", oauthError("invalid_grant"));
    await fixture.visit((await fixture.consent()).callback);
    await fixture.visit(new URL("http://localhost/connect/callback/acme"));
    const { text } = await fixture.metrics.render();
    expect(text).toContain('tokenbroker_authorizations_total{provider="acme",outcome="started"} 2');
    expect(text).toContain('tokenbroker_authorizations_total{provider="acme",outcome="succeeded"} 1');
    expect(text).toContain('tokenbroker_authorizations_total{provider="acme",outcome="failed"} 1');
    expect(text).toContain('tokenbroker_callbacks_total{outcome="succeeded"} 1');
    expect(text).toContain('tokenbroker_callbacks_total{outcome="exchange_failed"} 1');
    expect(text).toContain('tokenbroker_callbacks_total{outcome="invalid"} 1');
  });

  it("leaves no code, state, token or secret in any log line", async () => {
    const fixture = await createFlowFixture(database);
    const { callback, authorizeUrl } = await fixture.consent();
    await fixture.visit(callback);
    const log = fixture.logLines.join("\n");
    const secrets = [
      callback.searchParams.get("code"),
      callback.searchParams.get("state"),
      authorizeUrl.searchParams.get("code_challenge"),
      fixture.provider.requestsTo("token")[0]?.params["code_verifier"],
      fixture.provider.requestsTo("token")[0]?.client.clientSecret,
      "user-1",
    ];
    for (const secret of secrets) expect(log).not.toContain(secret);
    expect(log).toContain("authorization succeeded");
  });
});
