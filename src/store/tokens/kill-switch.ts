import { readBigint, readText } from "../database/read-row.ts";
import { execute, type Parameter, type Sql, type SqlRow, statement } from "../database/sql.ts";
import { INSERT_QUEUED } from "../revocations/revocation-row.ts";
import { ENDED } from "./revoke.ts";
import type { BatchOfSwitched, SwitchAction, SwitchCounts, SwitchFilter } from "./token.ts";

/** Rows that the action changes: each batch leaves fewer of them. */
const OPEN_TO: Readonly<Record<SwitchAction["kind"], string>> = {
  block: "t.revoked_at is null and t.status <> 'blocked'",
  unblock: "t.revoked_at is null and t.status = 'blocked'",
  revoke: "t.revoked_at is null",
};

const MOVES_ON = "revision = nextval('revision_seq')";

/**
 * What happened to the grant while it was blocked counts: a refresh that was under way may have saved or failed, a person may have authorized again.
 * Both clear the failure.
 */
const STATUS_BEFORE = `case
    when t.failure_reason = '' then 'active'
    when t.blocked_status = 'needs_reauth' then 'needs_reauth'
    when t.degraded_since is not null then 'degraded'
    else 'active' end`;

const CHANGE: Readonly<Record<SwitchAction["kind"], string>> = {
  block: `status = 'blocked', blocked_status = t.status, ${MOVES_ON}`,
  unblock: `status = ${STATUS_BEFORE}, blocked_status = '', ${MOVES_ON}`,
  revoke: ENDED,
};

/** A condition for each filter that is set: a text of its own for each combination. */
const conditionsOf = (filter: SwitchFilter): [name: string, condition: string, value: Parameter][] => {
  const all: readonly [string, string, string | undefined][] = [
    ["provider", "t.provider = :provider", filter.provider],
    ["host", "lower(split_part(t.mcp_server_url, '/', 3)) = :host", filter.mcpServerHost],
    ["user_id", "t.user_id = :user_id", filter.userId],
    ["caller_id", "t.caller_id = :caller_id", filter.callerId],
  ];
  return all.flatMap(([name, condition, value]) => (value === undefined ? [] : [[name, condition, value]]));
};

const selection = (kind: SwitchAction["kind"], filter: SwitchFilter) => {
  const conditions = conditionsOf(filter);
  return {
    where: ["t.namespace = :namespace", OPEN_TO[kind], ...conditions.map(([, condition]) => condition)].join(
      " and ",
    ),
    values: {
      namespace: filter.namespace,
      ...Object.fromEntries(conditions.map(([name, , value]) => [name, value])),
    },
  };
};

const COUNTS = "count(*) filter (where token_name = '') as connections, count(*) as tokens";

export const countForSwitch = async (
  sql: Sql,
  kind: SwitchAction["kind"],
  filter: SwitchFilter,
): Promise<readonly SwitchCounts[]> => {
  const { where, values } = selection(kind, filter);
  const query = statement<string>(
    "",
    `select t.provider, ${COUNTS} from connection_tokens t where ${where} group by t.provider`,
  );
  return (await execute(sql, query, values)).rows.map(readCounts);
};

/** The rows are locked in one order by every switch, and seen in their newest state. */
export const switchBatch = async (
  sql: Sql,
  action: SwitchAction,
  filter: SwitchFilter,
  { after, limit }: { readonly after: bigint; readonly limit: number },
): Promise<BatchOfSwitched> => {
  const { where, values } = selection(action.kind, filter);
  const isQueued = action.kind === "revoke" && action.queue;
  const query = statement<string>(
    "",
    `with live as (
       select * from connection_tokens t where ${where} and t.id > :after::bigint order by t.id limit :limit::int for update),
     changed as (
       update connection_tokens t set ${CHANGE[action.kind]} from live where t.id = live.id
       returning t.id, t.provider, t.token_name)
     ${isQueued ? `, queued as (${INSERT_QUEUED} from live t where t.access_token is not null returning id)` : ""}
     select provider, ${COUNTS}, max(id) as last from changed group by provider`,
  );
  const { rows } = await execute(sql, query, {
    ...values,
    after,
    limit,
    // Leased to nobody: the next delivery takes them.
    ...(isQueued && { owner: null, lease_seconds: 0 }),
  });
  const ids = rows.map((row) => readBigint(row, "last"));
  return { counts: rows.map(readCounts), last: ids.reduce((a, b) => (a > b ? a : b), 0n) };
};

const readCounts = (row: SqlRow): SwitchCounts => ({
  provider: readText(row, "provider"),
  connections: Number(readBigint(row, "connections")),
  tokens: Number(readBigint(row, "tokens")),
});
