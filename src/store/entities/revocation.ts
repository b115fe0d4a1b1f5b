import { defineEntity, p } from "@mikro-orm/core";
import { instant, instantOrNull, pins, text } from "./columns.ts";

export const RevocationSchema = defineEntity({
  name: "Revocation",
  tableName: "revocation_outbox",
  properties: {
    id: p.bigint().primary().autoincrement(),
    namespace: text(),
    connection_id: p.uuid(),
    user_id: text(),
    provider: text(),
    mcp_server_url: text(),
    token_name: text(),
    version: p.bigint(),
    access_token: text(),
    access_token_key_id: text(),
    refresh_token: text().nullable(),
    refresh_token_key_id: text().nullable(),
    ...pins(),
    attempts: p.integer().default(0),
    next_attempt_at: instant(),
    lease_owner: text().nullable(),
    lease_until: instantOrNull(),
    created_at: instant(),
    expires_at: instant(),
  },
  indexes: [
    { name: "revocation_outbox_next_attempt_at", properties: ["next_attempt_at"] },
    { name: "revocation_outbox_expires_at", properties: ["expires_at"] },
  ],
});
