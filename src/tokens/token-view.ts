import type { ConnectionUsage } from "../catalog/index.ts";
import type { TokenRow } from "../store/index.ts";
import { type Judgement, serveMarginMs } from "./freshness.ts";
import type { Obstacle } from "./obstacle.ts";

/** What GetToken answers. */
export interface TokenView {
  readonly accessToken: string;
  readonly tokenType: string;
  /** Undefined: the provider did not say, or the token does not expire. */
  readonly expiresAt: Date | undefined;
  readonly scopes: readonly string[];
  readonly version: bigint;
  readonly providerMetadata: Readonly<Record<string, string>>;
  readonly degraded: Degraded | undefined;
  /** A cache may serve the token until here; undefined = it should ask every time. */
  readonly refreshAfter: Date | undefined;
  readonly usage: ConnectionUsage;
  /** Of the row that was served. */
  readonly revision: bigint;
  /** `broker_now()` when it was read: what the times above are to be compared with. */
  readonly asOf: Date;
}

export type DegradedReason =
  | "PROVIDER_UNAVAILABLE"
  | "PROVIDER_MISCONFIGURED"
  | "REAUTHORIZATION_REQUIRED"
  | "MIN_TTL_NOT_MET"
  | "STORE_UNAVAILABLE";

/** The token still works; this says why it may not be followed by another. */
export interface Degraded {
  readonly reason: DegradedReason;
  readonly since: Date;
  readonly nextAttemptAt: Date | undefined;
}

/** A stored token with its secret open. `unsavedSince` = it waits in this process for the database. */
export interface HeldToken {
  readonly row: TokenRow;
  readonly accessToken: string;
  readonly unsavedSince: Date | undefined;
}

export const tokenView = (
  held: HeldToken,
  usage: ConnectionUsage,
  judgement: Judgement,
  degraded: Degraded | undefined,
): TokenView => ({
  accessToken: held.accessToken,
  tokenType: held.row.tokenType,
  expiresAt: held.row.expiresAt ?? undefined,
  scopes: held.row.scopes,
  version: held.row.version,
  providerMetadata: held.row.providerMetadata,
  degraded,
  refreshAfter:
    degraded === undefined && judgement.freshness === "fresh" ? askAgainAt(held.row, judgement) : undefined,
  usage,
  revision: held.row.revision,
  asOf: held.row.now,
});

/** When a refresh is due, and in time before the token's last moments where that is later. */
const askAgainAt = (row: TokenRow, { dueAt }: Judgement): Date | undefined =>
  row.expiresAt === null || dueAt === undefined
    ? undefined
    : new Date(Math.min(dueAt.getTime(), row.expiresAt.getTime() - serveMarginMs(row)));

/** What keeps the token at hand from being followed by another, for a caller whose token still works. */
export const degradedBy = (obstacle: Obstacle, row: TokenRow, judgement: Judgement): Degraded => {
  switch (obstacle.kind) {
    case "dead":
      return { reason: "REAUTHORIZATION_REQUIRED", since: obstacle.since, nextAttemptAt: undefined };
    case "not_refreshable":
      return {
        reason: "REAUTHORIZATION_REQUIRED",
        since: judgement.dueAt ?? row.now,
        nextAttemptAt: undefined,
      };
    case "backing_off":
      return { reason: obstacle.reason, since: obstacle.since, nextAttemptAt: obstacle.until };
    case "unable":
      return { reason: unableReason(obstacle.error.code), since: row.now, nextAttemptAt: undefined };
  }
};

const unableReason = (code: string): DegradedReason => {
  if (code === "REAUTHORIZATION_REQUIRED") return code;
  return OF_THIS_REPLICA.has(code) ? "STORE_UNAVAILABLE" : "PROVIDER_MISCONFIGURED";
};

/** No trouble of the registration: another replica, or this one a moment later, will refresh. */
const OF_THIS_REPLICA: ReadonlySet<string> = new Set(["STORE_UNAVAILABLE", "DRAINING"]);
