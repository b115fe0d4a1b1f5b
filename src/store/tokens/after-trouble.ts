import type { RowGuard } from "../database/row-guard.ts";
import { execute, type Sql, statement } from "../database/sql.ts";
import { readTokenRow, TOKEN_COLUMNS } from "./token-row.ts";
import type { CallUp, SpareRejected, TokenRow } from "./token.ts";

/** A row that no sweep would look for, its token having no known end, becomes due: its rejection was perhaps wrong, and nobody else would find out. */
const SPARE_REJECTED = statement<
  "registration_id" | "within_seconds" | "reason" | "spared_reason" | "spread_seconds" | "limit"
>(
  "tokens.spare_rejected",
  `with spared as (
     select t.id as spared_id from connection_tokens t
     where t.registration_id = :registration_id and t.status = 'needs_reauth' and t.revoked_at is null and t.refresh_token is not null
       and t.failure_at > broker_now() - :within_seconds::float8 * interval '1 second'
     order by t.failure_at limit :limit::int for update skip locked)
   update connection_tokens t
   set revision = nextval('revision_seq'), status = 'degraded',
     failure_reason = case when t.failure_reason = :reason then :spared_reason else t.failure_reason end,
     next_attempt_at = broker_now() + random() * :spread_seconds::float8 * interval '1 second',
     next_refresh_at = coalesce(t.next_refresh_at, broker_now())
   from spared where t.id = spared.spared_id
   returning ${TOKEN_COLUMNS}`,
);

export const spareRejected = async (
  sql: Sql,
  guard: RowGuard,
  registrationId: string,
  spare: SpareRejected,
): Promise<readonly TokenRow[]> => {
  const { rows } = await execute(sql, SPARE_REJECTED, {
    registration_id: registrationId,
    within_seconds: spare.withinSeconds,
    reason: spare.reason,
    spared_reason: spare.sparedReason,
    spread_seconds: spare.spreadSeconds,
    limit: spare.limit,
  });
  return guard.readAll(rows, readTokenRow);
};

const RETRY_NOW = statement<"registration_id" | "reasons" | "limit">(
  "tokens.retry_now",
  `with waiting as (
     select t.id as waiting_id from connection_tokens t
     where t.registration_id = :registration_id and t.status = 'degraded' and t.revoked_at is null
       and t.next_refresh_at is not null and t.next_attempt_at is not null and t.failure_reason = any (:reasons::text[])
     limit :limit::int for update skip locked)
   update connection_tokens t set next_attempt_at = null
   from waiting where t.id = waiting.waiting_id`,
);

export const retryNow = async (
  sql: Sql,
  registrationId: string,
  reasons: readonly string[],
  limit: number,
): Promise<number> =>
  (await execute(sql, RETRY_NOW, { registration_id: registrationId, reasons, limit })).count;

const CALL_UP = statement<"registration_id" | "token_url" | "reason" | "spread_seconds" | "limit">(
  "tokens.call_up",
  `with waiting as (
     select t.id as waiting_id from connection_tokens t
     where t.registration_id = :registration_id and t.token_url = :token_url and t.status = 'degraded' and t.revoked_at is null
       and t.next_refresh_at is not null and t.failure_reason = :reason
       and t.next_attempt_at > broker_now() + :spread_seconds::float8 * interval '1 second'
       and (t.retry_not_before is null or t.retry_not_before < t.next_attempt_at - :spread_seconds::float8 * interval '1 second')
     limit :limit::int for update skip locked)
   update connection_tokens t
   set next_attempt_at = greatest(t.retry_not_before, broker_now()) + random() * :spread_seconds::float8 * interval '1 second'
   from waiting where t.id = waiting.waiting_id`,
);

export const callUp = async (sql: Sql, call: CallUp): Promise<number> => {
  const { count } = await execute(sql, CALL_UP, {
    registration_id: call.registrationId,
    token_url: call.tokenUrl,
    reason: call.reason,
    spread_seconds: call.spreadSeconds,
    limit: call.limit,
  });
  return count;
};
