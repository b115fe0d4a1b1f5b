import { beforeAll, expect, it } from "vitest";
import type { Database } from "../../src/store/index.ts";
import { HOUR, MINUTE } from "../../src/time.ts";
import { describeEachStore, moveClock } from "../support/database.ts";
import { createTokenFixture, refusal } from "./token-fixture.ts";

const POLL = { timeout: 15_000, interval: 10 };

describeEachStore("a token manager that drains", (backend) => {
  let database: Database;
  beforeAll(async () => {
    database = await backend.open();
  });

  it("begins no refresh: tokens that work are served, who has none is sent to another replica", async () => {
    const { tokens, authorize, manager, row, calls } = await createTokenFixture(database);
    const [working, expired] = [await authorize({ expiresInSeconds: 7200 }), await authorize()];
    const draining = manager();
    await moveClock(database, HOUR + 56 * MINUTE);
    draining.drain();
    expect((await draining.getToken(working)).degraded?.reason).toBe("STORE_UNAVAILABLE");
    expect(await refusal(draining.getToken(expired))).toMatchObject({ code: "DRAINING" });
    expect(await refusal(draining.refreshToken(working))).toMatchObject({ code: "DRAINING" });
    expect(await draining.sweep(new AbortController().signal)).toBe(0);
    expect(calls()).toBe(0);
    expect(await row(expired)).toMatchObject({ leaseOwner: null, leaseSeq: 0n, failureReason: "" });
    expect((await tokens.getToken(expired)).degraded).toBeUndefined();
  });

  it("finishes what is under way, and answers everybody who waits for it", async () => {
    const { authorize, manager, provider, calls } = await createTokenFixture(database);
    const selector = await authorize();
    const draining = manager();
    provider.settings.answerDelayMs = 400;
    await moveClock(database, 3 * HOUR);
    const waiting = [draining.getToken(selector), draining.getToken(selector)];
    await expect.poll(calls, POLL).toBe(1);
    draining.drain();
    const late = draining.getToken(selector);
    const views = await Promise.all([...waiting, late]);
    expect(new Set(views.map(({ accessToken }) => accessToken)).size).toBe(1);
    expect(await draining.settle(3000)).toEqual([]);
    expect(calls()).toBe(1);
  });

  it("answers who waits for another replica's refresh", async () => {
    const { tokens, authorize, manager, provider, calls } = await createTokenFixture(database);
    const selector = await authorize();
    const draining = manager();
    // Longer than a caller waits before it tries to claim the row itself.
    provider.settings.answerDelayMs = 1500;
    await moveClock(database, 3 * HOUR);
    const elsewhere = tokens.getToken(selector);
    await expect.poll(calls, POLL).toBe(1);
    const waiting = draining.getToken(selector);
    draining.drain();
    expect((await waiting).accessToken).toBe((await elsewhere).accessToken);
    expect(calls()).toBe(1);
  });
});
