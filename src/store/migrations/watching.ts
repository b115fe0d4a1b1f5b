import { Migration } from "@mikro-orm/migrations";

const STATEMENTS = [
  // What changed since a revision: read about once a second by each replica that somebody watches, however many grants there are.
  "create index connection_tokens_revision on connection_tokens (revision)",
  "create or replace function broker_schema_version() returns int language sql immutable parallel safe as 'select 9'",
];

/** Only adds: replicas of the version before go on working beside new ones. */
export class WatchingMigration extends Migration {
  override up(): void {
    for (const statement of STATEMENTS) this.addSql(statement);
  }
}
