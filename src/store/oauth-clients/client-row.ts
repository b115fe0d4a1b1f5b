import {
  readCount,
  readDate,
  readDateOrNull,
  readText,
  readTextMap,
  readTexts,
  readVersion,
  unreadable,
} from "../database/read-row.ts";
import type { SqlRow } from "../database/sql.ts";
import { readSealed } from "../tokens/token-row.ts";
import type { OAuthClientOrigin, OAuthClientRow } from "./oauth-client.ts";

export const CLIENT_COLUMNS = `c.id, c.namespace, c.issuer, c.resource, c.redirect_uri, c.source, c.client_id, c.client_secret,
  c.client_secret_key_id, c.secret_expires_at, c.token_endpoint_auth_method, c.grant_types, c.metadata, c.version, c.created_at,
  c.refusals, c.retired_at, c.retired_reason, broker_now() as now`;

export const readClientRow = (row: SqlRow): OAuthClientRow => ({
  id: readText(row, "id"),
  namespace: readText(row, "namespace"),
  issuer: readText(row, "issuer"),
  resource: readText(row, "resource"),
  redirectUri: readText(row, "redirect_uri"),
  origin: readOrigin(row),
  clientId: readText(row, "client_id"),
  tokenEndpointAuthMethod: readText(row, "token_endpoint_auth_method"),
  grantTypes: readTexts(row, "grant_types"),
  secretExpiresAt: readDateOrNull(row, "secret_expires_at"),
  metadata: readTextMap(row, "metadata"),
  version: readVersion(row, "version"),
  createdAt: readDate(row, "created_at"),
  retiredAt: readDateOrNull(row, "retired_at"),
  retiredReason: readText(row, "retired_reason"),
  refusals: readCount(row, "refusals"),
  now: readDate(row, "now"),
  sealedSecret: row["client_secret"] === null ? undefined : readSealed(row, "client_secret"),
});

const readOrigin = (row: SqlRow): OAuthClientOrigin => {
  const source = row["source"];
  return source === "rpc" || source === "dynamic" || source === "document" ? source : unreadable("source");
};
