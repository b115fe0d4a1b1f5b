import { Migration } from "@mikro-orm/migrations";

/** Whose database this is: one row, or none while nobody asks. */
const BROKER_INSTANCE = `create table broker_instance (
  slot text primary key,
  instance_id text not null,
  recorded_at timestamptz not null
)`;

/** Only adds: replicas of the version before do not look at it. */
export class InstanceMigration extends Migration {
  override up(): void {
    this.addSql(BROKER_INSTANCE);
    this.addSql(
      "create or replace function broker_schema_version() returns int language sql immutable parallel safe as 'select 4'",
    );
  }
}
