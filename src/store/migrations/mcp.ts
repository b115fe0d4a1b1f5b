import { Migration } from "@mikro-orm/migrations";

/**
 * Clients become rows that are never changed into others: one that a server refuses or whose secret ends is retired and keeps its grants' pins readable.
 * Of its key a digest is indexed, because three URLs can be longer than an index entry. No version before this one wrote to `oauth_clients`.
 */
const STATEMENTS = [
  `alter table oauth_clients
     add column key_digest text not null default '',
     add column grant_types text[] not null default '{}',
     add column refusals int not null default 0,
     add column lease_until timestamptz,
     add column retired_at timestamptz,
     add column retired_reason text not null default ''`,
  "alter table oauth_clients drop constraint oauth_clients_key",
  "create unique index oauth_clients_key on oauth_clients (key_digest) where retired_at is null",
  "create index oauth_clients_listing on oauth_clients (namespace, id)",
  "alter table connection_tokens add column step_ups int not null default 0, add column step_up_at timestamptz",
  "create or replace function broker_schema_version() returns int language sql immutable parallel safe as 'select 3'",
];

/** Only adds, but for a constraint of a table that was not used: replicas of the version before go on working beside new ones. */
export class McpMigration extends Migration {
  override up(): void {
    for (const statement of STATEMENTS) this.addSql(statement);
  }
}
