import { Migration } from "@mikro-orm/migrations";

/**
 * Whose account a grant is. `account_authorized_at` says by which authorization it is known: a replica of the version before writes a new one and leaves
 * these columns as they were, and then they say nothing.
 */
const STATEMENTS = [
  "alter table oauth_states add column pin_account boolean not null default false",
  "alter table connection_tokens add column account_subject text, add column account_subject_key_id text, add column account_authorized_at timestamptz",
  "create or replace function broker_schema_version() returns int language sql immutable parallel safe as 'select 5'",
];

/** Only adds: replicas of the version before go on working beside new ones. */
export class AccountPinsMigration extends Migration {
  override up(): void {
    for (const statement of STATEMENTS) this.addSql(statement);
  }
}
