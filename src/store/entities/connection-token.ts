import { defineEntity, p } from "@mikro-orm/core";
import { flag, instant, instantOrNull, pins, strings, text } from "./columns.ts";

export const ConnectionTokenSchema = defineEntity({
  name: "ConnectionToken",
  tableName: "connection_tokens",
  properties: {
    id: p.bigint().primary().autoincrement(),
    namespace: text(),
    connection_id: p.uuid(),
    user_id: text(),
    provider: text(),
    mcp_server_url: text(),
    token_name: text(),
    status: text(),
    version: p.bigint(),
    revision: p.bigint(),
    access_token: text().nullable(),
    access_token_key_id: text().nullable(),
    refresh_token: text().nullable(),
    refresh_token_key_id: text().nullable(),
    raw_token: text().nullable(),
    raw_token_key_id: text().nullable(),
    token_type: text(),
    scopes: strings(),
    requested_scopes: strings(),
    issued_at: instant(),
    expires_at: instantOrNull(),
    from_refresh: flag(),
    refresh_expires_at: instantOrNull(),
    ...pins(),
    labels: p.json(),
    account_label: text(),
    lease_owner: text().nullable(),
    lease_seq: p.bigint().defaultRaw("0"),
    lease_until: instantOrNull(),
    lease_begun_at: instantOrNull(),
    next_refresh_at: instantOrNull(),
    next_attempt_at: instantOrNull(),
    due_at: instantOrNull().generated("(GREATEST(next_refresh_at, next_attempt_at)) stored"),
    failure_reason: text().default(""),
    failure_provider_error: text().default(""),
    failure_at: instantOrNull(),
    failure_count: p.integer().default(0),
    degraded_since: instantOrNull(),
    rejected_at: instantOrNull(),
    rejected_version: p.bigint().nullable(),
    created_at: instant(),
    authorized_at: instant(),
    last_refreshed_at: instantOrNull(),
    last_used_at: instantOrNull(),
    revoked_at: instantOrNull(),
  },
  uniques: [
    {
      name: "connection_tokens_key",
      properties: ["connection_id", "user_id", "provider", "mcp_server_url", "token_name", "namespace"],
    },
  ],
  indexes: [
    { name: "connection_tokens_listing", properties: ["namespace", "id"] },
    { name: "connection_tokens_user", properties: ["namespace", "user_id", "id"] },
    {
      name: "connection_tokens_due",
      expression:
        "create index connection_tokens_due on connection_tokens (registration_id, client_id, due_at) where revoked_at is null and status in ('active', 'degraded') and next_refresh_at is not null",
    },
    {
      name: "connection_tokens_revoked",
      expression:
        "create index connection_tokens_revoked on connection_tokens (revoked_at) where revoked_at is not null",
    },
    {
      name: "connection_tokens_rejected",
      expression:
        "create index connection_tokens_rejected on connection_tokens (registration_id, failure_at) where revoked_at is null and status = 'needs_reauth'",
    },
  ],
});
