import { execute, type Sql, statement } from "../database/sql.ts";
import { type Grant, isUuid } from "../grant.ts";

/** What is longer ago begins anew. */
const WINDOW = "interval '10 minutes'";

/** Of the row `t`. */
export const RECENT_STEP_UPS = `case when t.step_up_at >= broker_now() - ${WINDOW} then t.step_ups else 0 end`;

const COUNT = statement<"namespace" | "connection_id" | "user_id" | "provider" | "mcp_server_url" | "limit">(
  "tokens.count_step_up",
  `update connection_tokens t set step_ups = ${RECENT_STEP_UPS} + 1, step_up_at = broker_now()
   where t.connection_id = :connection_id and t.user_id = :user_id and t.provider = :provider
     and t.mcp_server_url = :mcp_server_url and t.token_name = '' and t.namespace = :namespace
     and t.revoked_at is null and ${RECENT_STEP_UPS} < :limit::int`,
);

/** Of any number of parallel calls no more than `limit` are counted. */
export const countStepUp = async (sql: Sql, grant: Grant, limit: number): Promise<boolean> => {
  if (!isUuid(grant.connectionId)) return false;
  const { count } = await execute(sql, COUNT, {
    namespace: grant.namespace,
    connection_id: grant.connectionId,
    user_id: grant.userId,
    provider: grant.provider,
    mcp_server_url: grant.mcpServerUrl,
    limit,
  });
  return count > 0;
};

const END = statement<"id">(
  "tokens.end_step_ups",
  "update connection_tokens set step_ups = 0, step_up_at = null where id = :id::bigint and step_ups > 0",
);

export const endStepUps = async (sql: Sql, id: string): Promise<void> => {
  await execute(sql, END, { id });
};
