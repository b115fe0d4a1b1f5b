import { momentAt, momentSeconds, momentSql } from "../moment.ts";
import type { GrantToken } from "./token.ts";

/** When the answer was received, by the database's clock. */
export const ISSUED_AT = "broker_now() - :received_ago_ms::float8 * interval '1 millisecond'";
export const EXPIRES_AT = momentSql("expires", `(${ISSUED_AT})`);
export const REFRESH_EXPIRES_AT = momentSql("refresh_expires", `(${ISSUED_AT})`);
export const NEXT_REFRESH_AT = momentSql("next_refresh", `(${ISSUED_AT})`);

export type ValueParameter =
  | "token_type"
  | "scopes"
  | "received_ago_ms"
  | "expires_at"
  | "expires_seconds"
  | "refresh_expires_at"
  | "refresh_expires_seconds"
  | "next_refresh_at"
  | "next_refresh_seconds";

export type SealedParameter =
  | "access_token"
  | "access_token_key_id"
  | "refresh_token"
  | "refresh_token_key_id"
  | "raw_token"
  | "raw_token_key_id";

type Values = Pick<GrantToken, "tokenType" | "scopes" | "expires" | "refreshExpires" | "nextRefresh">;

/** All but `received_ago_ms`, which tokens of one answer share. */
export const valueParameters = (token: Values) => ({
  token_type: token.tokenType,
  scopes: token.scopes,
  expires_at: momentAt(token.expires),
  expires_seconds: momentSeconds(token.expires),
  refresh_expires_at: momentAt(token.refreshExpires),
  refresh_expires_seconds: momentSeconds(token.refreshExpires),
  next_refresh_at: momentAt(token.nextRefresh),
  next_refresh_seconds: momentSeconds(token.nextRefresh),
});
