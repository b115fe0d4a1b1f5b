import { randomUUID } from "node:crypto";
import { beforeAll, describe, expect, it } from "vitest";
import { generateFernetKey, parseKeyRing } from "../../src/crypto/index.ts";
import { createStore, type Database } from "../../src/store/index.ts";
import { silentLogger } from "../../src/telemetry/index.ts";
import { HOUR, MINUTE, SECOND } from "../../src/time.ts";
import { describeEachStore, moveClock } from "../support/database.ts";
import { oauthError } from "../support/provider.ts";
import { createTokenFixture, refusal } from "./token-fixture.ts";

describeEachStore("GetToken", (backend) => {
  let database: Database;
  beforeAll(async () => {
    database = await backend.open();
  });

  describe("for a connection that is not there", () => {
    it("says the same of an unknown, a foreign and a revoked one", async () => {
      const { tokens, authorize } = await createTokenFixture(database);
      const selector = await authorize();
      const revoked = await authorize();
      await tokens.revokeConnection(revoked);
      const errors = await Promise.all(
        [
          { ...selector, connectionId: randomUUID() },
          { ...selector, userId: "somebody else" },
          { ...selector, namespace: "other" },
          { ...selector, provider: "constructor" },
          revoked,
        ].map((request) => refusal(tokens.getToken(request))),
      );
      expect(new Set(errors.map((error) => JSON.stringify([error, String(error)])))).toHaveLength(1);
      expect(errors[0]).toMatchObject({ code: "CONNECTION_NOT_FOUND" });
    });

    it.each([
      [{ connectionId: "not-a-uuid" }, "INVALID_REQUEST", "connection_id"],
      [{ userId: "" }, "INVALID_REQUEST", "user_id"],
      [{ userId: "a\u0000b" }, "INVALID_REQUEST", "user_id"],
      [{ userId: "é".repeat(128) }, "INVALID_REQUEST", "user_id"],
      [{ namespace: "Not A Namespace" }, "INVALID_REQUEST", "namespace"],
      [{ provider: "" }, "INVALID_REQUEST", "provider"],
      [{ provider: "", mcpServerUrl: "mcp.example.com" }, "INVALID_REQUEST", "mcp_server_url"],
    ])("refuses %j by name", async (bad, code, field) => {
      const { tokens } = await createTokenFixture(database);
      const request = { connectionId: randomUUID(), userId: "user-1", provider: "acme", ...bad };
      const error = await refusal(tokens.getToken(request));
      expect(error).toMatchObject({ code, message: expect.stringContaining(field) as string });
    });
  });

  describe("for a token that is good for long enough", () => {
    it("answers it with everything a caller needs, without the provider", async () => {
      const { tokens, authorize, row, calls } = await createTokenFixture(database);
      const selector = await authorize();
      const stored = await row(selector);
      const view = await tokens.getToken({
        ...selector,
        connectionId: selector.connectionId.toUpperCase(),
        minTtlMs: 30 * MINUTE,
        requiredScopes: ["write", "read write"],
      });
      expect(view).toMatchObject({
        accessToken: expect.stringMatching(/^at-/) as string,
        tokenType: "Bearer",
        scopes: ["read", "write"],
        version: stored.version,
        degraded: undefined,
        usage: { headerName: "Authorization", headerPrefix: "Bearer ", apiBaseUrl: "", allowedOrigins: [] },
      });
      expect(view.expiresAt).toEqual(stored.expiresAt);
      expect(view.refreshAfter?.getTime()).toBe((stored.expiresAt?.getTime() ?? 0) - 30 * MINUTE);
      expect(calls()).toBe(0);
    });

    it("lets nobody cache it into its last moments, even where it is refreshed on expiry only", async () => {
      const { tokens, authorize } = await createTokenFixture(database, {
        settings: { refreshAheadSeconds: 0 },
      });
      const view = await tokens.getToken(await authorize());
      expect((view.expiresAt?.getTime() ?? 0) - (view.refreshAfter?.getTime() ?? 0)).toBe(10 * SECOND);
    });

    it("notes the use, and writes it later", async () => {
      const { tokens, authorize, row } = await createTokenFixture(database);
      const selector = await authorize();
      await tokens.getToken(selector);
      expect((await row(selector)).lastUsedAt).toBeNull();
      expect(await tokens.flushLastUsed()).toBe(1);
      expect((await row(selector)).lastUsedAt).not.toBeNull();
      expect(await tokens.flushLastUsed()).toBe(0);
    });

    it("answers a token without a known end and lets nobody cache it", async () => {
      const { tokens, authorize, calls } = await createTokenFixture(database);
      const selector = await authorize({ expiresInSeconds: undefined });
      await moveClock(database, 1000 * HOUR);
      const view = await tokens.getToken({ ...selector, minTtlMs: HOUR });
      expect(view).toMatchObject({ expiresAt: undefined, refreshAfter: undefined, degraded: undefined });
      expect(calls()).toBe(0);
    });
  });

  it("says which required scopes were not granted", async () => {
    const { tokens, authorize } = await createTokenFixture(database);
    const selector = await authorize({ scopes: ["read"] });
    const error = await refusal(tokens.getToken({ ...selector, requiredScopes: ["read", "write", "admin"] }));
    expect(error).toMatchObject({ code: "MISSING_SCOPES", metadata: { missing_scopes: "write admin" } });
  });

  it("misses no scope where the vendor lists none: its empty list says nothing of what the token may do", async () => {
    const { tokens, authorize } = await createTokenFixture(database);
    const selector = await authorize({ scopes: [] });
    expect((await tokens.getToken({ ...selector, requiredScopes: ["repo"] })).scopes).toEqual([]);
  });

  it("changes nothing when a ciphertext does not open", async () => {
    const { tokens, authorize, row, manager, provider } = await createTokenFixture(database);
    const selector = await authorize();
    const before = await row(selector);
    const foreignKey = createStore(database, {
      keyRing: parseKeyRing(generateFernetKey()),
      logger: silentLogger,
    });
    const other = manager({ store: foreignKey });
    expect(await refusal(other.getToken(selector))).toMatchObject({ code: "KEY_UNAVAILABLE" });
    await moveClock(database, 2 * HOUR);
    expect(await refusal(other.getToken(selector))).toMatchObject({ code: "KEY_UNAVAILABLE" });
    expect(await row(selector)).toMatchObject({ revision: before.revision, status: "active" });
    expect(provider.requests).toHaveLength(0);
    expect((await tokens.getToken(selector)).version).not.toBe(before.version);
  });

  it("serves nothing of a blocked connection, whatever its age", async () => {
    const { tokens, authorize, row, calls } = await createTokenFixture(database);
    const selector = await authorize();
    await database.sql.run("", "update connection_tokens set status = 'blocked' where id = $1::bigint", [
      (await row(selector)).id,
    ]);
    expect(await refusal(tokens.getToken(selector))).toMatchObject({ code: "BLOCKED" });
    expect(await refusal(tokens.refreshToken(selector))).toMatchObject({ code: "BLOCKED" });
    await moveClock(database, 2 * HOUR);
    expect(await refusal(tokens.getToken(selector))).toMatchObject({ code: "BLOCKED" });
    expect(calls()).toBe(0);
  });

  describe("for a token that works and is due", () => {
    it("refreshes it within 5 minutes of its end", async () => {
      const { tokens, authorize, row, calls } = await createTokenFixture(database);
      const selector = await authorize();
      const before = await row(selector);
      await moveClock(database, 55 * MINUTE + SECOND);
      const view = await tokens.getToken(selector);
      expect(view.version).toBeGreaterThan(before.version);
      expect(view.degraded).toBeUndefined();
      expect(calls()).toBe(1);
      expect(await row(selector)).toMatchObject({ fromRefresh: true, status: "active", leaseOwner: null });
    });

    it("refreshes it for a caller who needs it longer, once for a thousand such calls", async () => {
      const { tokens, authorize, calls } = await createTokenFixture(database);
      const selector = await authorize();
      await moveClock(database, 20 * MINUTE);
      const century = { ...selector, minTtlMs: 100 * 365 * 24 * HOUR };
      const count = backend.kind === "postgresql" ? 1000 : 100;
      for (let call = 0; call < count; call += 1) await tokens.getToken(century);
      expect(calls()).toBe(1);
    });

    it("leaves a refreshed one alone for four fifths of its life", async () => {
      const { tokens, authorize, calls } = await createTokenFixture(database, {
        provider: { expiresInSeconds: 300 },
      });
      const selector = await authorize({ expiresInSeconds: 300 });
      await moveClock(database, SECOND);
      for (let minute = 0; minute < 10; minute += 1) {
        for (let call = 0; call < 20; call += 1) await tokens.getToken(selector);
        await moveClock(database, MINUTE);
      }
      expect(calls()).toBe(3);
    });

    it("says degraded and answers the stored token while the provider fails, and backs off", async () => {
      const { tokens, authorize, row, provider, calls } = await createTokenFixture(database);
      const selector = await authorize();
      provider.always("token", { status: 503, headers: { "retry-after": "120" } });
      await moveClock(database, 56 * MINUTE);
      const first = await tokens.getToken(selector);
      const stored = await row(selector);
      expect(first).toMatchObject({
        version: stored.version,
        refreshAfter: undefined,
        degraded: { reason: "PROVIDER_UNAVAILABLE", since: stored.degradedSince },
      });
      const waitMs = (first.degraded?.nextAttemptAt?.getTime() ?? 0) - stored.now.getTime();
      expect(waitMs).toBeGreaterThan(115 * SECOND);
      expect(waitMs).toBeLessThan(126 * SECOND);
      expect(stored).toMatchObject({ status: "degraded", failureCount: 1, leaseOwner: null });
      await tokens.getToken(selector);
      expect(calls()).toBe(1);
      provider.always("token", undefined);
      await moveClock(database, 130 * SECOND);
      expect((await tokens.getToken(selector)).degraded).toBeUndefined();
      expect(await row(selector)).toMatchObject({ status: "active", failureCount: 0, failureReason: "" });
    });

    it("serves a dead grant's token to its end, and never again asks the provider", async () => {
      const { tokens, authorize, row, provider, calls } = await createTokenFixture(database);
      const selector = await authorize();
      provider.grants.revokeAll();
      await moveClock(database, 56 * MINUTE);
      const view = await tokens.getToken(selector);
      expect(view.degraded).toMatchObject({ reason: "REAUTHORIZATION_REQUIRED", nextAttemptAt: undefined });
      expect(await row(selector)).toMatchObject({
        status: "needs_reauth",
        failureProviderError: "invalid_grant",
      });
      await tokens.getToken(selector);
      expect(calls()).toBe(1);
      await moveClock(database, 4 * MINUTE);
      expect(await refusal(tokens.getToken(selector))).toMatchObject({ code: "REAUTHORIZATION_REQUIRED" });
    });

    it("waits 3 seconds at most for a provider that takes its time", async () => {
      const { tokens, authorize, provider, row, manager, calls } = await createTokenFixture(database, {
        settings: { providerTimeoutSeconds: 10 },
      });
      const selector = await authorize();
      const before = await row(selector);
      provider.settings.answerDelayMs = 1200;
      await moveClock(database, 56 * MINUTE);
      const startedMs = performance.now();
      const [patient, replica] = await Promise.all([
        tokens.getToken(selector),
        manager().getToken({ ...selector }, { deadlineMs: 400 }),
      ]);
      expect(performance.now() - startedMs).toBeLessThan(3500);
      expect(patient.version).toBeGreaterThan(before.version);
      expect(replica).toMatchObject({
        version: before.version,
        degraded: { reason: "PROVIDER_UNAVAILABLE" },
      });
      expect(calls()).toBe(1);
    });

    it("says that the demand is not met where the vendor refuses to refresh earlier", async () => {
      const { tokens, authorize, calls } = await createTokenFixture(database, {
        refresh: { notBeforeExpirySeconds: 120 },
      });
      const selector = await authorize();
      await moveClock(database, 40 * MINUTE);
      const view = await tokens.getToken({ ...selector, minTtlMs: 30 * MINUTE });
      expect(view.degraded?.reason).toBe("MIN_TTL_NOT_MET");
      expect(calls()).toBe(0);
    });

    it("says that a person is needed where there is no refresh token", async () => {
      const { tokens, authorize, row } = await createTokenFixture(database);
      const selector = await authorize({ refreshToken: undefined });
      await moveClock(database, 56 * MINUTE);
      const view = await tokens.getToken(selector);
      expect(view.degraded).toMatchObject({ reason: "REAUTHORIZATION_REQUIRED" });
      expect(await row(selector)).toMatchObject({ status: "active", failureReason: "" });
    });
  });

  describe("for an expired token", () => {
    it("answers its successor", async () => {
      const { tokens, authorize, calls } = await createTokenFixture(database);
      const selector = await authorize();
      await moveClock(database, 3 * HOUR);
      expect((await tokens.getToken(selector)).degraded).toBeUndefined();
      expect(calls()).toBe(1);
    });

    it("says when to come back while the provider fails", async () => {
      const { tokens, authorize, provider, calls } = await createTokenFixture(database);
      const selector = await authorize();
      provider.always("token", { status: 503, headers: { "retry-after": "60" } });
      await moveClock(database, 3 * HOUR);
      const error = await refusal(tokens.getToken(selector));
      expect(error).toMatchObject({ code: "PROVIDER_UNAVAILABLE" });
      const { retryAfterMs } = error as { retryAfterMs: number };
      expect(retryAfterMs).toBeGreaterThan(55 * SECOND);
      expect(retryAfterMs).toBeLessThan(66 * SECOND);
      expect(await refusal(tokens.getToken(selector))).toMatchObject({ code: "PROVIDER_UNAVAILABLE" });
      expect(calls()).toBe(1);
    });

    it("never ends a grant over a wrong client secret, and recovers when it is corrected", async () => {
      const { tokens, authorize, provider, row } = await createTokenFixture(database);
      const selector = await authorize();
      const { clients } = provider.settings;
      provider.settings.clients = { client: "changed at the vendor" };
      await moveClock(database, 3 * HOUR);
      for (let attempt = 0; attempt < 6; attempt += 1) {
        expect(await refusal(tokens.getToken(selector))).toMatchObject({
          code: "PROVIDER_MISCONFIGURED",
          metadata: { cause: "client_refused", provider_error: "invalid_client" },
        });
        await moveClock(database, 20 * MINUTE);
      }
      expect(await row(selector)).toMatchObject({
        status: "degraded",
        failureReason: "PROVIDER_MISCONFIGURED",
      });
      provider.settings.clients = clients;
      expect((await tokens.getToken(selector)).degraded).toBeUndefined();
      expect((await row(selector)).status).toBe("active");
    });

    it("says that it cannot be refreshed where there is no refresh token", async () => {
      const { tokens, authorize } = await createTokenFixture(database);
      const selector = await authorize({ refreshToken: undefined });
      await moveClock(database, 3 * HOUR);
      expect(await refusal(tokens.getToken(selector))).toMatchObject({ code: "EXPIRED_NOT_REFRESHABLE" });
    });

    it("keeps to the caller's deadline, and finishes what it began", async () => {
      const { tokens, authorize, provider, row, calls } = await createTokenFixture(database);
      const selector = await authorize();
      const before = await row(selector);
      provider.settings.answerDelayMs = 1000;
      await moveClock(database, 3 * HOUR);
      const error = await refusal(tokens.getToken(selector, { deadlineMs: 200 }));
      expect(error).toMatchObject({ code: "DEADLINE_EXCEEDED" });
      await tokens.settle(3000);
      expect((await row(selector)).version).toBeGreaterThan(before.version);
      expect(calls()).toBe(1);
    });

    it("lets a caller go who goes away, and finishes what it began", async () => {
      const { tokens, authorize, provider, row, calls } = await createTokenFixture(database);
      const selector = await authorize();
      const before = await row(selector);
      provider.settings.answerDelayMs = 500;
      await moveClock(database, 3 * HOUR);
      const caller = new AbortController();
      const call = refusal(tokens.getToken(selector, { signal: caller.signal }));
      setTimeout(() => caller.abort(), 100);
      expect(await call).toMatchObject({ code: "DEADLINE_EXCEEDED" });
      await tokens.settle(3000);
      expect((await row(selector)).version).toBeGreaterThan(before.version);
      expect(calls()).toBe(1);
    });

    it("does not spin where the provider issues tokens without a life", async () => {
      const { tokens, authorize, calls } = await createTokenFixture(database, {
        provider: { expiresInSeconds: 0 },
      });
      const selector = await authorize();
      await moveClock(database, 3 * HOUR);
      for (let call = 0; call < 5; call += 1)
        expect(await refusal(tokens.getToken(selector))).toMatchObject({ code: "PROVIDER_UNAVAILABLE" });
      expect(calls()).toBe(1);
    });
  });

  describe("with a rejected version", () => {
    it("answers the current token when another one was rejected", async () => {
      const { tokens, authorize, row, calls } = await createTokenFixture(database);
      const selector = await authorize();
      const { version } = await row(selector);
      const view = await tokens.getToken({ ...selector, rejectedVersion: version - 1n });
      expect(view.version).toBe(version);
      expect(calls()).toBe(0);
    });

    it("refreshes the current one, once however many callers say so", async () => {
      const { tokens, authorize, row, calls, provider } = await createTokenFixture(database);
      const selector = await authorize();
      const { version } = await row(selector);
      provider.settings.answerDelayMs = 100;
      const views = await Promise.all(
        Array.from({ length: 30 }, () => tokens.getToken({ ...selector, rejectedVersion: version })),
      );
      expect(new Set(views.map((view) => view.version))).toHaveLength(1);
      expect(views[0]?.version).toBeGreaterThan(version);
      expect(calls()).toBe(1);
    });

    it("says that a permission is missing when the successor is rejected too, and asks again a minute later", async () => {
      const { tokens, authorize, row, calls } = await createTokenFixture(database);
      const selector = await authorize();
      const first = await row(selector);
      const second = await tokens.getToken({ ...selector, rejectedVersion: first.version });
      const again = { ...selector, rejectedVersion: second.version };
      for (let call = 0; call < 3; call += 1)
        expect(await refusal(tokens.getToken(again))).toMatchObject({ code: "TOKEN_REJECTED" });
      expect(calls()).toBe(1);
      expect((await tokens.getToken(selector)).version).toBe(second.version);
      await moveClock(database, 61 * SECOND);
      expect((await tokens.getToken(again)).version).toBeGreaterThan(second.version);
      expect(calls()).toBe(2);
    });

    it("never answers the rejected one when the provider fails", async () => {
      const { tokens, authorize, row, provider, calls } = await createTokenFixture(database);
      const selector = await authorize();
      const rejectedVersion = (await row(selector)).version;
      provider.always("token", { status: 503 });
      for (let call = 0; call < 2; call += 1) {
        const error = await refusal(tokens.getToken({ ...selector, rejectedVersion }));
        expect(error).toMatchObject({ code: "PROVIDER_UNAVAILABLE" });
        expect((error as { retryAfterMs: number }).retryAfterMs).toBeGreaterThan(0);
      }
      expect(calls()).toBe(1);
      expect((await tokens.getToken(selector)).degraded?.reason).toBe("PROVIDER_UNAVAILABLE");
    });

    it("asks for the person without a refresh token, and leaves the state alone", async () => {
      const { tokens, authorize, row } = await createTokenFixture(database);
      const selector = await authorize({ refreshToken: undefined });
      const before = await row(selector);
      const error = await refusal(tokens.getToken({ ...selector, rejectedVersion: before.version }));
      expect(error).toMatchObject({ code: "REAUTHORIZATION_REQUIRED" });
      expect(await row(selector)).toMatchObject({ revision: before.revision, status: "active" });
      expect((await tokens.getToken(selector)).degraded).toBeUndefined();
    });

    it("ends the grant when the provider rejects the refresh token", async () => {
      const { tokens, authorize, row, provider } = await createTokenFixture(database);
      const selector = await authorize();
      provider.script("token", oauthError("invalid_grant"));
      const rejectedVersion = (await row(selector)).version;
      const error = await refusal(tokens.getToken({ ...selector, rejectedVersion }));
      expect(error).toMatchObject({ code: "REAUTHORIZATION_REQUIRED" });
      expect((await tokens.getToken(selector)).degraded?.reason).toBe("REAUTHORIZATION_REQUIRED");
    });
  });

  describe("when this process does not have the registration of the grant", () => {
    const cases = [
      ["client_changed", { clientId: "another" }],
      ["registration_missing", { name: "somebody-else" }],
    ] as const;

    it.each(cases)("serves what works and then says %s, without a call", async (cause, changes) => {
      const { authorize, manager, registrationsOf, provider, row } = await createTokenFixture(database);
      const selector = await authorize();
      const tokens = manager({ registrations: registrationsOf(changes) });
      expect((await tokens.getToken(selector)).degraded).toBeUndefined();
      await moveClock(database, 56 * MINUTE);
      expect((await tokens.getToken(selector)).degraded?.reason).toBe("PROVIDER_MISCONFIGURED");
      await moveClock(database, HOUR);
      const error = await refusal(tokens.getToken(selector));
      expect(error).toMatchObject({ code: "PROVIDER_MISCONFIGURED", metadata: { cause } });
      expect(provider.requests).toHaveLength(0);
      expect(await row(selector)).toMatchObject({ status: "active", leaseOwner: null });
    });

    it("follows a provider registered by RPC while it is the one the grant was made with", async () => {
      const { tokens, registrations, provider, calls } = await createTokenFixture(database);
      const name = `rpc-${randomUUID().slice(0, 8)}`;
      const input = {
        name,
        clientId: "client",
        clientSecret: provider.settings.clients["client"] ?? "",
        authorizeUrl: provider.authorizeUrl,
        tokenUrl: provider.tokenUrl,
      };
      await registrations.register({ input });
      const selector = { connectionId: randomUUID(), userId: "user-1", provider: name };
      const { refreshToken } = provider.grants.open({ clientId: "client" });
      await tokens.importToken({ ...selector, accessToken: "at-1", refreshToken, verify: true });
      await moveClock(database, 2 * HOUR);
      expect((await tokens.getToken(selector)).degraded).toBeUndefined();
      expect(await tokens.sweep(new AbortController().signal)).toBe(0);
      await moveClock(database, 55 * MINUTE);
      expect(await tokens.sweep(new AbortController().signal)).toBe(1);
      await registrations.remove({ name, force: true });
      const made = calls();
      await moveClock(database, 2 * HOUR);
      expect(await refusal(tokens.getToken(selector))).toMatchObject({
        code: "PROVIDER_MISCONFIGURED",
        metadata: { cause: "registration_missing" },
      });
      await registrations.register({ input });
      expect(await refusal(tokens.getToken(selector))).toMatchObject({
        metadata: { cause: "registration_changed" },
      });
      expect(calls()).toBe(made);
    });
  });
});
