import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { claimedToken, minutesAfter } from "../../test/support/token-row.ts";
import { plainDefinition, type RefreshRules } from "../catalog/index.ts";
import type { FailureClass } from "../oauth/index.ts";
import { judgeFailure, judgeTakeover } from "./judge-failure.ts";

const RULES: RefreshRules = plainDefinition({ name: "acme", authorizeUrl: "", tokenUrl: "" }).refresh;
const FIXED = { ...RULES, rotates: false };
const ROTATING = { ...RULES, rotates: true, graceSeconds: 0 };

const failure = (failureClass: FailureClass, retryAfterMs?: number) => ({
  class: failureClass,
  providerError: "",
  retryAfterMs,
});
const NONE = { credential: "c0ffee" };
const half = (): number => 0.5;

describe("judgeFailure", () => {
  it.each([
    ["transient", RULES, "degraded", "PROVIDER_UNAVAILABLE"],
    ["client", RULES, "degraded", "PROVIDER_MISCONFIGURED"],
    ["rejected", RULES, "needs_reauth", "REAUTHORIZATION_REQUIRED"],
    ["outcome_unknown", FIXED, "degraded", "PROVIDER_UNAVAILABLE"],
    ["invalid_response", FIXED, "degraded", "PROVIDER_UNAVAILABLE"],
    ["outcome_unknown", RULES, "degraded", "REFRESH_OUTCOME_UNKNOWN"],
    ["invalid_response", ROTATING, "degraded", "REFRESH_OUTCOME_UNKNOWN"],
  ] as const)("%s means what it proves", (failureClass, rules, status, reason) => {
    expect(judgeFailure(claimedToken(), failure(failureClass), rules, NONE, half)).toMatchObject({
      status,
      reason,
    });
  });

  it("backs off by how often it failed, and by Retry-After", () => {
    const third = claimedToken({ failureCount: 2 });
    const delay = judgeFailure(third, failure("transient"), RULES, NONE, half).nextAttempt;
    expect(delay).toEqual({ afterSeconds: 10 });
    const asked = judgeFailure(third, failure("transient", 60_000), RULES, NONE, half).nextAttempt;
    expect(asked).toEqual({ afterSeconds: 65 });
  });

  it("spends a refresh token of unknown fate only when the token at hand ends", () => {
    const held = judgeFailure(claimedToken(), failure("outcome_unknown"), ROTATING, NONE, half).nextAttempt;
    expect(held).toEqual({ at: new Date(minutesAfter(60).getTime() - 10_000) });
    const expired = claimedToken({ now: minutesAfter(61) });
    expect(judgeFailure(expired, failure("outcome_unknown"), ROTATING, NONE, half).nextAttempt).toEqual({
      afterSeconds: 2.5,
    });
  });

  it.each(["transient", "client"] as const)(
    "leaves it as unknown as it was what a vanished owner did, when the heir's call fails: %s",
    (failureClass) => {
      const heir = claimedToken({ takenOverFrom: "replica-2" });
      const judged = judgeFailure(heir, failure(failureClass), ROTATING, NONE, half);
      expect(judged).toMatchObject({ status: "degraded", reason: "REFRESH_OUTCOME_UNKNOWN" });
      expect(judged.nextAttempt).toEqual({ at: new Date(minutesAfter(60).getTime() - 10_000) });
      const fixed = judgeFailure(heir, failure("transient"), FIXED, NONE, half);
      expect(fixed).toMatchObject({ reason: "PROVIDER_UNAVAILABLE", nextAttempt: { afterSeconds: 2.5 } });
    },
  );

  it.each([
    ["a failure before it", { failureReason: "REFRESH_OUTCOME_UNKNOWN" }],
    ["a takeover", { takenOverFrom: "replica-2" }],
  ])("names the cause when the rejection follows from %s of unknown outcome", (_, changes) => {
    const judged = judgeFailure(claimedToken(changes), failure("rejected"), RULES, NONE, half);
    expect(judged).toMatchObject({ status: "needs_reauth", reason: "REFRESH_OUTCOME_UNKNOWN" });
  });

  it("knows that nothing was spent where the vendor does not rotate, whoever vanished", () => {
    const heir = claimedToken({ takenOverFrom: "replica-2" });
    expect(judgeFailure(heir, failure("rejected"), FIXED, NONE, half)).toMatchObject({
      status: "needs_reauth",
      reason: "REAUTHORIZATION_REQUIRED",
    });
    const circumstances = { ...NONE, doubtedUntil: minutesAfter(31) };
    const doubted = judgeFailure(heir, failure("rejected"), FIXED, circumstances, half);
    expect(doubted).toMatchObject({ status: "degraded", reason: "REJECTION_DOUBTED" });
  });

  it("keeps what is not known about the refresh token over a failure that says nothing about it", () => {
    const unknown = claimedToken({ failureReason: "REFRESH_OUTCOME_UNKNOWN" });
    const judged = judgeFailure(unknown, failure("transient"), RULES, NONE, half);
    expect(judged).toMatchObject({ reason: "REFRESH_OUTCOME_UNKNOWN", nextAttempt: { afterSeconds: 2.5 } });
  });

  it.each([
    [{}, "REJECTION_DOUBTED"],
    [{ failureReason: "REJECTION_DOUBTED" }, "REJECTION_DOUBTED"],
    [{ failureReason: "REFRESH_OUTCOME_UNKNOWN" }, "REFRESH_OUTCOME_UNKNOWN"],
    [{ takenOverFrom: "replica-2" }, "REFRESH_OUTCOME_UNKNOWN"],
  ])("does not end a grant by a rejection that is doubted: %j becomes %s", (changes, reason) => {
    const circumstances = { ...NONE, doubtedUntil: minutesAfter(31) };
    const judged = judgeFailure(claimedToken(changes), failure("rejected"), RULES, circumstances, () => 0);
    const nextAttempt = { at: new Date(minutesAfter(31).getTime() + 5000) };
    expect(judged).toEqual({ status: "degraded", reason, providerError: "", nextAttempt });
  });

  it("waits for the next probe of credentials that are blocked, and says which they were", () => {
    const circumstances = { ...NONE, blockedUntil: minutesAfter(31) };
    const judged = judgeFailure(claimedToken(), failure("client"), RULES, circumstances, half);
    expect(judged).toMatchObject({ credential: "c0ffee", nextAttempt: { at: minutesAfter(31) } });
    const alone = judgeFailure(claimedToken(), failure("client"), RULES, NONE, half);
    expect(alone).toMatchObject({ credential: "c0ffee", nextAttempt: { afterSeconds: 2.5 } });
    expect(judgeFailure(claimedToken(), failure("transient"), RULES, NONE, half).credential).toBeUndefined();
  });

  it("ends a grant for nothing but a rejection", () => {
    const classes = fc.constantFrom<FailureClass>(
      "transient",
      "client",
      "outcome_unknown",
      "invalid_response",
    );
    fc.assert(
      fc.property(
        classes,
        fc.constantFrom(RULES, FIXED, ROTATING),
        fc.integer({ min: 0, max: 1000 }),
        fc.option(fc.integer({ min: 0, max: 3_600_000 }), { nil: undefined }),
        (failureClass, rules, failureCount, retryAfterMs) => {
          const claimed = claimedToken({ failureCount, failureReason: "REFRESH_OUTCOME_UNKNOWN" });
          const judged = judgeFailure(claimed, failure(failureClass, retryAfterMs), rules, NONE, Math.random);
          expect(judged.status).toBe("degraded");
          expect(judged.nextAttempt).toBeDefined();
        },
      ),
    );
  });
});

describe("judgeTakeover", () => {
  const takenOver = claimedToken({ takenOverFrom: "replica-2", begunAt: minutesAfter(29) });

  it("waits for the token's end where the former owner may have spent the refresh token", () => {
    expect(judgeTakeover(takenOver, ROTATING)).toMatchObject({ reason: "REFRESH_OUTCOME_UNKNOWN" });
    expect(judgeTakeover(takenOver, RULES)).toMatchObject({ reason: "REFRESH_OUTCOME_UNKNOWN" });
  });

  it("counts the vendor's grace from the earliest claim, and on none that nobody wrote down", () => {
    const unknown = { reason: "REFRESH_OUTCOME_UNKNOWN" };
    expect(judgeTakeover(takenOver, { ...ROTATING, graceSeconds: 60 })).toMatchObject(unknown);
    const undated = { ...takenOver, begunAt: null };
    expect(judgeTakeover(undated, { ...ROTATING, graceSeconds: 86_400 })).toMatchObject(unknown);
    expect(judgeTakeover(undated, ROTATING)).toMatchObject(unknown);
  });

  it("goes on at once where nothing can be lost", () => {
    expect(judgeTakeover(claimedToken(), ROTATING)).toBeUndefined();
    expect(judgeTakeover(takenOver, FIXED)).toBeUndefined();
    expect(judgeTakeover({ ...takenOver, begunAt: null }, FIXED)).toBeUndefined();
    expect(judgeTakeover(takenOver, { ...ROTATING, graceSeconds: 61 })).toBeUndefined();
    expect(judgeTakeover({ ...takenOver, now: minutesAfter(61) }, ROTATING)).toBeUndefined();
    expect(judgeTakeover({ ...takenOver, expiresAt: null }, ROTATING)).toBeUndefined();
  });
});
