import { BrokerError } from "../../errors.ts";
import { SECOND } from "../../time.ts";
import type { RowGuard } from "../database/row-guard.ts";
import { execute, type Sql, type SqlRow, statement } from "../database/sql.ts";
import { type Liveness, ownerIsGone, recordsBeginning } from "../liveness/liveness.ts";
import { BELONGS } from "./find.ts";
import { readClaimedToken, TOKEN_COLUMNS } from "./token-row.ts";
import type { ClaimedToken, DueTokens } from "./token.ts";

/** Someone may refresh it: not revoked, not dead, not blocked, and there is something to refresh with. */
const REFRESHABLE = `t.revoked_at is null and t.status in ('active', 'degraded') and t.refresh_token is not null
  and ${BELONGS}`;

/**
 * A finished refresh clears the owner. One that is still set may have a rotated token in its memory that the database has not taken yet. Nobody else
 * takes over before
 * - the vendor would still accept the spent refresh token, and the owner is gone (its liveness lock is free): at once;
 * - the lease has run out, and the owner is gone;
 * - a second lease length has passed, whatever became of the owner.
 * The last two also need a claimer who has had the database for a while without a gap (`patient`): an owner who lost it together with everybody
 * else saves in the first moments after its return.
 */
const leaseFree = (reuseSeconds: string): string => `(t.lease_owner is null
  or (:patient::boolean and broker_now() >= t.lease_until + :lease_seconds::float8 * interval '1 second')
  or (:sees_others::boolean and ${ownerIsGone("t.lease_owner")}
    and ((:patient::boolean and broker_now() >= t.lease_until)
      or extract(epoch from broker_now() - t.lease_begun_at) < ${reuseSeconds}::float8)))`;

/** Few registrations have such rows, so the answer costs two looks at indexes that are nearly empty. */
export const IS_TROUBLED = `(exists (select 1 from provider_health h
      where h.registration_id = t.registration_id and (h.blocked_at is not null or h.refusals <> '{}'))
    or exists (select 1 from refresh_holds h where h.registration_id = t.registration_id))`;

/** What a claim writes and answers; the row comes from a CTE that selected it as (claimed_id, previous_owner) and locked it. */
const TAKE = `
  set lease_owner = :owner, lease_seq = t.lease_seq + 1,
    lease_until = broker_now() + :lease_seconds::float8 * interval '1 second',
    lease_begun_at = case when free.previous_owner is null then broker_now()
      when ${recordsBeginning("free.previous_owner")} then t.lease_begun_at end
  from free where t.id = free.claimed_id
  returning ${TOKEN_COLUMNS}, t.lease_begun_at, free.previous_owner, nextval('token_version_seq') as next_version,
    ${IS_TROUBLED} as provider_troubled`;

type LeaseParameter = "owner" | "lease_seconds" | "patient" | "sees_others";

const CLAIM = statement<LeaseParameter | "id" | "version" | "reuse_seconds">(
  "tokens.claim",
  `with free as (
     select t.id as claimed_id, t.lease_owner as previous_owner from connection_tokens t
     where t.id = :id::bigint and t.version = :version::bigint and ${REFRESHABLE} and ${leaseFree(":reuse_seconds")}
     for update)
   update connection_tokens t ${TAKE}`,
);

/** What a claimer knows of other replicas, and of whose database it is. */
export interface Claimer extends Pick<Liveness, "held" | "steadyMs" | "seesOthers"> {
  paused(): boolean;
}

/** Longer than an owner needs to come back and save after an outage: it tries several times a second. */
const PATIENCE_MS = 10 * SECOND;

/** @throws BrokerError STORE_UNAVAILABLE while this replica is not sure that others see it, or that the database is its own. */
const leaseParameters = (claimer: Claimer, owner: string, leaseSeconds: number) => {
  if (claimer.paused()) throw instancePaused();
  if (!claimer.held()) throw unseen();
  return {
    owner,
    lease_seconds: leaseSeconds,
    patient: claimer.steadyMs() >= PATIENCE_MS,
    sees_others: claimer.seesOthers,
  };
};

export const instancePaused = (): BrokerError =>
  new BrokerError(
    "STORE_UNAVAILABLE",
    "this database belongs to another BROKER_INSTANCE_ID: nothing is refreshed until an operator runs `token-broker resume`",
    { metadata: { cause: "instance_paused" }, retryAfterMs: PAUSED_RETRY_MS },
  );

/** A person has to act first. */
const PAUSED_RETRY_MS = 60 * SECOND;

const unseen = (): BrokerError =>
  new BrokerError(
    "STORE_UNAVAILABLE",
    "this replica has lost its liveness lock in the database and begins no refresh until it has it again: retry",
    { metadata: { cause: "liveness_lock_lost" }, retryAfterMs: SECOND },
  );

export interface Claim {
  readonly id: string;
  readonly version: bigint;
  readonly owner: string;
  readonly leaseSeconds: number;
  readonly reuseSeconds: number;
}

export const claimToken = async (
  sql: Sql,
  claimer: Claimer,
  claim: Claim,
): Promise<ClaimedToken | undefined> => {
  const { rows } = await execute(sql, CLAIM, {
    ...leaseParameters(claimer, claim.owner, claim.leaseSeconds),
    id: claim.id,
    version: claim.version,
    reuse_seconds: claim.reuseSeconds,
  });
  return rows[0] && readClaimedToken(rows[0]);
};

/** Each registration's longest due rows by the index on `due_at`, as many as it has room for, then one of each in turn. */
const CLAIM_DUE = statement<
  | LeaseParameter
  | "registration_ids"
  | "client_ids"
  | "reuse_seconds"
  | "limits"
  | "due_within_seconds"
  | "idle_days"
  | "limit"
>(
  "tokens.claim_due",
  `with due as (
     select d.*, row_number() over (partition by r.registration_id, r.client_id order by d.due_at) as turn
     from unnest(:registration_ids::text[], :client_ids::text[], :reuse_seconds::text[], :limits::text[])
       as r (registration_id, client_id, reuse_seconds, row_limit)
     cross join lateral (
       select t.id, t.lease_owner, t.due_at from connection_tokens t
       where t.registration_id = r.registration_id and t.client_id = r.client_id
         and t.next_refresh_at is not null and t.due_at <= broker_now() and t.due_at >= broker_now() - :due_within_seconds::float8 * interval '1 second'
         and ${REFRESHABLE} and ${leaseFree("r.reuse_seconds")}
         and (:idle_days::float8 = 0 or coalesce(t.last_used_at, t.authorized_at) > broker_now() - :idle_days::float8 * interval '1 day')
       order by t.due_at limit r.row_limit::int
       for update skip locked) d),
   free as (
     select id as claimed_id, lease_owner as previous_owner from due order by turn, due_at limit :limit::int)
   update connection_tokens t ${TAKE}`,
);

/** Longer than any row has been there; an interval cannot be infinite in older servers. */
const EVER_SECONDS = 100 * 365 * 24 * 3600;

/**
 * Longest due first. Rows that cannot be read take the places of others: they stay leased, and as many others are claimed instead, or such rows, which
 * are never refreshed and so always the longest due, would keep all others waiting for ever.
 */
export const claimDueTokens = async (
  sql: Sql,
  guard: RowGuard,
  claimer: Claimer,
  due: DueTokens,
): Promise<readonly ClaimedToken[]> => {
  const claimed: ClaimedToken[] = [];
  for (;;) {
    const rows = await claimDueRows(sql, claimer, without(due, claimed));
    const readable = guard.readAll(rows, readClaimedToken);
    claimed.push(...readable);
    if (readable.length === rows.length)
      return claimed.toSorted(
        (a, b) => (a.nextRefreshAt?.getTime() ?? 0) - (b.nextRefreshAt?.getTime() ?? 0),
      );
  }
};

/** What is left to claim. */
const without = (due: DueTokens, claimed: readonly ClaimedToken[]): DueTokens => {
  const countOf = ({ id, clientId }: DueTokens["registrations"][number]): number =>
    claimed.filter(({ pins }) => pins.registrationId === id && pins.clientId === clientId).length;
  const registrations = due.registrations.map((one) => ({ ...one, limit: one.limit - countOf(one) }));
  return { ...due, registrations, limit: due.limit - claimed.length };
};

const claimDueRows = async (sql: Sql, claimer: Claimer, due: DueTokens): Promise<readonly SqlRow[]> => {
  const { rows } = await execute(sql, CLAIM_DUE, {
    ...leaseParameters(claimer, due.owner, due.leaseSeconds),
    registration_ids: due.registrations.map(({ id }) => id),
    client_ids: due.registrations.map(({ clientId }) => clientId),
    reuse_seconds: due.registrations.map(({ reuseSeconds = 0 }) => String(reuseSeconds)),
    limits: due.registrations.map(({ limit }) => String(limit)),
    due_within_seconds: due.dueWithinSeconds ?? EVER_SECONDS,
    idle_days: due.idleDays,
    limit: due.limit,
  });
  return rows;
};
