import { randomUUID } from "node:crypto";
import { beforeAll, describe, expect, it } from "vitest";
import { BrokerError } from "../../src/errors.ts";
import type { Database, Store } from "../../src/store/index.ts";
import { HOUR, MINUTE, SECOND } from "../../src/time.ts";
import { describeEachStore, moveClock } from "../support/database.ts";
import { oauthError } from "../support/provider.ts";
import { createTokenFixture, refusal, type TokenFixture } from "./token-fixture.ts";

const requestFor = ({ registration }: TokenFixture) => ({
  connectionId: randomUUID(),
  userId: "user-1",
  provider: registration.name,
});

const inAnHour = async ({ store }: TokenFixture): Promise<Date> =>
  new Date((await store.now()).getTime() + HOUR);

describeEachStore("ImportToken", (backend) => {
  let database: Database;
  beforeAll(async () => {
    database = await backend.open();
  });

  it("stores tokens that live like any others", async () => {
    const fixture = await createTokenFixture(database);
    const { tokens, provider, calls } = fixture;
    const issued = provider.grants.open({ clientId: "client" });
    const request = { ...requestFor(fixture), expiresAt: await inAnHour(fixture) };
    const view = await tokens.importToken({
      ...request,
      accessToken: issued.accessToken,
      refreshToken: issued.refreshToken,
      scopes: ["read write", "read"],
      labels: { from: "elsewhere" },
      providerMetadata: { account: "42" },
    });
    expect(view).toMatchObject({
      status: "active",
      scopes: ["read", "write"],
      refreshable: true,
      labels: { from: "elsewhere" },
      providerMetadata: { account: "42" },
      expiresAt: request.expiresAt,
      nextRefreshAt: new Date(request.expiresAt.getTime() - 10 * MINUTE),
    });
    const token = await tokens.getToken(request);
    expect(token).toMatchObject({
      accessToken: issued.accessToken,
      tokenType: "Bearer",
      version: view.version,
    });
    await moveClock(database, 56 * MINUTE);
    expect((await tokens.getToken(request)).version).toBeGreaterThan(view.version);
    expect(calls()).toBe(1);
  });

  it("refuses a live grant unless its version is named", async () => {
    const fixture = await createTokenFixture(database);
    const { tokens } = fixture;
    const request = { ...requestFor(fixture), accessToken: "at-1" };
    const first = await tokens.importToken(request);
    expect(await refusal(tokens.importToken(request))).toMatchObject({ code: "CONNECTION_ALREADY_EXISTS" });
    const wrong = { ...request, replaceVersion: first.version + 1n };
    expect(await refusal(tokens.importToken(wrong))).toMatchObject({ code: "VERSION_MISMATCH" });
    const second = await tokens.importToken({
      ...request,
      accessToken: "at-2",
      replaceVersion: first.version,
    });
    expect(second.version).toBeGreaterThan(first.version);
    expect((await tokens.getToken(request)).accessToken).toBe("at-2");
    await tokens.revokeConnection(request);
    expect(await refusal(tokens.importToken({ ...request, replaceVersion: second.version }))).toMatchObject({
      code: "VERSION_MISMATCH",
    });
    expect((await tokens.importToken(request)).version).toBeGreaterThan(second.version);
  });

  it.each([
    [{ accessToken: "" }, "access_token"],
    [{ accessToken: "a\r\nb" }, "access_token"],
    [{ accessToken: "   " }, "access_token"],
    [{ accessToken: "é" }, "access_token"],
    [{ accessToken: "a".repeat(65_537) }, "access_token"],
    [{ refreshToken: "a\u0000" }, "refresh_token"],
    [{ tokenType: "DPoP" }, "token_type"],
    [{ tokenType: "two words" }, "token_type"],
    [{ verify: true }, "verify"],
    [{ providerConfig: { shop: "acme" } }, "provider_config.shop"],
    [{ connectionId: "1" }, "connection_id"],
  ])("refuses %j by name and stores nothing", async (bad, field) => {
    const fixture = await createTokenFixture(database);
    const request = { ...requestFor(fixture), accessToken: "at-1", ...bad };
    const error = await refusal(fixture.tokens.importToken(request));
    expect(error).toMatchObject({ code: "INVALID_REQUEST", fieldViolations: [{ field }] });
    expect((await fixture.tokens.listConnections({ provider: request.provider })).connections).toEqual([]);
  });

  it("refuses a provider nobody has registered", async () => {
    const fixture = await createTokenFixture(database);
    const request = { ...requestFor(fixture), provider: "__proto__", accessToken: "at-1" };
    expect(await refusal(fixture.tokens.importToken(request))).toMatchObject({ code: "PROVIDER_NOT_FOUND" });
  });

  describe("with verify", () => {
    it("stores what a refresh brought", async () => {
      const fixture = await createTokenFixture(database);
      const { tokens, provider, store, row, calls } = fixture;
      const { refreshToken } = provider.grants.open({ clientId: "client", scopes: ["read"] });
      const request = requestFor(fixture);
      const view = await tokens.importToken({
        ...request,
        accessToken: "long-gone",
        refreshToken,
        expiresAt: new Date((await store.now()).getTime() - SECOND),
        verify: true,
      });
      expect(view).toMatchObject({ status: "active", scopes: ["read"] });
      const stored = await row(request);
      expect(stored).toMatchObject({ fromRefresh: true, lifetimeSeconds: 3600 });
      expect(provider.grants.isLiveRefreshToken(store.tokens.openRefreshToken(stored) ?? "")).toBe(true);
      expect((await tokens.getToken(request)).accessToken).not.toBe("long-gone");
      expect(calls()).toBe(1);
    });

    it.each([
      [oauthError("invalid_grant"), "REAUTHORIZATION_REQUIRED"],
      [oauthError("invalid_client", 401), "PROVIDER_MISCONFIGURED"],
      [{ status: 503, headers: { "retry-after": "7" } }, "PROVIDER_UNAVAILABLE"],
    ])("stores nothing that the provider answers %j to", async (answer, code) => {
      const fixture = await createTokenFixture(database);
      fixture.provider.script("token", answer);
      const request = { ...requestFor(fixture), accessToken: "at-1", refreshToken: "rt-1", verify: true };
      expect(await refusal(fixture.tokens.importToken(request))).toMatchObject({ code });
      expect(await refusal(fixture.tokens.getToken(request))).toMatchObject({ code: "CONNECTION_NOT_FOUND" });
    });

    it("keeps what the refresh brought while the database is away for a moment", async () => {
      const fixture = await createTokenFixture(database);
      const { store, provider, manager } = fixture;
      let failures = 2;
      const putAuthorized = (async (...args: Parameters<Store["tokens"]["putAuthorized"]>) => {
        if ((failures -= 1) >= 0) throw new BrokerError("STORE_UNAVAILABLE", "the database is away");
        return await store.tokens.putAuthorized(...args);
      }) as Store["tokens"]["putAuthorized"];
      const tokens = manager({ store: { ...store, tokens: { ...store.tokens, putAuthorized } } });
      const { refreshToken } = provider.grants.open({ clientId: "client" });
      const request = { ...requestFor(fixture), accessToken: "at-1", refreshToken, verify: true };
      expect(await tokens.importToken(request)).toMatchObject({ status: "active" });
      expect(fixture.calls()).toBe(1);
    });

    it("spends no refresh token for a grant that may not be replaced", async () => {
      const fixture = await createTokenFixture(database);
      const selector = await fixture.authorize();
      const request = { ...selector, accessToken: "at-1", refreshToken: "rt-1", verify: true };
      expect(await refusal(fixture.tokens.importToken(request))).toMatchObject({
        code: "CONNECTION_ALREADY_EXISTS",
      });
      expect(fixture.calls()).toBe(0);
    });
  });
});

describeEachStore("GetConnection and ListConnections", (backend) => {
  let database: Database;
  beforeAll(async () => {
    database = await backend.open();
  });

  it("show a grant without its secrets", async () => {
    const { tokens, authorize } = await createTokenFixture(database);
    const selector = await authorize({ labels: { team: "blue" } });
    const view = await tokens.getConnection(selector);
    expect(view).toMatchObject({
      ...selector,
      namespace: "default",
      status: "active",
      refreshable: true,
      lastError: undefined,
      labels: { team: "blue" },
    });
    const text = JSON.stringify(view, (_, value: unknown) =>
      typeof value === "bigint" ? String(value) : value,
    );
    expect(text).not.toMatch(/at-|rt-/);
  });

  it("show the last failure and the next attempt", async () => {
    const { tokens, authorize, provider } = await createTokenFixture(database);
    const selector = await authorize();
    provider.script("token", oauthError("invalid_client", 401));
    await refusal(tokens.refreshToken(selector));
    const view = await tokens.getConnection(selector);
    expect(view).toMatchObject({
      status: "degraded",
      lastError: { reason: "PROVIDER_MISCONFIGURED", providerError: "invalid_client", consecutive: 1 },
    });
    expect(view.nextRefreshAt?.getTime()).toBe((view.expiresAt?.getTime() ?? 0) - 10 * MINUTE);
  });

  it("list by page and filter, and keep to the namespace", async () => {
    const { tokens, authorize } = await createTokenFixture(database);
    const made = [];
    for (let index = 0; index < 5; index += 1)
      made.push(await authorize({ labels: { parity: index % 2 === 0 ? "even" : "odd" } }));
    const { provider } = made[0] ?? { provider: "" };
    const first = await tokens.listConnections({ provider, pageSize: 3 });
    const rest = await tokens.listConnections({ provider, pageSize: 3, pageToken: first.nextPageToken });
    expect([...first.connections, ...rest.connections].map(({ connectionId }) => connectionId)).toEqual(
      made.map(({ connectionId }) => connectionId),
    );
    expect(rest.nextPageToken).toBe("");
    const odd = await tokens.listConnections({ provider, labels: { parity: "odd" } });
    expect(odd.connections).toHaveLength(2);
    expect((await tokens.listConnections({ provider, namespace: "other" })).connections).toEqual([]);
    const foreign = tokens.listConnections({ provider, namespace: "other", pageToken: first.nextPageToken });
    expect(await refusal(foreign)).toMatchObject({ code: "INVALID_REQUEST" });
    expect(await refusal(tokens.listConnections({ pageSize: -1 }))).toMatchObject({
      code: "INVALID_REQUEST",
    });
  });
});
