import { beforeAll, expect, it } from "vitest";
import type { Database, RateLimitRepository } from "../../src/store/index.ts";
import { MINUTE, SECOND } from "../../src/time.ts";
import { describeEachStore, moveClock } from "../support/database.ts";
import { storeOn } from "./fixtures.ts";

const RATE = { intervalMs: 10 * SECOND, burst: 6 };

describeEachStore("the shared rate limits", (backend) => {
  let database: Database;
  let limits: RateLimitRepository;
  beforeAll(async () => {
    database = await backend.open();
    limits = storeOn(database).rateLimits;
    await moveClock(database, 0);
  });

  it("never grant more than a burst, however many replicas ask at once", async () => {
    const taken = await Promise.all(Array.from({ length: 8 }, () => limits.take("many", 2, RATE)));
    expect(taken.map(({ granted }) => granted).toSorted((a, b) => a - b)).toEqual([0, 0, 0, 0, 0, 2, 2, 2]);
  });

  it("grant what has become free since, and say when the next one will be", async () => {
    expect(await limits.take("one", 10, RATE)).toEqual({ granted: 6, nextInMs: 10 * SECOND });
    await moveClock(database, 25 * SECOND);
    const { granted, nextInMs } = await limits.take("one", 10, RATE);
    expect(granted).toBe(2);
    expect(nextInMs).toBeGreaterThan(SECOND);
    expect(nextInMs).toBeLessThanOrEqual(5 * SECOND);
    expect((await limits.take("one", 1, RATE)).granted).toBe(0);
    expect((await limits.take("other", 1, RATE)).granted).toBe(1);
  });

  it("forget who has the whole burst again, and never saved up more", async () => {
    await moveClock(database, 60 * MINUTE);
    expect(await limits.deleteIdle(2)).toBe(2);
    expect(await limits.deleteIdle(2)).toBe(1);
    expect(await limits.deleteIdle(2)).toBe(0);
    expect((await limits.take("one", 10, RATE)).granted).toBe(6);
    expect(await limits.deleteIdle(2)).toBe(0);
  });
});
