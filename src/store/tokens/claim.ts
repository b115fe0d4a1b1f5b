import type { RowGuard } from "../database/row-guard.ts";
import { execute, type Sql, statement } from "../database/sql.ts";
import { readClaimedToken, TOKEN_COLUMNS } from "./token-row.ts";
import type { ClaimedToken, DueTokens } from "./token.ts";

/** Someone may refresh it: not revoked, not dead, not blocked, and there is something to refresh with. */
const REFRESHABLE = `t.revoked_at is null and t.status in ('active', 'degraded') and t.refresh_token is not null`;

/**
 * A finished refresh clears the owner. One that is still set after the lease ran out may hold a rotated token in its memory and save it
 * yet: it has a second lease length to do so.
 */
const LEASE_FREE = `(t.lease_owner is null or broker_now() >= t.lease_until + :lease_seconds::float8 * interval '1 second')`;

/** What a claim writes and answers; the row comes from a CTE that selected it as (claimed_id, previous_owner) and locked it. */
const TAKE = `
  set lease_owner = :owner, lease_seq = t.lease_seq + 1,
    lease_until = broker_now() + :lease_seconds::float8 * interval '1 second'
  from free where t.id = free.claimed_id
  returning ${TOKEN_COLUMNS}, free.previous_owner, nextval('token_version_seq') as next_version`;

const CLAIM = statement<"id" | "version" | "owner" | "lease_seconds">(
  "tokens.claim",
  `with free as (
     select t.id as claimed_id, t.lease_owner as previous_owner from connection_tokens t
     where t.id = :id::bigint and t.version = :version::bigint and ${REFRESHABLE} and ${LEASE_FREE}
     for update)
   update connection_tokens t ${TAKE}`,
);

export const claimToken = async (
  sql: Sql,
  id: string,
  version: bigint,
  owner: string,
  leaseSeconds: number,
): Promise<ClaimedToken | undefined> => {
  const { rows } = await execute(sql, CLAIM, { id, version, owner, lease_seconds: leaseSeconds });
  return rows[0] && readClaimedToken(rows[0]);
};

/** Each registration's longest due rows by the index on `due_at`, then one of each in turn. */
const CLAIM_DUE = statement<
  | "registration_ids"
  | "client_ids"
  | "idle_days"
  | "limit_per_registration"
  | "limit"
  | "owner"
  | "lease_seconds"
>(
  "tokens.claim_due",
  `with due as (
     select d.*, row_number() over (partition by r.registration_id, r.client_id order by d.due_at) as turn
     from unnest(:registration_ids::text[], :client_ids::text[]) as r (registration_id, client_id)
     cross join lateral (
       select t.id, t.lease_owner, t.due_at from connection_tokens t
       where t.registration_id = r.registration_id and t.client_id = r.client_id
         and t.next_refresh_at is not null and t.due_at <= broker_now() and ${REFRESHABLE} and ${LEASE_FREE}
         and (:idle_days::float8 = 0 or coalesce(t.last_used_at, t.authorized_at) > broker_now() - :idle_days::float8 * interval '1 day')
       order by t.due_at limit :limit_per_registration::int
       for update skip locked) d),
   free as (
     select id as claimed_id, lease_owner as previous_owner from due order by turn, due_at limit :limit::int)
   update connection_tokens t ${TAKE}`,
);

/** Longest due first. */
export const claimDueTokens = async (
  sql: Sql,
  guard: RowGuard,
  due: DueTokens,
): Promise<readonly ClaimedToken[]> => {
  const { rows } = await execute(sql, CLAIM_DUE, {
    registration_ids: due.registrations.map(({ id }) => id),
    client_ids: due.registrations.map(({ clientId }) => clientId),
    idle_days: due.idleDays,
    limit_per_registration: due.limitPerRegistration,
    limit: due.limit,
    owner: due.owner,
    lease_seconds: due.leaseSeconds,
  });
  return guard
    .readAll(rows, readClaimedToken)
    .toSorted((a, b) => (a.nextRefreshAt?.getTime() ?? 0) - (b.nextRefreshAt?.getTime() ?? 0));
};
