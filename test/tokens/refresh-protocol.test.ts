import { setTimeout as delay } from "node:timers/promises";
import { beforeAll, describe, expect, it } from "vitest";
import { BrokerError } from "../../src/errors.ts";
import { createStore, type Database, openDatabase, type Store } from "../../src/store/index.ts";
import { silentLogger } from "../../src/telemetry/index.ts";
import { HOUR, MINUTE, SECOND } from "../../src/time.ts";
import { describeEachStore, moveClock, storeUnderTest } from "../support/database.ts";
import { json, oauthError } from "../support/provider.ts";
import { createTokenFixture, refusal } from "./token-fixture.ts";

const POLL = { timeout: 15_000, interval: 10 };

/** A store whose saves fail while `away` says so: the database went away at the worst moment. */
const storeThatLoses = (store: Store, away: () => boolean): Store => ({
  ...store,
  tokens: {
    ...store.tokens,
    saveRefreshed: async (...args) => {
      if (away()) throw new BrokerError("STORE_UNAVAILABLE", "the database is away");
      return await store.tokens.saveRefreshed(...args);
    },
  },
});

describeEachStore("a refresh", (backend) => {
  let database: Database;
  beforeAll(async () => {
    database = await backend.open();
  });

  it("is one call for 50 callers of an expired token, all of whom get its result", async () => {
    const { tokens, authorize, provider, calls } = await createTokenFixture(database);
    const selector = await authorize();
    provider.settings.answerDelayMs = 150;
    await moveClock(database, 3 * HOUR);
    const views = await Promise.all(Array.from({ length: 50 }, () => tokens.getToken(selector)));
    expect(new Set(views.map((view) => view.accessToken))).toHaveLength(1);
    expect(calls()).toBe(1);
  });

  it("is one call for callers of two managers, the second of which reads the row until it moves", async () => {
    const { tokens, authorize, provider, calls, manager } = await createTokenFixture(database);
    const selector = await authorize();
    provider.settings.answerDelayMs = 400;
    await moveClock(database, 3 * HOUR);
    const other = manager();
    const views = await Promise.all(
      Array.from({ length: 20 }, (_, index) => (index % 2 === 0 ? tokens : other).getToken(selector)),
    );
    expect(new Set(views.map((view) => view.accessToken))).toHaveLength(1);
    expect(calls()).toBe(1);
  });

  it("is one call for RefreshToken by any number of callers who hold the same version", async () => {
    const { tokens, authorize, provider, calls, row } = await createTokenFixture(database);
    const selector = await authorize();
    const { version } = await row(selector);
    provider.settings.answerDelayMs = 100;
    const views = await Promise.all(
      Array.from({ length: 20 }, () => tokens.refreshToken({ ...selector, version })),
    );
    expect(new Set(views.map((view) => view.version))).toHaveLength(1);
    expect((await tokens.refreshToken({ ...selector, version })).version).toBe(views[0]?.version);
    expect(calls()).toBe(1);
    expect((await tokens.refreshToken(selector)).version).toBeGreaterThan(views[0]?.version ?? 0n);
    expect(calls()).toBe(2);
  });

  describe("keeps", () => {
    it.each([
      ["none", {}],
      ["null", { refresh_token: null }],
      ["an empty one", { refresh_token: "" }],
    ])("the stored refresh token when the answer has %s", async (_, answer) => {
      const { tokens, authorize, provider, row, store } = await createTokenFixture(database, {
        provider: { rotation: false },
      });
      const selector = await authorize();
      const before = store.tokens.openRefreshToken(await row(selector));
      provider.script(
        "token",
        json({ access_token: "at-new", token_type: "Bearer", expires_in: 3600, ...answer }),
      );
      await tokens.refreshToken(selector);
      const after = await row(selector);
      expect(store.tokens.openRefreshToken(after)).toBe(before);
      expect(store.tokens.openAccessToken(after)).toBe("at-new");
      expect((await tokens.refreshToken(selector)).status).toBe("active");
    });

    it("scopes, labels and what the answer does not speak of", async () => {
      const { tokens, authorize, provider } = await createTokenFixture(database);
      const selector = await authorize({ labels: { team: "blue" }, scopes: ["read", "write"] });
      provider.script("token", json({ access_token: "at-new", token_type: "Bearer" }));
      const view = await tokens.refreshToken(selector);
      expect(view).toMatchObject({
        scopes: ["read", "write"],
        labels: { team: "blue" },
        expiresAt: undefined,
        refreshable: true,
        nextRefreshAt: undefined,
      });
    });

    it("fewer scopes when the vendor says that they became fewer", async () => {
      const { tokens, authorize, provider } = await createTokenFixture(database);
      const selector = await authorize({ scopes: ["read", "write"] });
      provider.script("token", json({ access_token: "at-new", token_type: "Bearer", scope: "read" }));
      expect((await tokens.refreshToken(selector)).scopes).toEqual(["read"]);
      const error = await refusal(tokens.getToken({ ...selector, requiredScopes: ["write"] }));
      expect(error).toMatchObject({ code: "MISSING_SCOPES" });
    });
  });

  describe("of a vendor that knows when refresh tokens end", () => {
    it("renews the idle limit, and never the absolute one", async () => {
      const { tokens, authorize, row } = await createTokenFixture(database, {
        refresh: { idleLifetimeSeconds: 7200, lifetimeSeconds: 10_000 },
      });
      const selector = await authorize();
      const { authorizedAt, refreshExpiresAt } = await row(selector);
      expect((refreshExpiresAt?.getTime() ?? 0) - authorizedAt.getTime()).toBeLessThan(7201 * SECOND);
      await moveClock(database, HOUR);
      await tokens.refreshToken(selector);
      const renewed = await row(selector);
      expect(renewed.refreshExpiresAt?.getTime()).toBe(authorizedAt.getTime() + 10_000 * SECOND);
    });
  });

  describe("whose outcome nobody knows", () => {
    it("is repeated at once where the vendor gives a grace", async () => {
      const { tokens, authorize, provider, calls } = await createTokenFixture(database, {
        provider: { graceMs: 5000 },
        refresh: { rotates: true, graceSeconds: 5 },
      });
      const selector = await authorize();
      provider.script("token", { fault: "reset", afterProcessing: true });
      await moveClock(database, 3 * HOUR);
      expect((await tokens.getToken(selector)).degraded).toBeUndefined();
      expect(calls()).toBe(2);
    });

    it("waits for the end of the token that works, spends the old refresh token then, and says why it ended", async () => {
      const { tokens, authorize, provider, calls, row } = await createTokenFixture(database, {
        refresh: { rotates: true, graceSeconds: 0 },
      });
      const selector = await authorize();
      provider.script("token", { fault: "reset", afterProcessing: true });
      await moveClock(database, 56 * MINUTE);
      expect((await tokens.getToken(selector)).degraded?.reason).toBe("PROVIDER_UNAVAILABLE");
      const held = await row(selector);
      expect(held).toMatchObject({ status: "degraded", failureReason: "REFRESH_OUTCOME_UNKNOWN" });
      expect(held.nextAttemptAt?.getTime()).toBe((held.expiresAt?.getTime() ?? 0) - 10 * SECOND);
      await moveClock(database, 3 * MINUTE);
      await tokens.getToken(selector);
      expect(calls()).toBe(1);
      await moveClock(database, MINUTE);
      expect(await refusal(tokens.getToken(selector))).toMatchObject({
        code: "REAUTHORIZATION_REQUIRED",
        metadata: { cause: "refresh_outcome_unknown" },
      });
      expect(calls()).toBe(2);
      expect((await tokens.getConnection(selector)).lastError?.reason).toBe("REAUTHORIZATION_REQUIRED");
    });

    it("is like any other failure where the vendor does not rotate", async () => {
      const { tokens, authorize, provider, row } = await createTokenFixture(database, {
        provider: { rotation: false },
        refresh: { rotates: false },
      });
      const selector = await authorize();
      provider.script("token", { fault: "reset" });
      await moveClock(database, 56 * MINUTE);
      await tokens.getToken(selector);
      expect(await row(selector)).toMatchObject({ failureReason: "PROVIDER_UNAVAILABLE" });
      await moveClock(database, 10 * SECOND);
      expect((await tokens.getToken(selector)).degraded).toBeUndefined();
    });

    it("is also that of an owner who vanished with the lease", async () => {
      const { tokens, authorize, row, store, calls } = await createTokenFixture(database);
      const selector = await authorize();
      await moveClock(database, 56 * MINUTE);
      const { id, version } = await row(selector);
      await store.tokens.claim(id, version, "vanished", 45);
      expect((await tokens.getToken(selector, { deadlineMs: 300 })).degraded).toBeDefined();
      await moveClock(database, 91 * SECOND);
      await tokens.getToken(selector);
      expect(await row(selector)).toMatchObject({ failureReason: "REFRESH_OUTCOME_UNKNOWN" });
      expect(calls()).toBe(0);
      await moveClock(database, 3 * MINUTE);
      expect((await tokens.getToken(selector)).version).toBeGreaterThan(version);
      expect(calls()).toBe(1);
    });
  });

  describe("that cannot be saved", () => {
    it("is served from memory until the database takes it, without a second call", async () => {
      let away = true;
      const { authorize, manager, provider, row, store, calls } = await createTokenFixture(database);
      const tokens = manager({ store: storeThatLoses(store, () => away) });
      const selector = await authorize();
      const before = await row(selector);
      await moveClock(database, 3 * HOUR);
      const held = await tokens.getToken(selector);
      expect(held.degraded?.reason).toBe("STORE_UNAVAILABLE");
      expect(held.version).toBeGreaterThan(before.version);
      const again = await tokens.getToken(selector);
      expect(again).toMatchObject({ accessToken: held.accessToken, version: held.version });
      expect(await tokens.settle(300)).toMatchObject([{ connectionId: selector.connectionId }]);
      away = false;
      expect(await tokens.settle(3000)).toEqual([]);
      const saved = await row(selector);
      expect(saved).toMatchObject({ version: held.version, status: "active", leaseOwner: null });
      expect(store.tokens.openAccessToken(saved)).toBe(held.accessToken);
      const stored = store.tokens.openRefreshToken(saved) ?? "";
      expect(provider.grants.isLiveRefreshToken(stored)).toBe(true);
      expect((await tokens.getToken(selector)).degraded).toBeUndefined();
      expect(calls()).toBe(1);
    });

    it("is not repeated in this process, forced or swept, when its lease has long run out", async () => {
      let away = true;
      const { authorize, manager, store, calls } = await createTokenFixture(database);
      const tokens = manager({ store: storeThatLoses(store, () => away) });
      const selector = await authorize();
      await moveClock(database, 3 * HOUR);
      const held = await tokens.getToken(selector);
      await moveClock(database, 5 * MINUTE);
      expect((await tokens.getToken(selector)).accessToken).toBe(held.accessToken);
      for (const request of [
        () => tokens.getToken({ ...selector, rejectedVersion: held.version }),
        () => tokens.refreshToken(selector, { deadlineMs: 1000 }),
      ])
        expect(await refusal(request())).toMatchObject({ code: "STORE_UNAVAILABLE" });
      await tokens.sweep(new AbortController().signal);
      expect(calls()).toBe(1);
      away = false;
      expect(await tokens.settle(3000)).toEqual([]);
      expect((await tokens.getToken(selector)).degraded).toBeUndefined();
    });

    it("is withheld when an operator blocks the connection meanwhile", async () => {
      const { authorize, manager, store, row } = await createTokenFixture(database);
      const tokens = manager({ store: storeThatLoses(store, () => away) });
      let away = true;
      const selector = await authorize();
      await moveClock(database, 3 * HOUR);
      await tokens.getToken(selector);
      await database.sql.run("", "update connection_tokens set status = 'blocked' where id = $1::bigint", [
        (await row(selector)).id,
      ]);
      expect(await refusal(tokens.getToken(selector))).toMatchObject({ code: "BLOCKED" });
      away = false;
      await tokens.settle(3000);
      expect(await refusal(tokens.getToken(selector))).toMatchObject({ code: "BLOCKED" });
    });

    it("is served although the row itself cannot be read", async () => {
      let away = false;
      const { authorize, manager, store } = await createTokenFixture(database);
      const down = storeThatLoses(store, () => true);
      const find: Store["tokens"]["find"] = async (key) => {
        if (away) throw new BrokerError("STORE_UNAVAILABLE", "the database is away");
        return await store.tokens.find(key);
      };
      const tokens = manager({ store: { ...down, tokens: { ...down.tokens, find } } });
      const [selector, other] = [await authorize(), await authorize()];
      await moveClock(database, 3 * HOUR);
      const held = await tokens.getToken(selector);
      away = true;
      expect(await tokens.getToken(selector)).toMatchObject({
        version: held.version,
        degraded: { reason: "STORE_UNAVAILABLE" },
      });
      expect(await refusal(tokens.getToken(other))).toMatchObject({ code: "STORE_UNAVAILABLE" });
    });

    it("keeps the lifetime it was issued with, however late it is saved", async () => {
      let away = true;
      const { authorize, manager, row, store } = await createTokenFixture(database);
      const tokens = manager({ store: storeThatLoses(store, () => away) });
      const selector = await authorize();
      await moveClock(database, 3 * HOUR);
      const held = await tokens.getToken(selector);
      await delay(700);
      away = false;
      await tokens.settle(3000);
      const { expiresAt } = await row(selector);
      expect(Math.abs((expiresAt?.getTime() ?? 0) - (held.expiresAt?.getTime() ?? 0))).toBeLessThan(500);
    });
  });

  describe("that loses to a revocation", () => {
    it("hands its tokens to the vendor's revocation, and nobody gets them", async () => {
      const { tokens, authorize, provider, store, calls } = await createTokenFixture(database);
      const selector = await authorize();
      provider.settings.answerDelayMs = 500;
      await moveClock(database, 3 * HOUR);
      const call = refusal(tokens.getToken(selector));
      await expect.poll(calls, POLL).toBe(1);
      expect(await tokens.revokeConnection(selector)).toBe("done");
      expect(await call).toMatchObject({ code: "CONNECTION_NOT_FOUND" });
      await tokens.settle(3000);
      expect(provider.grants.size).toBe(0);
      await tokens.deliverRevocations(new AbortController().signal);
      const revoked = provider.requestsTo("revoke").map(({ fingerprint }) => fingerprint);
      expect(new Set(revoked)).toHaveLength(4);
      expect(await store.revocations.claimDue({ limit: 10, owner: "test", leaseSeconds: 1 })).toEqual([]);
    });

    it("does not touch a grant that was authorized again meanwhile", async () => {
      const { tokens, authorize, provider, row, calls } = await createTokenFixture(database);
      const selector = await authorize();
      provider.settings.answerDelayMs = 500;
      await moveClock(database, 3 * HOUR);
      const call = tokens.getToken(selector);
      await expect.poll(calls, POLL).toBe(1);
      await authorize({ selector });
      const { version } = await row(selector);
      expect((await call).version).toBe(version);
      await tokens.settle(3000);
      expect(await row(selector)).toMatchObject({ version, status: "active", failureReason: "" });
      expect(provider.requestsTo("revoke")).toHaveLength(0);
    });
  });

  it("that is rejected after somebody else's success is no failure", async () => {
    const { tokens, authorize, provider, row, calls } = await createTokenFixture(database);
    const selector = await authorize();
    provider.script("token", { ...oauthError("invalid_grant"), delayMs: 500 });
    await moveClock(database, 3 * HOUR);
    const call = tokens.getToken(selector);
    await expect.poll(calls, POLL).toBe(1);
    await authorize({ selector });
    expect((await call).degraded).toBeUndefined();
    expect(await row(selector)).toMatchObject({ status: "active", failureReason: "" });
  });

  it("reads the row again under the lease: who claims right after another's failure does not repeat it", async () => {
    const { tokens, authorize, provider, store, manager, row, calls } = await createTokenFixture(database);
    const gate = Promise.withResolvers<void>();
    const claim: Store["tokens"]["claim"] = async (...args) => {
      await gate.promise;
      return await store.tokens.claim(...args);
    };
    const late = manager({ store: { ...store, tokens: { ...store.tokens, claim } } });
    const selector = await authorize();
    provider.always("token", { status: 503 });
    await moveClock(database, 56 * MINUTE);
    const call = late.getToken(selector);
    await tokens.getToken(selector);
    gate.resolve();
    expect((await call).degraded?.reason).toBe("PROVIDER_UNAVAILABLE");
    expect(calls()).toBe(1);
    expect(await row(selector)).toMatchObject({ leaseOwner: null, failureCount: 1 });
  });

  it("tries the previous secret when the vendor does not know the new one yet", async () => {
    const { authorize, manager, registrationsOf, provider } = await createTokenFixture(database);
    const selector = await authorize();
    const known = provider.settings.clients["client"] ?? "";
    const registrations = registrationsOf({ clientSecret: "too-new", previousClientSecret: known });
    await moveClock(database, 3 * HOUR);
    expect((await manager({ registrations }).getToken(selector)).degraded).toBeUndefined();
  });

  it("says what it did in the log and the counters, and nothing secret", async () => {
    const { tokens, authorize, metrics, logLines, provider } = await createTokenFixture(database);
    const selector = await authorize();
    await tokens.refreshToken(selector);
    provider.script("token", oauthError("invalid_grant"));
    await refusal(tokens.refreshToken(selector));
    const { text } = await metrics.render();
    const { provider: name } = selector;
    expect(text).toContain(`tokenbroker_refreshes_total{provider="${name}",outcome="refreshed"} 1`);
    expect(text).toContain(`tokenbroker_refreshes_total{provider="${name}",outcome="rejected"} 1`);
    expect(text).toContain(
      `tokenbroker_connection_transitions_total{provider="${name}",status="needs_reauth"} 1`,
    );
    const events = logLines.map((line) => (JSON.parse(line) as { event: string }).event);
    expect(events).toEqual([
      "connection authorized",
      "token refreshed",
      "refresh failed",
      "connection changed state",
    ]);
    expect(logLines.join("\n")).not.toMatch(/at-|rt-|user-1/);
  });
});

describe("two processes on one PostgreSQL", () => {
  const backend = storeUnderTest("postgresql");

  it("make one call for the callers of both, and hold no connection while they wait", async () => {
    const source = await backend.source();
    await using first = await openDatabase(source, { logger: silentLogger, poolSize: 2 });
    await using second = await openDatabase(source, { logger: silentLogger, poolSize: 2 });
    const { tokens, authorize, provider, calls, manager, keyRing } = await createTokenFixture(first);
    const other = manager({ store: createStore(second, { keyRing, logger: silentLogger }) });
    const selectors = await Promise.all(Array.from({ length: 10 }, () => authorize()));
    const fresh = await authorize({ expiresInSeconds: 100 * 3600 });
    provider.settings.answerDelayMs = 1500;
    await moveClock(first, 3 * HOUR);
    const waiting = Promise.all(
      selectors.flatMap((selector) => [tokens.getToken(selector), other.getToken(selector)]),
    );
    await expect.poll(calls, POLL).toBe(10);
    await Promise.all([tokens.getToken(fresh), other.getToken(fresh)]);
    const answered = provider.requestsTo("token").filter(({ endedAtMs }) => endedAtMs !== undefined);
    expect(answered).toEqual([]);
    const views = await waiting;
    expect(new Set(views.map((view) => view.accessToken))).toHaveLength(10);
    expect(calls()).toBe(10);
  });
});
