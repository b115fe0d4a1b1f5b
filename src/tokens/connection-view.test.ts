import { describe, expect, it } from "vitest";
import { minutesAfter, tokenRow } from "../../test/support/token-row.ts";
import { connectionView } from "./connection-view.ts";

describe("connectionView", () => {
  it("names the later of the two times at which a refresh may come", () => {
    const at = (nextRefresh: number | null, nextAttempt: number | null): Date | undefined =>
      connectionView(
        tokenRow({
          nextRefreshAt: nextRefresh === null ? null : minutesAfter(nextRefresh),
          nextAttemptAt: nextAttempt === null ? null : minutesAfter(nextAttempt),
        }),
      ).nextRefreshAt;
    expect([at(50, null), at(50, 40), at(50, 55), at(null, 40), at(null, null)]).toEqual([
      minutesAfter(50),
      minutesAfter(50),
      minutesAfter(55),
      minutesAfter(40),
      undefined,
    ]);
  });

  it("promises no refresh of a grant that is dead or has nothing to refresh with", () => {
    for (const changes of [{ status: "needs_reauth" }, { hasRefreshToken: false }] as const)
      expect(connectionView(tokenRow(changes))).toMatchObject({
        refreshable: false,
        nextRefreshAt: undefined,
      });
  });

  it.each([
    ["PROVIDER_UNAVAILABLE", "degraded", "PROVIDER_UNAVAILABLE"],
    ["REFRESH_OUTCOME_UNKNOWN", "degraded", "PROVIDER_UNAVAILABLE"],
    ["REFRESH_OUTCOME_UNKNOWN", "needs_reauth", "REAUTHORIZATION_REQUIRED"],
  ] as const)("shows %s of a grant that is %s as %s", (failureReason, status, reason) => {
    const failureAt = minutesAfter(20);
    const row = tokenRow({ failureReason, status, failureAt, failureCount: 2, failureProviderError: "x" });
    expect(connectionView(row).lastError).toEqual({
      reason,
      providerError: "x",
      occurredAt: failureAt,
      consecutive: 2,
    });
  });
});
