import { Migration } from "@mikro-orm/migrations";

const STATEMENTS = [
  // What a blocked row was before; and who started the authorization or imported the token. Constant defaults rewrite nothing.
  "alter table connection_tokens add column blocked_status text not null default '', add column caller_id text not null default ''",
  "create or replace function broker_schema_version() returns int language sql immutable parallel safe as 'select 7'",
];

/** Only adds: replicas of the version before go on working beside new ones. Grants that they store name no caller. */
export class KillSwitchesMigration extends Migration {
  override up(): void {
    for (const statement of STATEMENTS) this.addSql(statement);
  }
}
