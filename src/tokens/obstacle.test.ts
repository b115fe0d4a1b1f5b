import { describe, expect, it } from "vitest";
import { minutesAfter, tokenRow } from "../../test/support/token-row.ts";
import { expiredError, obstacleTo, refusedError, standingObstacle } from "./obstacle.ts";

const failing = {
  status: "degraded",
  failureReason: "PROVIDER_UNAVAILABLE",
  failureAt: minutesAfter(29),
  degradedSince: minutesAfter(20),
  nextAttemptAt: minutesAfter(40),
} as const;

describe("obstacleTo", () => {
  it("sees none for a healthy grant, nor for one whose back-off is over", () => {
    expect(obstacleTo(tokenRow(), false)).toBeUndefined();
    expect(obstacleTo(tokenRow({ ...failing, nextAttemptAt: minutesAfter(30) }), false)).toBeUndefined();
  });

  it("tells a dead grant before one without a refresh token before one that backs off", () => {
    const kinds = [
      tokenRow({ ...failing, status: "needs_reauth", hasRefreshToken: false }),
      tokenRow({ ...failing, hasRefreshToken: false }),
      tokenRow(failing),
    ].map((row) => obstacleTo(row, false)?.kind);
    expect(kinds).toEqual(["dead", "not_refreshable", "backing_off"]);
  });

  it.each([
    ["PROVIDER_UNAVAILABLE", true],
    ["PROVIDER_MISCONFIGURED", false],
    ["REFRESH_OUTCOME_UNKNOWN", false],
  ])("after %s stands in the way of a forced refresh: %s", (failureReason, stands) => {
    const row = tokenRow({ ...failing, failureReason });
    expect(obstacleTo(row, false)).toBeDefined();
    expect(obstacleTo(row, true) !== undefined).toBe(stands);
    const justNow = { ...row, failureAt: new Date(row.now.getTime() - 4999) };
    expect(obstacleTo(justNow, true)).toMatchObject({ kind: "backing_off" });
  });

  it("sees none in trouble that other client credentials had than today's", () => {
    const refused = { ...failing, failureReason: "PROVIDER_MISCONFIGURED", failureCredential: "old" };
    expect(obstacleTo(tokenRow(refused), false, "new")).toBeUndefined();
    expect(obstacleTo(tokenRow(refused), false, "old")).toBeDefined();
    expect(obstacleTo(tokenRow(refused), false)).toBeDefined();
    expect(obstacleTo(tokenRow({ ...refused, failureCredential: "" }), false, "new")).toBeDefined();
    expect(obstacleTo(tokenRow({ ...refused, status: "needs_reauth" }), false, "new")).toBeDefined();
    const unavailable = { ...refused, failureReason: "PROVIDER_UNAVAILABLE" };
    expect(obstacleTo(tokenRow(unavailable), false, "new")).toBeDefined();
  });

  it("makes a provider that issues tokens without a life wait", () => {
    const lifeless = { fromRefresh: true, lifetimeSeconds: 0, expiresAt: minutesAfter(0) };
    expect(obstacleTo(tokenRow({ ...lifeless, now: minutesAfter(0.5) }), false)).toMatchObject({
      kind: "backing_off",
      until: minutesAfter(1),
    });
    expect(obstacleTo(tokenRow({ ...lifeless, now: minutesAfter(1) }), false)).toBeUndefined();
  });
});

describe("standingObstacle", () => {
  it("is the trouble itself, whether or not a refresh could be tried", () => {
    expect(standingObstacle(tokenRow({ hasRefreshToken: false }))).toBeUndefined();
    const overdue = tokenRow({ ...failing, nextAttemptAt: minutesAfter(29) });
    expect(standingObstacle(overdue)).toMatchObject({ kind: "backing_off", since: minutesAfter(20) });
  });
});

describe("the errors of an obstacle", () => {
  it("say for how long", () => {
    const row = tokenRow(failing);
    const obstacle = obstacleTo(row, false);
    if (!obstacle) throw new Error("there is one");
    expect(expiredError(obstacle, row.now)).toMatchObject({
      code: "PROVIDER_UNAVAILABLE",
      retryAfterMs: 10 * 60_000,
    });
  });

  it("differ where there is no refresh token: expired for good, or only not to be replaced", () => {
    const obstacle = { kind: "not_refreshable" } as const;
    expect(expiredError(obstacle, minutesAfter(0)).code).toBe("EXPIRED_NOT_REFRESHABLE");
    expect(refusedError(obstacle, minutesAfter(0)).code).toBe("REAUTHORIZATION_REQUIRED");
  });

  it("name the cause of a grant that died of an unknown outcome", () => {
    const row = tokenRow({ status: "needs_reauth", failureReason: "REFRESH_OUTCOME_UNKNOWN" });
    const obstacle = obstacleTo(row, false);
    if (!obstacle) throw new Error("there is one");
    expect(expiredError(obstacle, row.now).metadata).toEqual({ cause: "refresh_outcome_unknown" });
  });
});
