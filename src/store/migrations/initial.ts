import { Migration } from "@mikro-orm/migrations";

/** Pins of a token: what its ciphertexts are bound to. */
const PINS = `
  registration_id text not null,
  client_id text not null,
  token_url text not null,
  revoke_url text not null,
  issuer text not null,
  resource text not null,
  provider_config jsonb not null,
  provider_metadata jsonb not null`;

const GRANT_KEY = `
  namespace text not null,
  connection_id uuid not null,
  user_id text not null,
  provider text not null,
  mcp_server_url text not null,
  token_name text not null`;

const CONNECTION_TOKENS = `create table connection_tokens (
  id bigserial primary key, ${GRANT_KEY},
  status text not null,
  version bigint not null,
  revision bigint not null,
  access_token text,
  access_token_key_id text,
  refresh_token text,
  refresh_token_key_id text,
  raw_token text,
  raw_token_key_id text,
  token_type text not null,
  scopes text[] not null,
  requested_scopes text[] not null,
  issued_at timestamptz not null,
  expires_at timestamptz,
  from_refresh boolean not null,
  refresh_expires_at timestamptz, ${PINS},
  labels jsonb not null,
  account_label text not null,
  lease_owner text,
  lease_seq bigint not null default 0,
  lease_until timestamptz,
  next_refresh_at timestamptz,
  next_attempt_at timestamptz,
  due_at timestamptz generated always as (greatest(next_refresh_at, next_attempt_at)) stored,
  failure_reason text not null default '',
  failure_provider_error text not null default '',
  failure_at timestamptz,
  failure_count int not null default 0,
  degraded_since timestamptz,
  rejected_at timestamptz,
  rejected_version bigint,
  created_at timestamptz not null,
  authorized_at timestamptz not null,
  last_refreshed_at timestamptz,
  last_used_at timestamptz,
  revoked_at timestamptz,
  constraint connection_tokens_key unique (connection_id, user_id, provider, mcp_server_url, token_name, namespace)
)`;

const OAUTH_STATES = `create table oauth_states (
  id uuid primary key,
  namespace text not null,
  purpose text not null,
  state_hash text not null,
  code_verifier text,
  code_verifier_key_id text,
  code text,
  code_key_id text,
  ticket_hash text,
  connection_id text not null,
  user_id text not null,
  provider text not null,
  mcp_server_url text not null,
  caller_id text not null,
  registration_id text not null,
  client_id text not null,
  endpoints jsonb not null,
  issuer text not null,
  resource text not null,
  callback_url text not null,
  redirect_uri text not null,
  scopes text[] not null,
  provider_config jsonb not null,
  completion text not null,
  allow_account_change boolean not null,
  labels jsonb,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  consumed_at timestamptz,
  parked_until timestamptz,
  redeeming_at timestamptz,
  completed_at timestamptz,
  outcome text,
  reason text not null default '',
  constraint oauth_states_state_hash unique (state_hash),
  constraint oauth_states_ticket_hash unique (ticket_hash)
)`;

const PROVIDERS = `create table providers (
  id uuid primary key,
  namespace text not null,
  name text not null,
  template text not null,
  client_id text not null,
  hosts text[] not null,
  definition text not null,
  definition_key_id text not null,
  version bigint not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  constraint providers_name unique (namespace, name)
)`;

const OAUTH_CLIENTS = `create table oauth_clients (
  id uuid primary key,
  namespace text not null,
  issuer text not null,
  resource text not null,
  redirect_uri text not null,
  source text not null,
  client_id text not null,
  client_secret text,
  client_secret_key_id text,
  secret_expires_at timestamptz,
  registration_access_token text,
  registration_access_token_key_id text,
  token_endpoint_auth_method text not null,
  metadata jsonb not null,
  version bigint not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  constraint oauth_clients_key unique (namespace, issuer, resource, redirect_uri)
)`;

const ENCRYPTION_KEYS = `create table encryption_keys (
  key_id text primary key,
  check_value text not null,
  first_used_at timestamptz not null,
  last_used_at timestamptz not null
)`;

const REVOCATION_OUTBOX = `create table revocation_outbox (
  id bigserial primary key, ${GRANT_KEY},
  version bigint not null,
  access_token text not null,
  access_token_key_id text not null,
  refresh_token text,
  refresh_token_key_id text, ${PINS},
  attempts int not null default 0,
  next_attempt_at timestamptz not null,
  lease_owner text,
  lease_until timestamptz,
  created_at timestamptz not null,
  expires_at timestamptz not null
)`;

const INDEXES = [
  "create index connection_tokens_listing on connection_tokens (namespace, id)",
  "create index connection_tokens_user on connection_tokens (namespace, user_id, id)",
  "create index connection_tokens_due on connection_tokens (registration_id, client_id, due_at) where revoked_at is null and status in ('active', 'degraded') and next_refresh_at is not null",
  "create index connection_tokens_revoked on connection_tokens (revoked_at) where revoked_at is not null",
  "create index oauth_states_expires_at on oauth_states (expires_at)",
  "create index revocation_outbox_next_attempt_at on revocation_outbox (next_attempt_at)",
  "create index revocation_outbox_expires_at on revocation_outbox (expires_at)",
];

/** One statement at a time, as PGlite takes them. No `down`: no roll-back may drop stored tokens; old replicas run on a newer schema instead. */
export class InitialMigration extends Migration {
  override up(): void {
    this.addSql(
      "create function broker_now() returns timestamptz language sql stable parallel safe as 'select now()'",
    );
    this.addSql("create sequence token_version_seq");
    this.addSql("create sequence revision_seq");
    for (const table of [
      CONNECTION_TOKENS,
      OAUTH_STATES,
      PROVIDERS,
      OAUTH_CLIENTS,
      ENCRYPTION_KEYS,
      REVOCATION_OUTBOX,
    ]) {
      this.addSql(table);
    }
    for (const index of INDEXES) this.addSql(index);
    this.addSql(
      "create function broker_schema_version() returns int language sql immutable parallel safe as 'select 1'",
    );
  }
}
