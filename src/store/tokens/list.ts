import type { RowGuard } from "../database/row-guard.ts";
import { execute, type Sql, type Parameter, statement } from "../database/sql.ts";
import { asJson } from "../database/values.ts";
import { readPageToken, writePageToken } from "./page-token.ts";
import { readTokenRow, TOKEN_COLUMNS } from "./token-row.ts";
import type { TokenFilter, TokenPage } from "./token.ts";

/** A condition for each filter that is set: a text of its own for each combination, so that each gets the plan it deserves. */
const conditions = (filter: TokenFilter): ReadonlyMap<string, readonly [string, Parameter]> => {
  const all: readonly [string, string, Parameter | undefined][] = [
    ["user_id", "t.user_id = :user_id", filter.userId],
    ["provider", "t.provider = :provider", filter.provider],
    ["mcp_server_url", "t.mcp_server_url = :mcp_server_url", filter.mcpServerUrl],
    ["statuses", "t.status = any(:statuses::text[])", filter.statuses?.length ? filter.statuses : undefined],
    ["labels", "t.labels @> :labels::jsonb", filter.labels && asJson(filter.labels)],
    ["expires_before", "t.expires_at < :expires_before::timestamptz", filter.expiresBefore],
  ];
  return new Map(
    all.flatMap(([name, condition, value]) => (value === undefined ? [] : [[name, [condition, value]]])),
  );
};

export const listTokens = async (
  sql: Sql,
  guard: RowGuard,
  filter: TokenFilter,
  page: { readonly size: number; readonly token: string },
): Promise<TokenPage> => {
  const wanted = conditions(filter);
  const query = statement<string>(
    "",
    `select ${TOKEN_COLUMNS} from connection_tokens t
     where t.namespace = :namespace and t.id > :after::bigint and t.token_name = '' and t.revoked_at is null
     ${[...wanted.values()].map(([condition]) => `and ${condition}`).join(" ")}
     order by t.id limit :limit::int`,
  );
  const { rows } = await execute(sql, query, {
    ...Object.fromEntries([...wanted].map(([name, [, value]]) => [name, value])),
    namespace: filter.namespace,
    after: readPageToken(filter, page.token),
    limit: page.size + 1,
  });
  const last = rows.length > page.size ? rows[page.size - 1] : undefined;
  return {
    tokens: guard.readAll(rows.slice(0, page.size), readTokenRow),
    nextPageToken: last ? writePageToken(filter, String(last["id"])) : "",
  };
};
