import { describe, expect, it } from "vitest";
import { BrokerError } from "../errors.ts";
import type { TokenView } from "../tokens/index.ts";
import { nextLookMs } from "./next-look.ts";

const NOW = new Date("2026-11-01T00:00:00Z");
const inMs = (ms: number): Date => new Date(NOW.getTime() + ms);
const MINUTE_MS = 60_000;

const token = (view: Partial<TokenView>) =>
  ({ ok: true, revision: 1n, token: { asOf: NOW, ...view } as TokenView }) as const;
const error = (reason: unknown) => ({ ok: false, revision: 1n, reason }) as const;
const soonest = (answer: Parameters<typeof nextLookMs>[0]) => nextLookMs(answer, () => 0);

describe("nextLookMs", () => {
  it("is when a refresh is due", () => {
    const fresh = token({ refreshAfter: inMs(50 * MINUTE_MS), expiresAt: inMs(55 * MINUTE_MS) });
    expect(soonest(fresh)).toBe(50 * MINUTE_MS);
    expect(nextLookMs(fresh, () => 0.99)).toBeLessThan(50 * MINUTE_MS + 5000);
  });

  it("is when a back-off ends, or the token dies before", () => {
    const degraded = { reason: "PROVIDER_UNAVAILABLE", since: NOW, nextAttemptAt: inMs(MINUTE_MS) } as const;
    expect(soonest(token({ degraded, expiresAt: inMs(5 * MINUTE_MS) }))).toBe(MINUTE_MS);
    expect(soonest(token({ degraded, expiresAt: inMs(MINUTE_MS) }))).toBe(MINUTE_MS - 10_000);
    expect(soonest(token({ degraded, expiresAt: inMs(5000) }))).toBe(5000);
  });

  it("is never for what only a change of the row can end", () => {
    expect(soonest(token({}))).toBeUndefined();
    expect(soonest(error(new BrokerError("REAUTHORIZATION_REQUIRED", "")))).toBeUndefined();
    expect(soonest(error(new BrokerError("CONNECTION_NOT_FOUND", "")))).toBeUndefined();
  });

  it("is soon after trouble that ends by itself, and not before it is said to", () => {
    expect(soonest(error(new BrokerError("STORE_UNAVAILABLE", "")))).toBe(2000);
    expect(soonest(error(new BrokerError("PROVIDER_UNAVAILABLE", "", { retryAfterMs: 90_000 })))).toBe(
      90_000,
    );
    expect(soonest(error(new Error("defect")))).toBe(MINUTE_MS);
  });

  it("is neither at once nor in a week", () => {
    expect(soonest(token({ refreshAfter: inMs(1) }))).toBe(1000);
    expect(soonest(token({ expiresAt: inMs(7 * 24 * 60 * MINUTE_MS) }))).toBe(60 * MINUTE_MS);
  });
});
