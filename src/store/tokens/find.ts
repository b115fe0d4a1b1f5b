import { execute, type Sql, statement } from "../database/sql.ts";
import { type GrantKey, isUuid } from "../grant.ts";
import { readTokenRow, TOKEN_COLUMNS } from "./token-row.ts";
import type { TokenRow } from "./token.ts";

/** Every column of the unique index. */
export const KEY_MATCHES = `t.connection_id = :connection_id and t.user_id = :user_id and t.provider = :provider
  and t.mcp_server_url = :mcp_server_url and t.token_name = :token_name and t.namespace = :namespace`;

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
  `select ${TOKEN_COLUMNS} from connection_tokens t where ${KEY_MATCHES} and t.revoked_at is null`,
);

export const findToken = async (sql: Sql, key: GrantKey): Promise<TokenRow | undefined> => {
  if (!isUuid(key.connectionId)) return undefined;
  const { rows } = await execute(sql, FIND, keyParameters(key));
  return rows[0] && readTokenRow(rows[0]);
};
