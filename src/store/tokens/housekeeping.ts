import { readBigint } from "../database/read-row.ts";
import { execute, type Sql, statement } from "../database/sql.ts";
import type { TokenUse } from "./token.ts";

/** Rows that somebody else holds are skipped: a use recorded a moment later is as good, a deadlock between replicas is not. */
const TOUCH = statement<"ids" | "ages_ms">(
  "tokens.touch_last_used",
  `with uses as (
     select u.id::bigint as id, broker_now() - min(u.age_ms::float8) * interval '1 millisecond' as used_at
     from unnest(:ids::text[], :ages_ms::text[]) as u (id, age_ms) group by u.id),
   free as (
     select t.id, uses.used_at from connection_tokens t join uses on uses.id = t.id
     where t.revoked_at is null and (t.last_used_at is null or t.last_used_at < uses.used_at)
     for update of t skip locked)
   update connection_tokens t set last_used_at = free.used_at from free where t.id = free.id`,
);

export const touchLastUsed = async (sql: Sql, uses: readonly TokenUse[]): Promise<void> => {
  if (uses.length === 0) return;
  await execute(sql, TOUCH, {
    ids: uses.map(({ id }) => id),
    ages_ms: uses.map(({ usedAgoMs }) => String(usedAgoMs)),
  });
};

const COUNT = statement<"registration_id" | "namespace">(
  "tokens.count_by_registration",
  `select count(*) as count from connection_tokens
   where registration_id = :registration_id and revoked_at is null and (:namespace::text is null or namespace = :namespace::text)`,
);

export const countByRegistration = async (
  sql: Sql,
  registrationId: string,
  namespace: string | undefined,
): Promise<number> => {
  const { rows } = await execute(sql, COUNT, {
    registration_id: registrationId,
    namespace: namespace ?? null,
  });
  return Number(readBigint(rows[0] ?? {}, "count"));
};

const DELETE_REVOKED = statement<"keep_seconds" | "limit">(
  "tokens.delete_revoked",
  `delete from connection_tokens where id in (
     select id from connection_tokens
     where revoked_at < broker_now() - :keep_seconds::float8 * interval '1 second'
     order by revoked_at limit :limit::int for update skip locked)`,
);

export const deleteRevoked = async (sql: Sql, keepSeconds: number, limit: number): Promise<number> =>
  (await execute(sql, DELETE_REVOKED, { keep_seconds: keepSeconds, limit })).count;
