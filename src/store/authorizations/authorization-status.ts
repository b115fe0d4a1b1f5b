import { SECOND } from "../../time.ts";
import type { AuthorizationRow, AuthorizationStatus } from "./authorization.ts";

/**
 * What has become of a flow at `row.now`. One whose exchange began and has no outcome after `interruptedAfterSeconds` (longer than any
 * exchange takes) was cut off by a crash: failed with `EXCHANGE_INTERRUPTED`, not pending for ever.
 */
export const authorizationStatus = (
  row: AuthorizationRow,
  { interruptedAfterSeconds }: { readonly interruptedAfterSeconds: number },
): AuthorizationStatus => {
  if (row.outcome)
    return row.outcome.kind === "failed"
      ? { status: "failed", reason: row.outcome.reason }
      : { status: "succeeded" };
  // A callback that came too late consumed the flow all the same, and went no further.
  if (row.consumedAt === null || row.consumedAt >= row.expiresAt)
    return { status: isPast(row, row.expiresAt) ? "expired" : "pending" };
  const exchangeBegan = row.parkedUntil === null ? row.consumedAt : row.redeemingAt;
  if (exchangeBegan === null)
    return { status: isPast(row, row.parkedUntil) ? "expired" : "awaiting_completion" };
  const cutOff = new Date(exchangeBegan.getTime() + interruptedAfterSeconds * SECOND);
  if (isPast(row, cutOff)) return { status: "failed", reason: "EXCHANGE_INTERRUPTED" };
  return { status: row.parkedUntil === null ? "pending" : "awaiting_completion" };
};

const isPast = (row: AuthorizationRow, time: Date | null): boolean =>
  time !== null && time.getTime() <= row.now.getTime();
