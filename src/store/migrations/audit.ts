import { Migration } from "@mikro-orm/migrations";

/** Rows are never changed. `at` grows with `id` but for calls that end at the same moment on several replicas. */
const AUDIT_EVENTS = `create table audit_events (
  id bigserial primary key,
  at timestamptz not null,
  namespace text not null,
  caller text not null,
  subject text not null,
  method text not null,
  connection_id text not null,
  user_id text not null,
  provider text not null,
  mcp_server text not null,
  version bigint not null,
  outcome text not null,
  rule text not null,
  request_id text not null,
  details jsonb not null
)`;

const STATEMENTS = [
  AUDIT_EVENTS,
  "create index audit_events_listing on audit_events (namespace, id)",
  "create index audit_events_user on audit_events (namespace, user_id, id) where user_id <> ''",
  "create index audit_events_connection on audit_events (namespace, connection_id, id) where connection_id <> ''",
  "create index audit_events_at on audit_events (at)",
  "create or replace function broker_schema_version() returns int language sql immutable parallel safe as 'select 6'",
];

/** Only adds: replicas of the version before go on working beside new ones. */
export class AuditMigration extends Migration {
  override up(): void {
    for (const statement of STATEMENTS) this.addSql(statement);
  }
}
