import { Migration } from "@mikro-orm/migrations";

/**
 * Credentials that a provider's token endpoint refuses. `refusals` maps the ids of the token rows that met a refusal since the last success
 * to the moment, in one row, so that parallel reports see each other. `accepted_at`: when they were last known to be good.
 */
const PROVIDER_HEALTH = `create table provider_health (
  registration_id text not null,
  origin text not null,
  credential text not null,
  provider text not null,
  refusals jsonb not null default '{}',
  provider_error text not null default '',
  blocked_at timestamptz,
  next_probe_at timestamptz,
  accepted_at timestamptz,
  updated_at timestamptz not null,
  primary key (registration_id, origin, credential)
)`;

/** How refreshes ended, summed up by each replica for each second. `rejected_last`: how many rejections came after its last success. */
const REFRESH_OUTCOMES = `create table refresh_outcomes (
  registration_id text not null,
  begun_at timestamptz not null,
  owner text not null,
  succeeded int not null default 0,
  rejected int not null default 0,
  rejected_last int not null default 0,
  primary key (registration_id, begun_at, owner)
)`;

/** Registrations whose rejections are not believed for now. */
const REFRESH_HOLDS = `create table refresh_holds (
  registration_id text primary key,
  provider text not null,
  held_at timestamptz not null,
  next_probe_at timestamptz not null
)`;

/** The lock on `connection_tokens` comes last and is short: columns that rewrite nothing, and an index that few rows are in. */
const STATEMENTS = [
  PROVIDER_HEALTH,
  REFRESH_OUTCOMES,
  "create index refresh_outcomes_begun_at on refresh_outcomes (begun_at)",
  REFRESH_HOLDS,
  "alter table connection_tokens add column lease_begun_at timestamptz, add column failure_credential text not null default '', add column retry_not_before timestamptz",
  "create index connection_tokens_rejected on connection_tokens (registration_id, failure_at) where revoked_at is null and status = 'needs_reauth'",
  "create or replace function broker_schema_version() returns int language sql immutable parallel safe as 'select 2'",
];

/** Only adds: replicas of the version before go on working beside new ones. */
export class RefreshGuardsMigration extends Migration {
  override up(): void {
    for (const statement of STATEMENTS) this.addSql(statement);
  }
}
