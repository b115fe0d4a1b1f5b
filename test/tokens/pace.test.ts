import { setTimeout as delay } from "node:timers/promises";
import { beforeAll, describe, expect, it } from "vitest";
import { generateFernetKey, parseKeyRing } from "../../src/crypto/index.ts";
import type { Registrations } from "../../src/registrations/index.ts";
import type { Database } from "../../src/store/index.ts";
import { type Clock, HOUR, MINUTE, SECOND } from "../../src/time.ts";
import { describeEachStore, moveClock } from "../support/database.ts";
import type { ProviderRequest } from "../support/provider.ts";
import { createTokenFixture, refusal, type Selector, type TokenFixture, SETTINGS } from "./token-fixture.ts";

const untilDone = new AbortController().signal;

const grantsOf = (fixture: TokenFixture, count: number, expiresInSeconds = 3600): Promise<Selector[]> =>
  Promise.all(Array.from({ length: count }, () => fixture.authorize({ expiresInSeconds })));

const TIMEOUT_MS = SETTINGS.providerTimeoutSeconds * SECOND;

/** So that a busy machine does not come to the end of a slow start. */
const slowly: Clock = { monotonicMs: () => performance.now() / 10 };

/** Their tokens are sealed with one key, so that one process can refresh both's. */
const twoProviders = async (database: Database): Promise<[slow: TokenFixture, quick: TokenFixture]> => {
  const options = { keyRing: parseKeyRing(generateFernetKey()) };
  return [await createTokenFixture(database, options), await createTokenFixture(database, options)];
};

/** A process that has the providers of both fixtures. */
const both = (one: TokenFixture, other: TokenFixture): Registrations => ({
  ...one.registrations,
  resolvePinned: (namespace, name, pins) =>
    (name === other.registration.name ? other : one).registrations.resolvePinned(namespace, name, pins),
  refreshable: async () => [
    ...(await one.registrations.refreshable()),
    ...(await other.registrations.refreshable()),
  ],
});

const refreshed = async ({ row }: TokenFixture, selectors: readonly Selector[]): Promise<number> =>
  (await Promise.all(selectors.map((selector) => row(selector)))).filter(({ fromRefresh }) => fromRefresh)
    .length;

const tokenCalls = ({ provider }: TokenFixture): readonly ProviderRequest[] => provider.requestsTo("token");

/** How many were under way when this one began. */
const atOnce = (calls: readonly ProviderRequest[], { startedAtMs }: ProviderRequest): number =>
  calls.filter((other) => other.startedAtMs <= startedAtMs && (other.endedAtMs ?? Infinity) > startedAtMs)
    .length;

describeEachStore("the pace of a provider", (backend) => {
  let database: Database;
  beforeAll(async () => {
    database = await backend.open();
  });

  describe("that throttles", () => {
    it(
      "is not exceeded until it said to come back, and no other provider waits for that",
      { timeout: 60 * SECOND },
      async () => {
        const [slow, quick] = await twoProviders(database);
        const tokens = slow.manager({ registrations: both(slow, quick) });
        const [throttled, others] = [await grantsOf(slow, 40), await grantsOf(quick, 40)];
        slow.provider.always("token", { status: 429, headers: { "retry-after": "120" } });
        await moveClock(database, 51 * MINUTE);
        await tokens.sweep(untilDone);
        expect(slow.calls()).toBeLessThanOrEqual(8);
        expect(await refreshed(quick, others)).toBe(40);
        const { length: before } = tokenCalls(slow);
        await moveClock(database, 110 * SECOND);
        await tokens.sweep(untilDone);
        expect(slow.calls()).toBe(before);
        slow.provider.always("token", undefined);
        await moveClock(database, 20 * SECOND);
        await tokens.sweep(untilDone);
        expect(await refreshed(slow, throttled)).toBe(40);
      },
    );

    it("is asked for an expired token all the same, once that grant's own wait is over, and for no other", async () => {
      const fixture = await createTokenFixture(database);
      const { tokens, provider, calls, authorize } = fixture;
      const [refused, expired, working] = [
        await authorize(),
        await authorize(),
        await authorize({ expiresInSeconds: 7300 }),
      ];
      await moveClock(database, HOUR + 58 * MINUTE);
      provider.script("token", { status: 429, headers: { "retry-after": "600" } });
      expect(await refusal(tokens.getToken(refused))).toMatchObject({ code: "PROVIDER_UNAVAILABLE" });
      expect((await tokens.getToken(expired)).degraded).toBeUndefined();
      const served = await tokens.getToken(working);
      expect(served.degraded?.reason).toBe("PROVIDER_UNAVAILABLE");
      const pauseMs =
        (served.degraded?.nextAttemptAt?.getTime() ?? 0) - (served.degraded?.since.getTime() ?? 0);
      expect(pauseMs).toBeGreaterThan(9 * MINUTE);
      expect(await refusal(tokens.getToken(refused))).toMatchObject({ code: "PROVIDER_UNAVAILABLE" });
      expect(calls()).toBe(2);
    });

    it("now and then, for a second each time, is worked off in one sweep", async () => {
      const fixture = await createTokenFixture(database);
      const { tokens, provider } = fixture;
      const all = await grantsOf(fixture, 30);
      await moveClock(database, 51 * MINUTE);
      const busy = { status: 429, headers: { "retry-after": "1" } };
      provider.script("token", busy, busy, busy);
      await tokens.sweep(untilDone);
      expect(await refreshed(fixture, all)).toBe(27);
      await moveClock(database, 10 * SECOND);
      await tokens.sweep(untilDone);
      expect(await refreshed(fixture, all)).toBe(30);
    });
  });

  it("that hangs delays no other, and is called with few tokens", { timeout: 60 * SECOND }, async () => {
    const [slow, quick] = await twoProviders(database);
    const tokens = slow.manager({ registrations: both(slow, quick) });
    const [hanging, others] = [await grantsOf(slow, 30), await grantsOf(quick, 60)];
    slow.provider.always("token", { fault: "hang" });
    await moveClock(database, 51 * MINUTE);
    const stopping = new AbortController();
    const sweeping = tokens.sweep(stopping.signal);
    await expect.poll(() => refreshed(quick, others), { timeout: 15_000 }).toBe(60);
    const last = Math.max(...tokenCalls(quick).map(({ endedAtMs = 0 }) => endedAtMs));
    const first = Math.min(...tokenCalls(slow).map(({ startedAtMs }) => startedAtMs));
    expect(last).toBeLessThan(first + TIMEOUT_MS);
    stopping.abort();
    await slow.provider.close();
    await sweeping;
    expect(tokenCalls(slow).length).toBeLessThanOrEqual(8);
    expect(await refreshed(slow, hanging)).toBe(0);
  });

  it("that hangs for one caller leaves room for callers of others", async () => {
    const [slow, quick] = await twoProviders(database);
    const tokens = slow.manager({ registrations: both(slow, quick) });
    const [hanging, other] = [await grantsOf(slow, 20), (await grantsOf(quick, 1))[0]!];
    slow.provider.always("token", { fault: "hang" });
    await moveClock(database, 3 * HOUR);
    const waiting = Promise.allSettled(
      hanging.map((selector) => tokens.getToken(selector, { deadlineMs: 1000 })),
    );
    await delay(200);
    const startedMs = performance.now();
    expect((await tokens.getToken(other)).degraded).toBeUndefined();
    expect(performance.now() - startedMs).toBeLessThan(TIMEOUT_MS / 2);
    await waiting;
    await slow.provider.close();
  });

  describe("after a long time without a sweep", () => {
    it("is approached slowly", { timeout: 60 * SECOND }, async () => {
      const fixture = await createTokenFixture(database);
      const { provider, manager } = fixture;
      const all = await grantsOf(fixture, 40);
      provider.settings.answerDelayMs = 100;
      await moveClock(database, 5 * HOUR);
      await manager({ clock: slowly }).sweep(untilDone);
      expect(await refreshed(fixture, all)).toBe(40);
      const calls = tokenCalls(fixture);
      const later = calls.filter((call) => call.startedAtMs > (calls[7]?.endedAtMs ?? 0));
      expect(Math.max(...later.map((call) => atOnce(calls, call)))).toBeLessThanOrEqual(3);
    });

    it("is asked first for tokens that are about to end, then for those that ended long ago", async () => {
      const fixture = await createTokenFixture(database);
      const { manager, row } = fixture;
      const ended = await grantsOf(fixture, 12, 60);
      const ending = await grantsOf(fixture, 3, 3 * 3600 + 120);
      await moveClock(database, 3 * HOUR);
      await manager().sweep(untilDone);
      const at = async (selectors: readonly Selector[]): Promise<number[]> =>
        (await Promise.all(selectors.map((selector) => row(selector)))).map(
          ({ lastRefreshedAt }) => lastRefreshedAt?.getTime() ?? Infinity,
        );
      expect(Math.max(...(await at(ending)))).toBeLessThanOrEqual(Math.min(...(await at(ended))) + 50);
      expect(await refreshed(fixture, [...ended, ...ending])).toBe(15);
    });
  });
});
