import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { HOUR, MINUTE, SECOND } from "../time.ts";
import { judge, type RefreshMargins, sweepDueAt, type TokenLife } from "./freshness.ts";

const ISSUED = new Date("2026-11-23T10:00:00Z");
const READ: RefreshMargins = { aheadMs: 5 * MINUTE, minTtlMs: 0, notBeforeExpiryMs: undefined };

interface Age {
  lifetimeMs: number;
  ageMs: number;
  fromRefresh?: boolean;
}

const life = ({ lifetimeMs, ageMs, fromRefresh = false }: Age): TokenLife => ({
  now: new Date(ISSUED.getTime() + ageMs),
  issuedAt: ISSUED,
  expiresAt: new Date(ISSUED.getTime() + lifetimeMs),
  lifetimeSeconds: lifetimeMs / SECOND,
  fromRefresh,
});

describe("judge", () => {
  it.each([
    ["an hour's token is fresh", { lifetimeMs: HOUR, ageMs: 54 * MINUTE }, "fresh"],
    ["and stale within 5 minutes of its end", { lifetimeMs: HOUR, ageMs: 55 * MINUTE + 1 }, "stale"],
    ["and expired in its last 10 seconds", { lifetimeMs: HOUR, ageMs: HOUR - 10 * SECOND + 1 }, "expired"],
    ["and after", { lifetimeMs: HOUR, ageMs: 2 * HOUR }, "expired"],
    ["a first token of 5 minutes is stale at once", { lifetimeMs: 5 * MINUTE, ageMs: 1 }, "stale"],
    [
      "one from a refresh rests for four fifths of its life",
      { lifetimeMs: 5 * MINUTE, ageMs: 4 * MINUTE, fromRefresh: true },
      "fresh",
    ],
    ["and then is stale", { lifetimeMs: 5 * MINUTE, ageMs: 4 * MINUTE + 1, fromRefresh: true }, "stale"],
    [
      "from 25 minutes up the full margin holds for it too",
      { lifetimeMs: 25 * MINUTE, ageMs: 20 * MINUTE + 1, fromRefresh: true },
      "stale",
    ],
    ["a short token keeps a tenth", { lifetimeMs: 5 * SECOND, ageMs: 4501 }, "expired"],
    ["a token without a life is expired", { lifetimeMs: 0, ageMs: 0 }, "expired"],
    ["and so is one with a negative life", { lifetimeMs: -5 * SECOND, ageMs: 0 }, "expired"],
  ] as const)("%s", (_, age, freshness) => {
    expect(judge(life(age), READ).freshness).toBe(freshness);
  });

  it("leaves a token without a known end alone, whatever is demanded", () => {
    const endless: TokenLife = {
      ...life({ lifetimeMs: HOUR, ageMs: HOUR }),
      expiresAt: null,
      lifetimeSeconds: null,
    };
    const judgement = judge(endless, { ...READ, minTtlMs: 1000 * HOUR });
    expect(judgement).toEqual({ freshness: "fresh", meetsMinTtl: true, dueAt: undefined });
  });

  it("takes the lifetime from the two dates where the row has none", () => {
    const imported = {
      ...life({ lifetimeMs: 5 * MINUTE, ageMs: MINUTE, fromRefresh: true }),
      lifetimeSeconds: null,
    };
    expect(judge(imported, READ).dueAt).toEqual(new Date(ISSUED.getTime() + 4 * MINUTE));
  });

  it("counts min_ttl as at most four fifths of the lifetime", () => {
    const century = { ...READ, minTtlMs: 100 * 365 * 24 * HOUR };
    const atFifth = judge(life({ lifetimeMs: HOUR, ageMs: 12 * MINUTE, fromRefresh: true }), century);
    expect(atFifth).toMatchObject({ freshness: "fresh", meetsMinTtl: true });
    const later = judge(life({ lifetimeMs: HOUR, ageMs: 12 * MINUTE + 1, fromRefresh: true }), century);
    expect(later).toMatchObject({ freshness: "stale", meetsMinTtl: false });
  });

  it("never asks earlier than the vendor accepts, and says that min_ttl is not met", () => {
    const margins = { ...READ, minTtlMs: 30 * MINUTE, notBeforeExpiryMs: 2 * MINUTE };
    const early = judge(life({ lifetimeMs: HOUR, ageMs: 57 * MINUTE }), margins);
    expect(early).toMatchObject({ freshness: "fresh", meetsMinTtl: false });
    expect(judge(life({ lifetimeMs: HOUR, ageMs: 58 * MINUTE + 1 }), margins).freshness).toBe("stale");
  });
});

describe("judge, for every token", () => {
  const lifetimes = fc.integer({ min: 1, max: 48 * HOUR });
  const ages = fc.integer({ min: 0, max: 50 * HOUR });
  const margins = fc.record({
    aheadMs: fc.integer({ min: 0, max: 2 * HOUR }),
    minTtlMs: fc.integer({ min: 0, max: 100 * HOUR }),
    notBeforeExpiryMs: fc.option(fc.integer({ min: 1, max: 2 * HOUR }), { nil: undefined }),
  });
  const rank = { fresh: 0, stale: 1, expired: 2 };

  it("only ages: from fresh over stale to expired, never back", () => {
    fc.assert(
      fc.property(lifetimes, ages, ages, fc.boolean(), margins, (lifetimeMs, a, b, fromRefresh, given) => {
        const at = (ageMs: number): number =>
          rank[judge(life({ lifetimeMs, ageMs, fromRefresh }), given).freshness];
        expect(at(Math.min(a, b))).toBeLessThanOrEqual(at(Math.max(a, b)));
      }),
    );
  });

  it("serves nothing within its margin of the end, and keeps at least nine tenths of every life usable", () => {
    fc.assert(
      fc.property(lifetimes, ages, fc.boolean(), margins, (lifetimeMs, ageMs, fromRefresh, given) => {
        const { freshness } = judge(life({ lifetimeMs, ageMs, fromRefresh }), given);
        const margin = Math.min(10 * SECOND, lifetimeMs / 10);
        expect(freshness === "expired").toBe(lifetimeMs - ageMs < margin || ageMs >= lifetimeMs);
      }),
    );
  });

  it("lets a token from a refresh rest for four fifths of its life unless the caller demands more", () => {
    const shares = fc.double({ min: 0, max: 0.8, noNaN: true, maxExcluded: true });
    fc.assert(
      fc.property(lifetimes, shares, margins, (lifetimeMs, share, given) => {
        const age = { lifetimeMs, ageMs: Math.floor(lifetimeMs * share), fromRefresh: true };
        expect(judge(life(age), { ...given, minTtlMs: 0 }).freshness).toBe("fresh");
      }),
    );
  });

  it("calls a token that has just come from a refresh fresh, so no demand can refresh on every read", () => {
    fc.assert(
      fc.property(lifetimes, margins, (lifetimeMs, given) => {
        const judged = judge(life({ lifetimeMs, ageMs: 0, fromRefresh: true }), given);
        expect(judged).toMatchObject({ freshness: "fresh", meetsMinTtl: true });
      }),
    );
  });
});

describe("sweepDueAt", () => {
  it("is the horizon before the end, from 50 minutes up also after a refresh", () => {
    const at = (lifetimeMs: number, fromRefresh: boolean): number | undefined =>
      sweepDueAt(life({ lifetimeMs, ageMs: 0, fromRefresh }), 10 * MINUTE, undefined)?.getTime();
    expect(at(HOUR, false)).toBe(ISSUED.getTime() + 50 * MINUTE);
    expect(at(50 * MINUTE, true)).toBe(ISSUED.getTime() + 40 * MINUTE);
    expect(at(10 * MINUTE, true)).toBe(ISSUED.getTime() + 8 * MINUTE);
  });

  it("waits for the vendor", () => {
    const due = sweepDueAt(life({ lifetimeMs: HOUR, ageMs: 0 }), 10 * MINUTE, 3 * MINUTE);
    expect(due).toEqual(new Date(ISSUED.getTime() + 57 * MINUTE));
  });
});
