import { execute, type Sql, statement } from "../database/sql.ts";
import { momentAt, momentSeconds, momentSql } from "../moment.ts";
import { AFTER_BEFORE, before, readChangedToken } from "./changed-token.ts";
import { IS_TROUBLED } from "./claim.ts";
import { readTokenRow, TOKEN_COLUMNS } from "./token-row.ts";
import type { ChangedToken, ClaimedToken, PutOff, RefreshFailure, TokenRow } from "./token.ts";

const HELD = "t.id = :id::bigint and t.lease_seq = :lease_seq::bigint and t.lease_owner = :owner";

const HELD_SINCE_CLAIM = `${HELD} and t.version = :version::bigint and t.revoked_at is null`;

const RECORD_FAILURE = statement<
  | "id"
  | "version"
  | "lease_seq"
  | "owner"
  | "status"
  | "reason"
  | "provider_error"
  | "credential"
  | "next_attempt_at"
  | "next_attempt_seconds"
  | "not_before_seconds"
>(
  "tokens.record_failure",
  `${before(HELD_SINCE_CLAIM)}
   update connection_tokens t
   set revision = nextval('revision_seq'), status = case when t.status = 'blocked' then t.status else :status::text end,
     failure_reason = :reason, failure_provider_error = :provider_error, failure_credential = :credential, failure_at = broker_now(),
     failure_count = t.failure_count + 1,
     degraded_since = case when :status::text = 'active' then null else coalesce(t.degraded_since, broker_now()) end,
     next_attempt_at = ${momentSql("next_attempt", "broker_now()")},
     retry_not_before = broker_now() + :not_before_seconds::float8 * interval '1 second', lease_owner = null, lease_until = null
   ${AFTER_BEFORE}`,
);

export const recordFailure = async (
  sql: Sql,
  claimed: ClaimedToken,
  failure: RefreshFailure,
): Promise<ChangedToken | undefined> => {
  const { rows } = await execute(sql, RECORD_FAILURE, {
    id: claimed.id,
    version: claimed.version,
    lease_seq: claimed.leaseSeq,
    owner: claimed.leaseOwner,
    status: failure.status,
    reason: failure.reason,
    provider_error: failure.providerError,
    credential: failure.credential ?? "",
    next_attempt_at: momentAt(failure.nextAttempt),
    next_attempt_seconds: momentSeconds(failure.nextAttempt),
    not_before_seconds: failure.notBeforeSeconds ?? null,
  });
  return rows[0] && readChangedToken(rows[0]);
};

/** A row that is put off again for the same reason shows nothing new. If what it waits for is over by now, whoever found that out may have called up those that waited before: this one is due at once, too. */
const SAYS_SO = "t.status <> 'active' and t.failure_reason = :reason and t.failure_credential = :credential";

const PUT_OFF = statement<
  "id" | "version" | "lease_seq" | "owner" | "reason" | "provider_error" | "credential" | "until"
>(
  "tokens.put_off",
  `${before(HELD_SINCE_CLAIM)}
   update connection_tokens t
   set revision = case when ${SAYS_SO} then t.revision else nextval('revision_seq') end,
     failure_at = case when ${SAYS_SO} then t.failure_at else broker_now() end,
     status = case when t.status = 'active' then 'degraded' else t.status end, failure_reason = :reason,
     failure_provider_error = :provider_error, failure_credential = :credential,
     degraded_since = coalesce(t.degraded_since, broker_now()), next_attempt_at = case when ${IS_TROUBLED} then :until::timestamptz end, lease_owner = null, lease_until = null
   ${AFTER_BEFORE}`,
);

export const putOff = async (
  sql: Sql,
  claimed: ClaimedToken,
  { reason, providerError, credential, until }: PutOff,
): Promise<ChangedToken | undefined> => {
  const { rows } = await execute(sql, PUT_OFF, {
    id: claimed.id,
    version: claimed.version,
    lease_seq: claimed.leaseSeq,
    owner: claimed.leaseOwner,
    reason,
    provider_error: providerError,
    credential,
    until,
  });
  return rows[0] && readChangedToken(rows[0]);
};

/** A lease that was taken over goes back to whom it was taken from, or the next claim would not know that the refresh token may be spent. */
const RELEASE = statement<"id" | "lease_seq" | "owner" | "taken_over_from">(
  "tokens.release_lease",
  `update connection_tokens t set lease_owner = :taken_over_from,
     lease_until = case when :taken_over_from::text is null then null else broker_now() end
   where ${HELD}`,
);

export const releaseLease = async (sql: Sql, claimed: ClaimedToken): Promise<boolean> => {
  const { id, leaseSeq, leaseOwner: owner, takenOverFrom } = claimed;
  const { count } = await execute(sql, RELEASE, {
    id,
    lease_seq: leaseSeq,
    owner,
    taken_over_from: takenOverFrom,
  });
  return count > 0;
};

/** The owner stays, so that the next claim knows of it. */
const EXPIRE_FOREIGN = statement<"owner">(
  "tokens.expire_foreign_leases",
  "update connection_tokens set lease_until = '1970-01-01Z' where lease_owner <> :owner and lease_until > '1970-01-01Z'",
);

export const expireForeignLeases = async (sql: Sql, owner: string): Promise<number> =>
  (await execute(sql, EXPIRE_FOREIGN, { owner })).count;

/** The time of the first report of a version stays. */
const MARK_REJECTED = statement<"id" | "version">(
  "tokens.mark_rejected",
  `update connection_tokens t
   set rejected_at = case when t.rejected_version = :version::bigint then t.rejected_at else broker_now() end,
     rejected_version = :version::bigint
   where t.id = :id::bigint and t.version = :version::bigint and t.revoked_at is null
   returning ${TOKEN_COLUMNS}`,
);

export const markRejected = async (sql: Sql, id: string, version: bigint): Promise<TokenRow | undefined> => {
  const { rows } = await execute(sql, MARK_REJECTED, { id, version });
  return rows[0] && readTokenRow(rows[0]);
};
