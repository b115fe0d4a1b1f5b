import { describe, expect, it } from "vitest";
import { createTokenBuckets } from "./token-buckets.ts";

describe("token buckets", () => {
  let nowMs = 0;
  const clock = { monotonicMs: () => nowMs };
  const takeAll = (take: (key: string) => number | undefined, key: string, count: number): number =>
    Array.from({ length: count }, () => take(key)).filter((wait) => wait === undefined).length;

  it("give a burst and then the rate, to each key by itself", () => {
    const take = createTokenBuckets({ perSecond: 10, burst: 20, clock });
    expect(takeAll(take, "a", 30)).toBe(20);
    expect(take("a")).toBe(100);
    expect(take("b")).toBeUndefined();
    nowMs += 500;
    expect(takeAll(take, "a", 30)).toBe(5);
    nowMs += 3_600_000;
    expect(takeAll(take, "a", 30)).toBe(20);
  });

  it("forget the key that was used the longest ago, and no more keys than they may hold", () => {
    const take = createTokenBuckets({ perSecond: 1, burst: 1, maxKeys: 2, clock });
    take("a");
    take("b");
    take("a");
    take("c");
    expect(take("a")).toBeGreaterThan(0);
    expect(take("b")).toBeUndefined();
  });
});
