import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MINUTE, SECOND } from "../time.ts";
import { retryDelayMs } from "./backoff.ts";

describe("retryDelayMs", () => {
  const almostOne = (): number => 1 - Number.EPSILON;

  it("doubles its ceiling from 5 s to 15 minutes", () => {
    const ceilings = [1, 2, 3, 4, 8, 9, 1000].map((n) => Math.round(retryDelayMs(n, undefined, almostOne)));
    expect(ceilings).toEqual([5, 10, 20, 40, 640, 900, 900].map((seconds) => seconds * SECOND));
  });

  it("draws from the whole range, but never nothing", () => {
    expect(retryDelayMs(5, undefined, () => 0)).toBe(1 * SECOND);
    expect(retryDelayMs(5, undefined, () => 0.5)).toBe(40 * SECOND);
  });

  it("never comes back before Retry-After, and at most 5 s behind it", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 200 }),
        fc.integer({ min: 0, max: 60 * MINUTE }),
        fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
        (consecutive, retryAfterMs, draw) => {
          const delay = retryDelayMs(consecutive, retryAfterMs, () => draw);
          expect(delay).toBeGreaterThanOrEqual(retryAfterMs);
          expect(delay).toBeLessThanOrEqual(retryAfterMs + 5 * SECOND);
        },
      ),
    );
  });
});
