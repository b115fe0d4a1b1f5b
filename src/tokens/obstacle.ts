import { BrokerError } from "../errors.ts";
import type { TokenRow } from "../store/index.ts";
import { MINUTE, SECOND } from "../time.ts";
import { lifetimeMs } from "./freshness.ts";

/** What `failureReason` of a row may say: a reason of the contract, or a word of the refresh protocol. */
export type FailureReason =
  | "PROVIDER_UNAVAILABLE"
  | "PROVIDER_MISCONFIGURED"
  | "REAUTHORIZATION_REQUIRED"
  /** Nobody knows whether the refresh token was spent. */
  | "REFRESH_OUTCOME_UNKNOWN"
  /** Rejected while the provider rejected nearly everybody. */
  | "REJECTION_DOUBTED"
  /** Not tried because the provider rejected nearly everybody. */
  | "REFRESH_HELD";

/** Why no refresh can be tried now. Each kind has one error for a caller left without a token and one `degraded` for a caller whose token still works. */
export type Obstacle =
  | { readonly kind: "dead"; readonly since: Date; readonly cause: string }
  | { readonly kind: "not_refreshable" }
  | {
      readonly kind: "backing_off";
      readonly reason: "PROVIDER_UNAVAILABLE" | "PROVIDER_MISCONFIGURED";
      readonly since: Date;
      readonly until: Date;
      readonly providerError: string;
    }
  /** This replica lacks what the refresh needs: the registration, a key, the database. Nothing about it is stored in the row. */
  | { readonly kind: "unable"; readonly error: BrokerError };

/** A forced refresh may look past a back-off only this long after the last failure. */
const FORCED_SPACING_MS = 5 * SECOND;

const FORCED_PAST: ReadonlySet<string> = new Set<FailureReason>([
  "REFRESH_OUTCOME_UNKNOWN",
  "PROVIDER_MISCONFIGURED",
]);

/** Nobody knows whether the refresh token was spent. */
export const isOutcomeInDoubt = (failureReason: string): boolean =>
  failureReason === ("REFRESH_OUTCOME_UNKNOWN" satisfies FailureReason);

/** A provider that issues tokens without a life is asked again no sooner than this. */
const LIFELESS_SPACING_MS = 1 * MINUTE;

/**
 * What the row itself says against refreshing it now. `forced` (the token was rejected, or RefreshToken was called) looks past two things, 5 s after the
 * last failure: a hold that only protects a token which still works, and client trouble that an operator may have corrected. Trouble that other client
 * credentials had than `credential`, today's, is none.
 */
export const obstacleTo = (row: TokenRow, forced: boolean, credential?: string): Obstacle | undefined => {
  if (row.status === "needs_reauth") return dead(row);
  if (!row.hasRefreshToken) return { kind: "not_refreshable" };
  if (credential !== undefined && isOfOtherCredentials(row, credential)) return undefined;
  const until = backingOffUntil(row, forced);
  return until === undefined || until <= row.now ? undefined : backingOff(row, until);
};

/** Whether the last refresh failed for credentials that are not today's. */
export const isOfOtherCredentials = (
  { failureReason, failureCredential }: TokenRow,
  credential: string,
): boolean =>
  failureReason === "PROVIDER_MISCONFIGURED" && failureCredential !== "" && failureCredential !== credential;

/** The trouble a grant is in, whether or not a refresh could be tried now. */
export const standingObstacle = (row: TokenRow): Obstacle | undefined => {
  if (row.status === "needs_reauth") return dead(row);
  return row.status === "degraded" ? backingOff(row, row.nextAttemptAt ?? row.now) : undefined;
};

const dead = (row: TokenRow): Obstacle => ({
  kind: "dead",
  since: troubleSince(row),
  cause: row.failureReason,
});

const backingOff = (row: TokenRow, until: Date): Obstacle => ({
  kind: "backing_off",
  reason: row.failureReason === "PROVIDER_MISCONFIGURED" ? "PROVIDER_MISCONFIGURED" : "PROVIDER_UNAVAILABLE",
  since: troubleSince(row),
  until,
  providerError: row.failureProviderError,
});

const troubleSince = (row: TokenRow): Date => row.degradedSince ?? row.failureAt ?? row.now;

const backingOffUntil = (row: TokenRow, forced: boolean): Date | undefined => {
  if (row.fromRefresh && row.nextAttemptAt === null && lifetimeMs(row) < SECOND)
    return new Date(row.issuedAt.getTime() + LIFELESS_SPACING_MS);
  if (row.nextAttemptAt === null) return undefined;
  if (!forced || row.failureAt === null || !FORCED_PAST.has(row.failureReason)) return row.nextAttemptAt;
  const again = new Date(row.failureAt.getTime() + FORCED_SPACING_MS);
  return again < row.nextAttemptAt ? again : row.nextAttemptAt;
};

/** The answer to a caller whose token has expired. `now` is the row's. */
export const expiredError = (obstacle: Obstacle, now: Date): BrokerError =>
  obstacle.kind === "not_refreshable"
    ? new BrokerError(
        "EXPIRED_NOT_REFRESHABLE",
        "the token has expired and there is no refresh token: the person must authorize again (StartAuthorization)",
      )
    : refusedError(obstacle, now);

/** The answer to a caller who needs another token than the stored one, whether or not that has expired. */
export const refusedError = (obstacle: Obstacle, now: Date): BrokerError => {
  switch (obstacle.kind) {
    case "unable":
      return obstacle.error;
    case "not_refreshable":
      return reauthorizationRequired("there is no refresh token", {});
    case "dead":
      return reauthorizationRequired("the provider ended the grant", { cause: obstacle.cause.toLowerCase() });
    case "backing_off":
      return failing(obstacle, now);
  }
};

const reauthorizationRequired = (why: string, metadata: Record<string, string>): BrokerError =>
  new BrokerError(
    "REAUTHORIZATION_REQUIRED",
    `${why}: the person must authorize again (StartAuthorization)`,
    { metadata },
  );

const failing = (obstacle: Obstacle & { kind: "backing_off" }, now: Date): BrokerError => {
  const retryAfterMs = Math.max(0, obstacle.until.getTime() - now.getTime());
  const metadata: Record<string, string> =
    obstacle.providerError === "" ? {} : { provider_error: obstacle.providerError };
  return obstacle.reason === "PROVIDER_UNAVAILABLE"
    ? new BrokerError("PROVIDER_UNAVAILABLE", "the provider does not refresh the token now: retry later", {
        metadata,
        retryAfterMs,
      })
    : new BrokerError(
        "PROVIDER_MISCONFIGURED",
        "the provider refuses this client or its endpoint: an operator must check client id, secret and URLs of the registration",
        { metadata: { cause: "client_refused", ...metadata }, retryAfterMs },
      );
};
