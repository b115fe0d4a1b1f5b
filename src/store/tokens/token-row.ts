import type { Sealed } from "../../crypto/index.ts";
import { SECOND } from "../../time.ts";
import {
  readBigCount,
  readBigint,
  readCount,
  readDate,
  readDateOrNull,
  readFlag,
  readText,
  readTextMap,
  readTextOrNull,
  readTexts,
  readVersion,
  unreadable,
} from "../database/read-row.ts";
import type { SqlRow } from "../database/sql.ts";
import type { GrantKey, Pins } from "../grant.ts";
import { RECENT_STEP_UPS } from "./step-ups.ts";
import {
  type ClaimedToken,
  type SealedToken,
  TOKEN_STATUSES,
  type TokenRow,
  type TokenStatus,
} from "./token.ts";

/**
 * What every read of a token row selects. Listed, never `*`: prepared statements of an old replica outlive a migration that adds a column.
 * `raw_token` is left out: it can be long, and no read needs it.
 */
export const TOKEN_COLUMNS = `t.id::text as id, t.namespace, t.connection_id, t.user_id, t.provider, t.mcp_server_url,
  t.token_name, t.status, t.version, t.revision, t.access_token, t.access_token_key_id, t.refresh_token, t.refresh_token_key_id,
  t.token_type, t.scopes, t.requested_scopes, t.issued_at, t.expires_at, t.from_refresh, t.refresh_expires_at,
  t.registration_id, t.client_id, t.token_url, t.revoke_url, t.issuer, t.resource, t.provider_config, t.provider_metadata,
  t.labels, t.account_label, t.lease_owner, t.lease_seq, t.lease_until, t.next_refresh_at, t.next_attempt_at,
  t.failure_reason, t.failure_provider_error, t.failure_credential, t.failure_at, t.failure_count, t.degraded_since, t.rejected_at, t.rejected_version,
  t.created_at, t.authorized_at, t.last_refreshed_at, t.last_used_at, ${RECENT_STEP_UPS} as step_ups, broker_now() as now`;

export const readTokenRow = (row: SqlRow): TokenRow => {
  const issuedAt = readDate(row, "issued_at");
  const expiresAt = readDateOrNull(row, "expires_at");
  return {
    ...readGrantKey(row),
    id: readText(row, "id"),
    status: readStatus(row),
    version: readVersion(row, "version"),
    revision: readVersion(row, "revision"),
    tokenType: readText(row, "token_type"),
    scopes: readTexts(row, "scopes"),
    requestedScopes: readTexts(row, "requested_scopes"),
    issuedAt,
    expiresAt,
    lifetimeSeconds: expiresAt && (expiresAt.getTime() - issuedAt.getTime()) / SECOND,
    fromRefresh: readFlag(row, "from_refresh"),
    hasRefreshToken: row["refresh_token"] !== null,
    refreshExpiresAt: readDateOrNull(row, "refresh_expires_at"),
    pins: readPins(row),
    providerMetadata: readTextMap(row, "provider_metadata"),
    labels: readTextMap(row, "labels"),
    accountLabel: readText(row, "account_label"),
    leaseOwner: readTextOrNull(row, "lease_owner"),
    leaseSeq: readBigCount(row, "lease_seq"),
    leaseUntil: readDateOrNull(row, "lease_until"),
    nextRefreshAt: readDateOrNull(row, "next_refresh_at"),
    nextAttemptAt: readDateOrNull(row, "next_attempt_at"),
    failureReason: readText(row, "failure_reason"),
    failureProviderError: readText(row, "failure_provider_error"),
    failureCredential: readText(row, "failure_credential"),
    failureAt: readDateOrNull(row, "failure_at"),
    failureCount: readCount(row, "failure_count"),
    degradedSince: readDateOrNull(row, "degraded_since"),
    rejectedAt: readDateOrNull(row, "rejected_at"),
    rejectedVersion: row["rejected_version"] === null ? null : readBigint(row, "rejected_version"),
    createdAt: readDate(row, "created_at"),
    authorizedAt: readDate(row, "authorized_at"),
    lastRefreshedAt: readDateOrNull(row, "last_refreshed_at"),
    lastUsedAt: readDateOrNull(row, "last_used_at"),
    stepUps: readCount(row, "step_ups"),
    now: readDate(row, "now"),
    sealed: readSealedToken(row),
  };
};

export const readClaimedToken = (row: SqlRow): ClaimedToken => ({
  ...readTokenRow(row),
  leaseOwner: readText(row, "lease_owner"),
  leaseUntil: readDate(row, "lease_until"),
  nextVersion: readVersion(row, "next_version"),
  takenOverFrom: readTextOrNull(row, "previous_owner"),
  providerTroubled: readFlag(row, "provider_troubled"),
  begunAt: readDateOrNull(row, "lease_begun_at"),
});

const readStatus = (row: SqlRow): TokenStatus => {
  const status = readText(row, "status");
  return TOKEN_STATUSES.find((known) => known === status) ?? unreadable("status");
};

export const readGrantKey = (row: SqlRow): GrantKey => ({
  namespace: readText(row, "namespace"),
  connectionId: readText(row, "connection_id"),
  userId: readText(row, "user_id"),
  provider: readText(row, "provider"),
  mcpServerUrl: readText(row, "mcp_server_url"),
  tokenName: readText(row, "token_name"),
});

export const readPins = (row: SqlRow): Pins => ({
  registrationId: readText(row, "registration_id"),
  clientId: readText(row, "client_id"),
  tokenUrl: readText(row, "token_url"),
  revokeUrl: readText(row, "revoke_url"),
  issuer: readText(row, "issuer"),
  resource: readText(row, "resource"),
  providerConfig: readTextMap(row, "provider_config"),
});

export const readSealedToken = (row: SqlRow): SealedToken => ({
  accessToken: readSealed(row, "access_token"),
  refreshToken: row["refresh_token"] === null ? undefined : readSealed(row, "refresh_token"),
});

export const readSealed = (row: SqlRow, column: string): Sealed => ({
  ciphertext: readText(row, column),
  keyId: readText(row, `${column}_key_id`),
});
