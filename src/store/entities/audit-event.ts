import { defineEntity, p } from "@mikro-orm/core";
import { instant, text } from "./columns.ts";

export const AuditEventSchema = defineEntity({
  name: "AuditEvent",
  tableName: "audit_events",
  properties: {
    id: p.bigint().primary().autoincrement(),
    at: instant(),
    namespace: text(),
    caller: text(),
    subject: text(),
    method: text(),
    connection_id: text(),
    user_id: text(),
    provider: text(),
    mcp_server: text(),
    version: p.bigint(),
    outcome: text(),
    rule: text(),
    request_id: text(),
    details: p.json(),
  },
  indexes: [
    { name: "audit_events_listing", properties: ["namespace", "id"] },
    {
      name: "audit_events_user",
      expression:
        "create index audit_events_user on audit_events (namespace, user_id, id) where user_id <> ''",
    },
    {
      name: "audit_events_connection",
      expression:
        "create index audit_events_connection on audit_events (namespace, connection_id, id) where connection_id <> ''",
    },
    { name: "audit_events_at", properties: ["at"] },
  ],
});
