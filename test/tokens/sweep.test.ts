import { setTimeout as delay } from "node:timers/promises";
import { beforeAll, expect, it } from "vitest";
import { generateFernetKey, parseKeyRing } from "../../src/crypto/index.ts";
import { createStore, type Database } from "../../src/store/index.ts";
import { silentLogger } from "../../src/telemetry/index.ts";
import { HOUR, MINUTE, SECOND } from "../../src/time.ts";
import { describeEachStore, moveClock } from "../support/database.ts";
import { oauthError } from "../support/provider.ts";
import { createTokenFixture, type Selector, type TokenFixture } from "./token-fixture.ts";

const untilDone = new AbortController().signal;

const statusOf = async ({ row }: TokenFixture, selector: Selector): Promise<string> =>
  (await row(selector)).status;

describeEachStore("the sweep", (backend) => {
  let database: Database;
  beforeAll(async () => {
    database = await backend.open();
  });

  it("refreshes what ends within 10 minutes, and nothing else", async () => {
    const fixture = await createTokenFixture(database);
    const { tokens, authorize, row, provider, calls, metrics } = fixture;
    const due = await Promise.all([60, 300, 599].map((expiresInSeconds) => authorize({ expiresInSeconds })));
    const early = await authorize({ expiresInSeconds: 700 });
    const endless = await authorize({ expiresInSeconds: undefined });
    const helpless = await authorize({ expiresInSeconds: 60, refreshToken: undefined });
    const dead = await authorize({ expiresInSeconds: 60 });
    provider.script("token", oauthError("invalid_grant"));
    await tokens.refreshToken(dead).catch(() => undefined);
    const others = [early, endless, helpless, dead];
    const before = await Promise.all(others.map((selector) => row(selector)));
    const swept = calls();
    expect(await tokens.sweep(untilDone)).toBe(3);
    expect(calls() - swept).toBe(3);
    for (const selector of due)
      expect(await row(selector)).toMatchObject({ fromRefresh: true, leaseOwner: null });
    const after = await Promise.all(others.map((selector) => row(selector)));
    expect(after.map(({ revision, leaseSeq }) => [revision, leaseSeq])).toEqual(
      before.map(({ revision, leaseSeq }) => [revision, leaseSeq]),
    );
    expect(await tokens.sweep(untilDone)).toBe(0);
    expect((await metrics.render()).text).toContain("tokenbroker_sweep_lag_seconds 0");
  });

  it("also refreshes what expired long ago, and says how late it is", async () => {
    const { tokens, authorize, row, metrics } = await createTokenFixture(database);
    const selector = await authorize();
    await moveClock(database, 5 * HOUR);
    expect(await tokens.sweep(untilDone)).toBe(1);
    expect((await row(selector)).fromRefresh).toBe(true);
    const lag = /^tokenbroker_sweep_lag_seconds (\S+)/m.exec((await metrics.render()).text)?.[1];
    expect(Number(lag)).toBeGreaterThan(4 * 3600);
  });

  it("leaves a failed one alone until its back-off ends, and works through the others", async () => {
    const { tokens, authorize, provider, calls } = await createTokenFixture(database);
    await Promise.all(Array.from({ length: 5 }, () => authorize({ expiresInSeconds: 60 })));
    provider.script("token", { status: 503, headers: { "retry-after": "600" } });
    expect(await tokens.sweep(untilDone)).toBe(5);
    expect(await tokens.sweep(untilDone)).toBe(0);
    expect(calls()).toBe(5);
    await moveClock(database, 11 * MINUTE);
    expect(await tokens.sweep(untilDone)).toBe(1);
  });

  it("ends no grant in a storm of 503, and all are well after it", { timeout: 60 * SECOND }, async () => {
    const fixture = await createTokenFixture(database);
    const { tokens, authorize, provider, calls } = fixture;
    const selectors = await Promise.all(Array.from({ length: 40 }, () => authorize()));
    provider.always("token", { status: 503 });
    await moveClock(database, 51 * MINUTE);
    for (let minute = 0; minute < 10; minute += 1) {
      await tokens.sweep(untilDone);
      await moveClock(database, MINUTE);
    }
    expect(calls()).toBeLessThan(40 * 12);
    for (const selector of selectors) expect(await statusOf(fixture, selector)).toBe("degraded");
    provider.always("token", undefined);
    await moveClock(database, 16 * MINUTE);
    expect(await tokens.sweep(untilDone)).toBe(40);
    for (const selector of selectors) expect(await statusOf(fixture, selector)).toBe("active");
  });

  it("shares the work with a sweep of another manager: no row twice", async () => {
    const { tokens, authorize, manager, provider, calls } = await createTokenFixture(database);
    await Promise.all(Array.from({ length: 40 }, () => authorize({ expiresInSeconds: 60 })));
    provider.settings.answerDelayMs = 30;
    const counts = await Promise.all([tokens.sweep(untilDone), manager().sweep(untilDone)]);
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(40);
    expect(calls()).toBe(40);
    expect(new Set(provider.requestsTo("token").map(({ fingerprint }) => fingerprint))).toHaveLength(40);
  });

  it("is joined by callers of the same process", async () => {
    const { tokens, authorize, provider, calls } = await createTokenFixture(database);
    const selector = await authorize({ expiresInSeconds: 60 });
    provider.settings.answerDelayMs = 200;
    await moveClock(database, HOUR);
    const sweeping = tokens.sweep(untilDone);
    await expect.poll(calls, { timeout: 15_000, interval: 10 }).toBe(1);
    const view = await tokens.getToken(selector);
    expect(view.degraded).toBeUndefined();
    await sweeping;
    expect(calls()).toBe(1);
  });

  it("begins with a few calls of one registration at a time, and allows more as they succeed", async () => {
    const { tokens, authorize, provider } = await createTokenFixture(database);
    await Promise.all(Array.from({ length: 30 }, () => authorize({ expiresInSeconds: 60 })));
    provider.settings.answerDelayMs = 200;
    await tokens.sweep(untilDone);
    const calls = provider.requestsTo("token");
    const atOnce = calls.map(
      ({ startedAtMs }) =>
        calls.filter((other) => other.startedAtMs <= startedAtMs && (other.endedAtMs ?? 0) > startedAtMs)
          .length,
    );
    const endedBefore = calls.map(
      ({ startedAtMs }) => calls.filter(({ endedAtMs = Infinity }) => endedAtMs <= startedAtMs).length,
    );
    for (const [index, count] of atOnce.entries())
      expect(count).toBeLessThanOrEqual(8 + (endedBefore[index] ?? 0));
    expect(Math.max(...atOnce)).toBeGreaterThan(8);
  });

  it("is not held up by rows that this process cannot open, and changes nothing in them", async () => {
    const { tokens, authorize, row, manager } = await createTokenFixture(database);
    const strange = await Promise.all(Array.from({ length: 3 }, () => authorize({ expiresInSeconds: 30 })));
    const before = await Promise.all(strange.map((selector) => row(selector)));
    const store = createStore(database, {
      keyRing: parseKeyRing(generateFernetKey()),
      logger: silentLogger,
    });
    expect(await manager({ store }).sweep(untilDone)).toBe(3);
    const after = await Promise.all(strange.map((selector) => row(selector)));
    expect(after.map(({ revision, status, leaseOwner }) => [revision, status, leaseOwner])).toEqual(
      before.map(({ revision }) => [revision, "active", null]),
    );
    expect(await tokens.sweep(untilDone)).toBe(3);
  });

  it("leaves grants of clients this process has no credentials for to others", async () => {
    const { authorize, manager, registrationsOf, calls } = await createTokenFixture(database);
    await authorize({ expiresInSeconds: 60 });
    const stranger = manager({ registrations: registrationsOf({ clientId: "another" }) });
    expect(await stranger.sweep(untilDone)).toBe(0);
    expect(calls()).toBe(0);
  });

  it("spares grants that nobody has read for so many days, if it is told to", async () => {
    const { tokens, authorize, calls } = await createTokenFixture(database, {
      settings: { refreshIdleDays: 2 },
    });
    const read = await authorize({ expiresInSeconds: 3 * 24 * 3600 });
    await authorize({ expiresInSeconds: 3 * 24 * 3600 });
    await moveClock(database, 2.5 * 24 * HOUR);
    await tokens.getToken(read);
    await tokens.flushLastUsed();
    await moveClock(database, 0.5 * 24 * HOUR);
    expect(await tokens.sweep(untilDone)).toBe(1);
    expect(calls()).toBe(1);
  });

  it("stops between two rows when it is told to, and gives every lease back", async () => {
    const { tokens, authorize, provider, row, calls } = await createTokenFixture(database);
    const selectors = await Promise.all(
      Array.from({ length: 20 }, () => authorize({ expiresInSeconds: 60 })),
    );
    provider.settings.answerDelayMs = 200;
    const stopping = new AbortController();
    const sweeping = tokens.sweep(stopping.signal);
    await delay(100);
    stopping.abort();
    const count = await sweeping;
    expect(count).toBeLessThan(20);
    expect(calls()).toBe(count);
    for (const selector of selectors) expect((await row(selector)).leaseOwner).toBeNull();
  });

  it(
    "ends although tokens of a short life fall due again all the time, and holds no lease of theirs then",
    { timeout: 60 * SECOND },
    async () => {
      const { tokens, authorize, provider, row } = await createTokenFixture(database, {
        provider: { expiresInSeconds: 1 },
      });
      const selectors = await Promise.all(
        Array.from({ length: 30 }, () => authorize({ expiresInSeconds: 60 })),
      );
      provider.settings.answerDelayMs = 300;
      await tokens.sweep(untilDone);
      for (const selector of selectors)
        expect(await row(selector)).toMatchObject({ fromRefresh: true, leaseOwner: null });
    },
  );

  it("does not spin on tokens without a life", async () => {
    const { tokens, authorize, calls } = await createTokenFixture(database, {
      provider: { expiresInSeconds: 0 },
    });
    await Promise.all(Array.from({ length: 4 }, () => authorize({ expiresInSeconds: 60 })));
    await tokens.sweep(untilDone);
    expect(calls()).toBe(4);
  });
});
