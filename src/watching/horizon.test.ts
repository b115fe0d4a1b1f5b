import { describe, expect, it } from "vitest";
import { createHorizon } from "./horizon.ts";

/** One look: the highest drawn revision, the oldest transaction under way, the next to begin. */
const seen = (drawn: number, oldest: number, next: number) => ({
  drawn: BigInt(drawn),
  oldest: BigInt(oldest),
  next: BigInt(next),
});

describe("createHorizon", () => {
  it("knows nothing from one look", () => {
    const horizon = createHorizon();
    expect(horizon.saw(seen(10, 5, 5), 0)).toBe(false);
    expect(horizon.settled()).toBeUndefined();
  });

  it("settles what had been drawn well before a look that finds nobody under way", () => {
    const horizon = createHorizon();
    horizon.saw(seen(10, 5, 5), 0);
    expect(horizon.saw(seen(12, 7, 7), 100)).toBe(false);
    expect(horizon.saw(seen(14, 9, 9), 300)).toBe(true);
    expect(horizon.settled()).toBe(10n);
  });

  it("waits for every transaction that may have drawn before", () => {
    const horizon = createHorizon();
    horizon.saw(seen(10, 5, 8), 0);
    expect(horizon.saw(seen(20, 5, 9), 300)).toBe(false);
    expect(horizon.saw(seen(30, 8, 20), 600)).toBe(false);
    expect(horizon.saw(seen(40, 9, 30), 900)).toBe(true);
    expect(horizon.settled()).toBe(10n);
    expect(horizon.saw(seen(50, 29, 40), 1200)).toBe(false);
    expect(horizon.saw(seen(50, 40, 40), 1300)).toBe(true);
    expect(horizon.settled()).toBe(40n);
  });

  it("does not wait for a transaction that is nobody's of the broker", () => {
    const horizon = createHorizon();
    horizon.saw(seen(10, 1, 8), 0);
    expect(horizon.saw(seen(20, 1, 9), 59_000)).toBe(false);
    expect(horizon.saw(seen(20, 1, 9), 60_000)).toBe(true);
    expect(horizon.settled()).toBe(10n);
  });
});
