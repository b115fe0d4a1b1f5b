import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createLocalHints, type TokenChange } from "../store/index.ts";
import { silentLogger } from "../telemetry/index.ts";
import { createChangeFeed } from "./change-feed.ts";

const SECOND_MS = 1000;

/** Rows of a database whose writers commit when they please. */
const createTable = () => {
  let drawn = 0n;
  const pending = new Map<bigint, string>();
  const rows = new Map<string, bigint>();
  let isAway = false;
  return {
    /** Draws; answers the commit. */
    begin(id: string): () => void {
      const revision = (drawn += 1n);
      pending.set(revision, id);
      return () => {
        pending.delete(revision);
        rows.set(id, revision);
      };
    },
    change(id: string): void {
      this.begin(id)();
    },
    setAway(away: boolean): void {
      isAway = away;
    },
    restore(): void {
      drawn = 0n;
      rows.clear();
    },
    async changesAfter(after: bigint, limit: number) {
      if (isAway) throw new Error("away");
      const oldest = [...pending.keys()].toSorted(Number)[0] ?? drawn + 1n;
      const changes = [...rows]
        .filter(([, revision]) => revision > after)
        .toSorted(([, a], [, b]) => Number(a - b))
        .slice(0, limit)
        .map(([id, revision]) => ({ id, revision }) as TokenChange);
      return { drawn, oldest, next: drawn + 1n, changes };
    },
  };
};

describe("createChangeFeed", () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] }));
  afterEach(() => void vi.useRealTimers());

  const start = (table: ReturnType<typeof createTable>, hints = createLocalHints()) => {
    const told: string[] = [];
    let lost = 0;
    const clock = { monotonicMs: () => performance.now() };
    const feed = createChangeFeed({ tokens: table, hints, clock, logger: silentLogger });
    const stop = feed.start({
      changed: (changes) => void told.push(...changes.map(({ id, revision }) => `${id}@${revision}`)),
      lostTrack: () => void (lost += 1),
    });
    const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);
    return { told, feed, stop, pass, hints, lost: () => lost };
  };

  it("tells of each change once, soon after a hint and within a second or so without", async () => {
    const table = createTable();
    table.change("old");
    const { told, stop, pass, hints } = start(table);
    await pass(10);
    table.change("a");
    hints.drawn();
    await pass(100);
    expect(told).toEqual(["a@2"]);
    table.change("b");
    await pass(SECOND_MS);
    await pass(3 * SECOND_MS);
    expect(told).toEqual(["a@2", "b@3"]);
    stop();
  });

  it("tells of a lower revision that is committed after a higher one", async () => {
    const table = createTable();
    const { told, stop, pass, hints, feed } = start(table);
    await pass(3 * SECOND_MS);
    const commit = table.begin("slow");
    for (let n = 0; n < 20; n += 1) {
      table.change("busy");
      hints.drawn();
      await pass(SECOND_MS);
    }
    expect(feed.settled()).toBe(0n);
    commit();
    await pass(2 * SECOND_MS);
    expect(told.at(-1)).toBe("slow@1");
    await pass(5 * SECOND_MS);
    expect(feed.settled()).toBe(21n);
    expect(new Set(told).size).toBe(told.length);
    stop();
  });

  it("says so when changes may have been drawn before it began", async () => {
    const table = createTable();
    const commit = table.begin("slow");
    table.change("later");
    const { told, stop, pass, lost } = start(table);
    await pass(5 * SECOND_MS);
    expect(lost()).toBe(0);
    commit();
    await pass(3 * SECOND_MS);
    expect(lost()).toBe(1);
    expect(told).toEqual([]);
    stop();
  });

  it("goes on after the database was away, and after another one has taken its place", async () => {
    const table = createTable();
    table.change("a");
    const { told, stop, pass, lost } = start(table);
    await pass(3 * SECOND_MS);
    table.setAway(true);
    table.change("b");
    await pass(10 * SECOND_MS);
    table.setAway(false);
    await pass(3 * SECOND_MS);
    expect(told).toEqual(["b@2"]);
    table.restore();
    table.change("c");
    const before = lost();
    await pass(3 * SECOND_MS);
    expect(lost()).toBeGreaterThan(before);
    stop();
  });
});
