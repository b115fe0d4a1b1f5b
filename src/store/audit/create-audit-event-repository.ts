import { readBigint, readDate, readText } from "../database/read-row.ts";
import { execute, type Parameter, type Sql, type SqlRow, statement } from "../database/sql.ts";
import { asJson } from "../database/values.ts";
import type {
  AuditEvent,
  AuditEventRepository,
  AuditFilter,
  AuditPage,
  NewAuditEvent,
} from "./audit-event.ts";

/** Each with its value as text. */
const COLUMNS = {
  namespace: ({ namespace }) => namespace,
  caller: ({ caller }) => caller,
  subject: ({ subject }) => subject,
  method: ({ method }) => method,
  connection_id: ({ connectionId }) => connectionId,
  user_id: ({ userId }) => userId,
  provider: ({ provider }) => provider,
  mcp_server: ({ mcpServer }) => mcpServer,
  version: ({ version }) => String(version),
  outcome: ({ outcome }) => outcome,
  rule: ({ rule }) => rule,
  request_id: ({ requestId }) => requestId,
  details: ({ details }) => asJson(details),
} as const satisfies Record<string, (event: NewAuditEvent) => string>;

type Column = keyof typeof COLUMNS;

const NAMES = Object.keys(COLUMNS) as Column[];

const CAST: Partial<Record<Column, string>> = { version: "::bigint", details: "::jsonb" };

const APPEND = statement<Column>(
  "audit_events.append",
  `insert into audit_events (at, ${NAMES.join(", ")})
   select broker_now(), ${NAMES.map((name) => `e.${name}${CAST[name] ?? ""}`).join(", ")}
   from unnest(${NAMES.map((name) => `:${name}::text[]`).join(", ")}) as e (${NAMES.join(", ")})`,
);

const append = async (sql: Sql, events: readonly NewAuditEvent[]): Promise<void> => {
  if (events.length === 0) return;
  const values = Object.fromEntries(NAMES.map((name) => [name, events.map(COLUMNS[name])]));
  await execute(sql, APPEND, values as unknown as Record<Column, readonly string[]>);
};

/** A condition for each filter that is set: a text of its own for each combination, so that each gets the plan it deserves. */
const conditionsOf = (filter: AuditFilter, before: bigint | undefined): [string, string, Parameter][] => {
  const all: readonly [string, string, Parameter | undefined][] = [
    ["user_id", "user_id = :user_id", filter.userId],
    ["connection_id", "connection_id = :connection_id", filter.connectionId],
    ["caller", "caller = :caller", filter.caller],
    ["method", "method = :method", filter.method],
    ["provider", "provider = :provider", filter.provider],
    ["outcome", "outcome = :outcome", filter.outcome],
    ["from", "at >= :from::timestamptz", filter.from],
    ["until", "at < :until::timestamptz", filter.until],
    ["before", "id < :before::bigint", before],
  ];
  return all.flatMap(([name, condition, value]) => (value === undefined ? [] : [[name, condition, value]]));
};

const list = async (
  sql: Sql,
  filter: AuditFilter,
  { size, before }: { readonly size: number; readonly before?: bigint | undefined },
): Promise<AuditPage> => {
  const conditions = conditionsOf(filter, before);
  const query = statement<string>(
    "",
    `select id, at, ${NAMES.join(", ")} from audit_events
     where namespace = :namespace ${conditions.map(([, condition]) => `and ${condition}`).join(" ")}
     order by id desc limit :limit::int`,
  );
  const { rows } = await execute(sql, query, {
    ...Object.fromEntries(conditions.map(([name, , value]) => [name, value])),
    namespace: filter.namespace,
    limit: size + 1,
  });
  const events = rows.slice(0, size).map(readEvent);
  return { events, nextBefore: rows.length > size ? events.at(-1)?.id : undefined };
};

const readEvent = (row: SqlRow): AuditEvent => ({
  id: readBigint(row, "id"),
  at: readDate(row, "at"),
  namespace: readText(row, "namespace"),
  caller: readText(row, "caller"),
  subject: readText(row, "subject"),
  method: readText(row, "method"),
  connectionId: readText(row, "connection_id"),
  userId: readText(row, "user_id"),
  provider: readText(row, "provider"),
  mcpServer: readText(row, "mcp_server"),
  version: readBigint(row, "version"),
  outcome: readText(row, "outcome"),
  rule: readText(row, "rule"),
  requestId: readText(row, "request_id"),
  details: (row["details"] ?? {}) as Readonly<Record<string, unknown>>,
});

const DELETE_OLD = statement<"keep_days" | "limit">(
  "audit_events.delete_old",
  `delete from audit_events where id in (
     select id from audit_events where at < broker_now() - :keep_days::float8 * interval '1 day'
     order by at limit :limit::int for update skip locked)`,
);

export const createAuditEventRepository = (sql: Sql): AuditEventRepository => ({
  append: (events) => append(sql, events),
  list: (filter, page) => list(sql, filter, page),
  deleteOld: async (keepDays, limit) =>
    (await execute(sql, DELETE_OLD, { keep_days: keepDays, limit })).count,
});
