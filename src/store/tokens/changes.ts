import { readBigint, readText, readVersion } from "../database/read-row.ts";
import type { RowGuard } from "../database/row-guard.ts";
import { execute, type Sql, type SqlRow, statement } from "../database/sql.ts";
import type { GrantKey } from "../grant.ts";
import { readGrantKey, readTokenRow, TOKEN_COLUMNS } from "./token-row.ts";
import type { TokenRow } from "./token.ts";

/** A token row that was made, changed or ended. */
export interface TokenChange extends GrantKey {
  readonly id: string;
  readonly revision: bigint;
}

/**
 * What a statement saw of the writers. Revisions are drawn before they are committed: a row of a lower revision may appear after one of a higher. When
 * every transaction that was there after a revision had been drawn is over, no lower one can appear.
 */
export interface WritersSeen {
  /** The highest revision that anybody had drawn. */
  readonly drawn: bigint;
  /** The oldest transaction that was under way; `next` if there was none. */
  readonly oldest: bigint;
  /** The transaction that will begin next. */
  readonly next: bigint;
}

export interface TokenChanges extends WritersSeen {
  /** In order of their revisions. */
  readonly changes: readonly TokenChange[];
}

export type ConnectionChange =
  | { readonly kind: "present"; readonly id: string; readonly revision: bigint; readonly row: TokenRow }
  | { readonly kind: "gone"; readonly id: string; readonly revision: bigint; readonly key: GrantKey };

export interface ConnectionChangeFilter {
  readonly namespace: string;
  /** Empty = all. */
  readonly provider: string;
}

const CHANGES = statement<"after" | "limit">(
  "tokens.changes_after",
  `select s.drawn, s.oldest, s.next, c.* from
   (select case when is_called then last_value else 0 end as drawn,
     pg_snapshot_xmin(pg_current_snapshot())::text::bigint as oldest, pg_snapshot_xmax(pg_current_snapshot())::text::bigint as next
     from revision_seq) s
   left join lateral (
     select t.id::text as id, t.revision, t.namespace, t.connection_id, t.user_id, t.provider, t.mcp_server_url, t.token_name
     from connection_tokens t where t.revision > :after::bigint order by t.revision limit :limit::int) c on true
   order by c.revision`,
);

export const changesAfter = async (sql: Sql, after: bigint, limit: number): Promise<TokenChanges> => {
  const { rows } = await execute(sql, CHANGES, { after, limit });
  const first = rows[0] ?? {};
  return {
    drawn: readBigint(first, "drawn"),
    oldest: readBigint(first, "oldest"),
    next: readBigint(first, "next"),
    changes: rows.filter((row) => row["id"] !== null).map(readChange),
  };
};

const readChange = (row: SqlRow): TokenChange => ({
  ...readGrantKey(row),
  id: readText(row, "id"),
  revision: readVersion(row, "revision"),
});

const CONNECTIONS = statement<"namespace" | "provider" | "after" | "limit">(
  "tokens.connections_after",
  `select ${TOKEN_COLUMNS}, t.revoked_at is not null as gone from connection_tokens t
   where t.revision > :after::bigint and t.namespace = :namespace and t.token_name = ''
     and (:provider::text = '' or t.provider = :provider::text)
   order by t.revision limit :limit::int`,
);

/** Main token rows in order of their revisions. A row that cannot be read is left out; `last` and `count` tell of all. */
export const connectionsAfter = async (
  sql: Sql,
  guard: RowGuard,
  { namespace, provider }: ConnectionChangeFilter,
  after: bigint,
  limit: number,
): Promise<ConnectionChangePage> => {
  const values = { namespace, provider, after, limit };
  const { rows } = await execute(sql, CONNECTIONS, values);
  const last = rows.at(-1);
  return {
    changes: guard.readAll(rows, readConnectionChange),
    last: last && readVersion(last, "revision"),
    isFull: rows.length === limit,
  };
};

export interface ConnectionChangePage {
  readonly changes: readonly ConnectionChange[];
  /** The revision to go on after; undefined = there was nothing. */
  readonly last: bigint | undefined;
  /** There may be more. */
  readonly isFull: boolean;
}

const readConnectionChange = (row: SqlRow): ConnectionChange => {
  const common = { id: readText(row, "id"), revision: readVersion(row, "revision") };
  return row["gone"] === true
    ? { kind: "gone", ...common, key: readGrantKey(row) }
    : { kind: "present", ...common, row: readTokenRow(row) };
};
