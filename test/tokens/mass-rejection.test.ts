import { beforeAll, expect, it } from "vitest";
import type { Database } from "../../src/store/index.ts";
import { HOUR, MINUTE, SECOND } from "../../src/time.ts";
import type { TokenManager } from "../../src/tokens/index.ts";
import { describeEachStore, moveClock } from "../support/database.ts";
import { oauthError } from "../support/provider.ts";
import { createTokenFixture, refusal, type Selector, type TokenFixture } from "./token-fixture.ts";

const untilDone = new AbortController().signal;
const dead = oauthError("invalid_grant");

const grantsOf = (fixture: TokenFixture, count: number, lifetimes: readonly number[]): Promise<Selector[]> =>
  Promise.all(
    Array.from({ length: count }, (_, index) =>
      fixture.authorize({ expiresInSeconds: lifetimes[index % lifetimes.length] }),
    ),
  );

const countOf = async (
  { row }: TokenFixture,
  selectors: readonly Selector[],
  status: string,
): Promise<number> =>
  (await Promise.all(selectors.map((selector) => row(selector)))).filter((one) => one.status === status)
    .length;

/** What is still wrong with whom. */
const notActive = async ({ row }: TokenFixture, selectors: readonly Selector[]): Promise<string[]> =>
  (await Promise.all(selectors.map((selector) => row(selector))))
    .filter(({ status }) => status !== "active")
    .map(({ status, failureReason, nextAttemptAt, now }) =>
      [status, failureReason, nextAttemptAt && nextAttemptAt.getTime() - now.getTime()].join(" "),
    );

const events = ({ logLines }: TokenFixture, event: string): number =>
  logLines.filter((line) => line.includes(event)).length;

const HELD = "provider rejects most refreshes";
const RELEASED = "provider refreshes again";

describeEachStore("a provider that rejects everybody", (backend) => {
  let database: Database;
  beforeAll(async () => {
    database = await backend.open();
  });

  it(
    "for ten minutes ends less than one grant in twenty meanwhile and none in the end, with two replicas",
    async () => {
      const fixture = await createTokenFixture(database);
      const { provider, manager, calls, row } = fixture;
      const replicas = [1, 2].map(() => manager());
      const [first] = replicas as [TokenManager, TokenManager];
      const all = await grantsOf(fixture, 60, [3600, 3900, 4200]);
      provider.always("token", dead);
      await moveClock(database, 51 * MINUTE);
      const terminal: number[] = [];
      const perMinute: number[] = [];
      for (let minute = 0; minute < 10; minute += 1) {
        const before = calls();
        await Promise.all(replicas.map((replica) => replica.sweep(untilDone)));
        await Promise.all(replicas.map((replica) => replica.tendTroubles(untilDone)));
        await Promise.allSettled(all.map((selector, index) => replicas[index % 2]!.getToken(selector)));
        terminal.push(await countOf(fixture, all, "needs_reauth"));
        perMinute.push(calls() - before);
        await moveClock(database, 61 * SECOND);
      }
      expect(Math.max(...terminal)).toBeLessThan(3);
      expect(Math.max(...perMinute.slice(1))).toBe(1);
      expect(events(fixture, HELD)).toBe(1);
      const expired = all[0]!;
      const error = await refusal(first.getToken(expired));
      expect(error).toMatchObject({ code: "PROVIDER_UNAVAILABLE", retryAfterMs: expect.any(Number) });
      expect((error as { retryAfterMs: number }).retryAfterMs).toBeLessThan(100 * SECOND);
      expect((await first.getToken(all[2]!)).degraded?.reason).toBe("PROVIDER_UNAVAILABLE");
      expect(await first.getConnection(expired)).toMatchObject({
        status: "degraded",
        lastError: { reason: "PROVIDER_UNAVAILABLE" },
      });
      const { text } = await fixture.metrics.render();
      expect(text).toContain(`tokenbroker_provider_held{provider="${fixture.registration.name}"} 1`);

      provider.always("token", undefined);
      await moveClock(database, 60 * SECOND);
      await first.tendTroubles(untilDone);
      await first.settle(10_000);
      await Promise.all(replicas.map((replica) => replica.sweep(untilDone)));
      expect(await notActive(fixture, all)).toEqual([]);
      expect((await row(expired)).fromRefresh).toBe(true);
      expect(events(fixture, RELEASED)).toBe(1);
      await first.tendTroubles(untilDone);
      expect((await fixture.metrics.render()).text).not.toMatch(/tokenbroker_provider_held\{.*\} 1/);
    },
    90 * SECOND,
  );

  it(
    "after a long good time with tokens of five minutes ends none either",
    { timeout: 60 * SECOND },
    async () => {
      const fixture = await createTokenFixture(database, { provider: { expiresInSeconds: 300 } });
      const { provider, tokens } = fixture;
      const all = await grantsOf(fixture, 30, [300]);
      for (let round = 0; round < 4; round += 1) {
        await tokens.sweep(untilDone);
        await moveClock(database, 4.1 * MINUTE);
      }
      expect(await countOf(fixture, all, "active")).toBe(30);
      provider.always("token", dead);
      for (let round = 0; round < 5; round += 1) {
        await tokens.sweep(untilDone);
        await tokens.tendTroubles(untilDone);
        expect(await countOf(fixture, all, "needs_reauth")).toBeLessThan(2);
        await moveClock(database, 2 * MINUTE);
      }
      provider.always("token", undefined);
      await tokens.tendTroubles(untilDone);
      await tokens.settle(10_000);
      await tokens.sweep(untilDone);
      expect(await countOf(fixture, all, "active")).toBe(30);
    },
  );

  it("is none if one grant among 60 is dead: it is at once", async () => {
    const fixture = await createTokenFixture(database);
    const { provider, tokens, row } = fixture;
    const all = await grantsOf(fixture, 60, [3600]);
    const victim = all[7]!;
    provider.vendor.script({ grant: victim.connectionId, answer: dead, times: Infinity });
    await moveClock(database, 51 * MINUTE);
    await tokens.sweep(untilDone);
    expect(await row(victim)).toMatchObject({
      status: "needs_reauth",
      failureReason: "REAUTHORIZATION_REQUIRED",
    });
    expect(await countOf(fixture, all, "active")).toBe(59);
    expect(events(fixture, HELD)).toBe(0);
  });

  it(
    "is none if many grants really died: they do in the end, and keep the others waiting for minutes at most",
    { timeout: 60 * SECOND, retry: 1 },
    async () => {
      const fixture = await createTokenFixture(database);
      const { provider, tokens, calls } = fixture;
      const all = await grantsOf(fixture, 24, [3600]);
      const died = all.slice(0, 10);
      for (const { connectionId } of died)
        provider.vendor.script({ grant: connectionId, answer: dead, times: Infinity });
      await moveClock(database, 51 * MINUTE);
      const isOver = async (): Promise<boolean> =>
        (await countOf(fixture, all, "active")) === 14 &&
        (await countOf(fixture, died, "needs_reauth")) === 10;
      // A probe a minute meets the dead ones first, if chance will have it so.
      for (let minute = 0; minute < 25 && !(await isOver()); minute += 1) {
        await tokens.sweep(untilDone);
        await tokens.tendTroubles(untilDone);
        await tokens.settle(10_000);
        await moveClock(database, 61 * SECOND);
      }
      expect(await countOf(fixture, all, "active")).toBe(14);
      expect(await countOf(fixture, died, "needs_reauth")).toBe(10);
      expect(events(fixture, HELD)).toBeLessThan(2);
      expect(calls()).toBeLessThan(14 + 5 * 10);
    },
  );

  it("is none if the rejected had perhaps been spent by calls that were cut off: after that they say nothing about the provider", async () => {
    const fixture = await createTokenFixture(database, { refresh: { rotates: true, graceSeconds: 0 } });
    const { provider, tokens } = fixture;
    const all = await grantsOf(fixture, 20, [3600]);
    const spent = all.slice(0, 12);
    for (const { connectionId } of spent) {
      provider.vendor.script({ grant: connectionId, answer: { fault: "reset" }, times: 1 });
      provider.vendor.script({ grant: connectionId, answer: dead, times: Infinity });
    }
    await moveClock(database, 51 * MINUTE);
    await tokens.sweep(untilDone);
    expect(await countOf(fixture, spent, "degraded")).toBe(12);
    await moveClock(database, 10 * MINUTE);
    for (const selector of spent) await refusal(tokens.getToken(selector));
    expect(await countOf(fixture, spent, "needs_reauth")).toBe(12);
    expect(events(fixture, HELD)).toBe(0);
    expect(await countOf(fixture, all, "active")).toBe(8);
  });

  it("keeps what it does not know about a refresh token, and ends it under that name when it is really dead", async () => {
    const fixture = await createTokenFixture(database, { refresh: { rotates: true, graceSeconds: 0 } });
    const { provider, tokens, row } = fixture;
    const unknown = await fixture.authorize();
    provider.script("token", { fault: "reset" });
    await moveClock(database, 56 * MINUTE);
    await tokens.getToken(unknown);
    expect((await row(unknown)).failureReason).toBe("REFRESH_OUTCOME_UNKNOWN");
    provider.always("token", dead);
    const others = await grantsOf(fixture, 6, [60]);
    await moveClock(database, 10 * MINUTE);
    await tokens.sweep(untilDone);
    expect(await row(unknown)).toMatchObject({
      status: "degraded",
      failureReason: "REFRESH_OUTCOME_UNKNOWN",
    });
    provider.always("token", undefined);
    provider.vendor.script({ grant: unknown.connectionId, answer: dead, times: Infinity });
    for (let minute = 0; minute < 4; minute += 1) {
      await moveClock(database, 61 * SECOND);
      await tokens.tendTroubles(untilDone);
      await tokens.settle(10_000);
      await tokens.sweep(untilDone);
    }
    expect(await countOf(fixture, others, "active")).toBe(6);
    expect(await row(unknown)).toMatchObject({
      status: "needs_reauth",
      failureReason: "REFRESH_OUTCOME_UNKNOWN",
    });
  });

  it("has rejections taken back that a replica believed before it knew of the others", async () => {
    const fixture = await createTokenFixture(database);
    const { provider, store, tokens, row, registration } = fixture;
    const selector = await fixture.authorize();
    provider.script("token", dead);
    await refusal(tokens.refreshToken(selector));
    expect((await row(selector)).status).toBe("needs_reauth");
    await store.providerHealth.beginHold(registration.id, registration.name);
    await store.providerHealth.claimHoldProbe(registration.id);
    await tokens.tendTroubles(untilDone);
    expect(await row(selector)).toMatchObject({ status: "degraded", failureReason: "REJECTION_DOUBTED" });
    const { text } = await fixture.metrics.render();
    expect(text).toContain(
      `tokenbroker_connection_transitions_total{provider="${registration.name}",status="degraded"} 1`,
    );
    await moveClock(database, 3 * HOUR);
    expect((await tokens.getToken(selector)).degraded).toBeUndefined();
  });

  it("lets a grant be authorized anew meanwhile", async () => {
    const fixture = await createTokenFixture(database);
    const { provider, tokens, row } = fixture;
    const all = await grantsOf(fixture, 6, [3600]);
    provider.always("token", dead);
    await moveClock(database, 3 * HOUR);
    await tokens.sweep(untilDone);
    await tokens.tendTroubles(untilDone);
    await fixture.authorize({ selector: all[0]! });
    expect((await tokens.getToken(all[0]!)).degraded).toBeUndefined();
    expect((await row(all[0]!)).status).toBe("active");
    expect(await countOf(fixture, all.slice(1), "degraded")).toBe(5);
  });
});
