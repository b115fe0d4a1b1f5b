import { Migration } from "@mikro-orm/migrations";

/** Unlogged: written often, and worth nothing after a crash. Rows are small and change in place. */
const RATE_LIMITS = `create unlogged table rate_limits (
  limit_key text primary key,
  free_at timestamptz not null,
  granted int not null
) with (fillfactor = 70)`;

const STATEMENTS = [
  RATE_LIMITS,
  "create or replace function broker_schema_version() returns int language sql immutable parallel safe as 'select 8'",
];

/** Only adds: replicas of the version before go on working beside new ones. */
export class RateLimitsMigration extends Migration {
  override up(): void {
    for (const statement of STATEMENTS) this.addSql(statement);
  }
}
