import { readBigint, readDate, readNumber, readText, readTextMap } from "../database/read-row.ts";
import type { SqlRow } from "../database/sql.ts";
import { readGrantKey, readPins, readSealedToken } from "../tokens/token-row.ts";
import type { QueuedRevocation } from "./revocation.ts";

export const QUEUED_COLUMNS = `t.id::text as id, t.namespace, t.connection_id, t.user_id, t.provider, t.mcp_server_url, t.token_name,
  t.version, t.access_token, t.access_token_key_id, t.refresh_token, t.refresh_token_key_id,
  t.registration_id, t.client_id, t.token_url, t.revoke_url, t.issuer, t.resource, t.provider_config, t.provider_metadata,
  t.attempts, t.lease_owner, t.expires_at, broker_now() as now`;

/** Copied from a token row, or given for a token that has none. */
const COPIED = [
  "namespace",
  "connection_id",
  "user_id",
  "provider",
  "mcp_server_url",
  "token_name",
  "version",
  "access_token",
  "access_token_key_id",
  "refresh_token",
  "refresh_token_key_id",
  "registration_id",
  "client_id",
  "token_url",
  "revoke_url",
  "issuer",
  "resource",
  "provider_config",
  "provider_metadata",
] as const;

/** Followed by ` from <a relation t with the columns of a token row> …`; leased to `:owner` from the start. */
export const INSERT_QUEUED = `insert into revocation_outbox
    (${COPIED.join(", ")}, next_attempt_at, lease_owner, lease_until, created_at, expires_at)
  select ${COPIED.map((column) => `t.${column}`).join(", ")}, broker_now(), :owner::text,
    broker_now() + :lease_seconds::float8 * interval '1 second', broker_now(), broker_now() + interval '24 hours'`;

export const readQueuedRevocation = (row: SqlRow): QueuedRevocation => ({
  ...readGrantKey(row),
  id: readText(row, "id"),
  version: readBigint(row, "version"),
  pins: readPins(row),
  providerMetadata: readTextMap(row, "provider_metadata"),
  attempts: readNumber(row, "attempts"),
  leaseOwner: readText(row, "lease_owner"),
  expiresAt: readDate(row, "expires_at"),
  now: readDate(row, "now"),
  sealed: readSealedToken(row),
});
