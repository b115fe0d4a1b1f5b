import { describe, expect, it } from "vitest";
import { authorizationStatus } from "./authorization-status.ts";
import type { AuthorizationRow } from "./authorization.ts";

const START = Date.parse("2026-11-23T10:00:00Z");
const at = (seconds: number) => new Date(START + seconds * 1000);

type Times = Pick<AuthorizationRow, "consumedAt" | "parkedUntil" | "redeemingAt" | "outcome">;

const statusAt = (seconds: number, times: Partial<Times>) => {
  const row = {
    expiresAt: at(600),
    consumedAt: null,
    parkedUntil: null,
    redeemingAt: null,
    outcome: null,
    now: at(seconds),
    ...times,
  };
  return authorizationStatus(row as AuthorizationRow, { interruptedAfterSeconds: 75 });
};

describe("authorizationStatus", () => {
  it.each([
    ["before the callback", 599, {}, "pending"],
    ["without a callback in time", 600, {}, "expired"],
    ["during the exchange", 574, { consumedAt: at(500) }, "pending"],
    ["with a parked code", 559, { consumedAt: at(500), parkedUntil: at(560) }, "awaiting_completion"],
    [
      "with a code parked past the state's expiry",
      640,
      { consumedAt: at(599), parkedUntil: at(659) },
      "awaiting_completion",
    ],
    ["with a code that nobody redeemed", 560, { consumedAt: at(500), parkedUntil: at(560) }, "expired"],
    [
      "during the redemption",
      600,
      { consumedAt: at(500), parkedUntil: at(560), redeemingAt: at(559) },
      "awaiting_completion",
    ],
    ["after success", 9999, { consumedAt: at(1), outcome: { kind: "succeeded" } }, "succeeded"],
  ] as const)("%s", (_, seconds, times, status) => {
    expect(statusAt(seconds, times)).toEqual({ status });
  });

  it("tells the reason of a recorded failure", () => {
    const outcome = { kind: "failed", reason: "ACCESS_DENIED" } as const;
    expect(statusAt(1, { consumedAt: at(1), outcome })).toEqual({
      status: "failed",
      reason: "ACCESS_DENIED",
    });
  });

  it.each([
    ["exchange", { consumedAt: at(500) }],
    ["redemption", { consumedAt: at(400), parkedUntil: at(560), redeemingAt: at(500) }],
  ])("fails one whose %s was cut off", (_, times) => {
    expect(statusAt(575, times)).toEqual({ status: "failed", reason: "EXCHANGE_INTERRUPTED" });
  });
});
