import { BrokerError } from "../../errors.ts";
import { readCount, readText } from "../database/read-row.ts";
import { execute, type Sql, type SqlRow, statement } from "../database/sql.ts";
import { type Grant, type GrantKey, isUuid, type Pins } from "../grant.ts";
import { readPins, readTokenRow, TOKEN_COLUMNS } from "./token-row.ts";
import type { TokenRow } from "./token.ts";

/** Every column of the unique index. */
export const KEY_MATCHES = `t.connection_id = :connection_id and t.user_id = :user_id and t.provider = :provider
  and t.mcp_server_url = :mcp_server_url and t.token_name = :token_name and t.namespace = :namespace`;

/**
 * A named row is live only beside the main row of the same authorization: one statement writes them all, so they share its moment. Whatever a race leaves
 * behind of another authorization serves nobody and is never refreshed.
 */
export const BELONGS = `(t.token_name = '' or exists (
    select 1 from connection_tokens main where main.connection_id = t.connection_id and main.user_id = t.user_id
      and main.provider = t.provider and main.mcp_server_url = t.mcp_server_url and main.token_name = ''
      and main.namespace = t.namespace and main.revoked_at is null and main.authorized_at = t.authorized_at))`;

export type KeyParameter =
  | "namespace"
  | "connection_id"
  | "user_id"
  | "provider"
  | "mcp_server_url"
  | "token_name";

export const keyParameters = (key: GrantKey) => ({
  namespace: key.namespace,
  connection_id: key.connectionId,
  user_id: key.userId,
  provider: key.provider,
  mcp_server_url: key.mcpServerUrl,
  token_name: key.tokenName,
});

const FIND = statement<KeyParameter>(
  "tokens.find",
  `select ${TOKEN_COLUMNS} from connection_tokens t where ${KEY_MATCHES} and t.revoked_at is null and ${BELONGS}`,
);

export const findToken = async (sql: Sql, key: GrantKey): Promise<TokenRow | undefined> => {
  if (!isUuid(key.connectionId)) return undefined;
  const { rows } = await execute(sql, FIND, keyParameters(key));
  return rows[0] && readTokenRow(rows[0]);
};

/** The keys are few; each finds its row by the unique index. */
const FIND_MANY = statement<`${KeyParameter}s`>(
  "tokens.find_many",
  `select k.position::int as position, ${TOKEN_COLUMNS}
   from unnest(:namespaces::text[], :connection_ids::text[], :user_ids::text[], :providers::text[], :mcp_server_urls::text[], :token_names::text[])
     with ordinality as k (namespace, connection_id, user_id, provider, mcp_server_url, token_name, position)
   join connection_tokens t on t.connection_id = k.connection_id::uuid and t.user_id = k.user_id and t.provider = k.provider
     and t.mcp_server_url = k.mcp_server_url and t.token_name = k.token_name and t.namespace = k.namespace
   where t.revoked_at is null and ${BELONGS}`,
);

export const findTokens = async (
  sql: Sql,
  keys: readonly GrantKey[],
): Promise<readonly (TokenRow | BrokerError | undefined)[]> => {
  const asked = keys.flatMap((key, index) => (isUuid(key.connectionId) ? [{ key, index }] : []));
  const found = keys.map((): TokenRow | BrokerError | undefined => undefined);
  if (asked.length === 0) return found;
  const { rows } = await execute(sql, FIND_MANY, {
    namespaces: asked.map(({ key }) => key.namespace),
    connection_ids: asked.map(({ key }) => key.connectionId),
    user_ids: asked.map(({ key }) => key.userId),
    providers: asked.map(({ key }) => key.provider),
    mcp_server_urls: asked.map(({ key }) => key.mcpServerUrl),
    token_names: asked.map(({ key }) => key.tokenName),
  });
  for (const row of rows) {
    const index = asked[readCount(row, "position") - 1]?.index;
    if (index !== undefined) found[index] = readOrError(row);
  }
  return found;
};

/** A row that was edited into something unreadable fails alone. */
const readOrError = (row: SqlRow): TokenRow | BrokerError => {
  try {
    return readTokenRow(row);
  } catch (error) {
    if (error instanceof BrokerError) return error;
    throw error;
  }
};

const NAMES = statement<Exclude<KeyParameter, "token_name">>(
  "tokens.names",
  `select t.token_name from connection_tokens t
   where t.connection_id = :connection_id and t.user_id = :user_id and t.provider = :provider
     and t.mcp_server_url = :mcp_server_url and t.namespace = :namespace and t.token_name <> ''
     and t.revoked_at is null and ${BELONGS}
   order by t.token_name collate "C"`,
);

export const findTokenNames = async (sql: Sql, grant: Grant): Promise<readonly string[]> => {
  if (!isUuid(grant.connectionId)) return [];
  const { rows } = await execute(sql, NAMES, keyParameters({ ...grant, tokenName: "" }));
  return rows.map((row) => readText(row, "token_name"));
};

const FIND_REVOKED = statement<KeyParameter | "id">(
  "tokens.find_revoked",
  `select t.registration_id, t.client_id, t.token_url, t.revoke_url, t.issuer, t.resource, t.provider_config
   from connection_tokens t where t.id = :id::bigint and ${KEY_MATCHES} and t.revoked_at is not null`,
);

export const findRevokedToken = async (
  sql: Sql,
  key: GrantKey,
  id: string,
): Promise<{ readonly pins: Pins } | undefined> => {
  const { rows } = await execute(sql, FIND_REVOKED, { ...keyParameters(key), id });
  return rows[0] && { pins: readPins(rows[0]) };
};
