import { statement } from "../database/sql.ts";
import { KEY_MATCHES, type KeyParameter } from "./find.ts";
import { ENDED } from "./revoke.ts";
import { TOKEN_COLUMNS } from "./token-row.ts";
import {
  EXPIRES_AT,
  ISSUED_AT,
  NEXT_REFRESH_AT,
  REFRESH_EXPIRES_AT,
  type SealedParameter,
  type ValueParameter,
} from "./token-values.ts";

/** The new value of each column, which replaces the row's where there is one. */
const WRITTEN: Readonly<Record<string, string>> = {
  version: ":version::bigint",
  access_token: ":access_token",
  access_token_key_id: ":access_token_key_id",
  refresh_token: ":refresh_token",
  refresh_token_key_id: ":refresh_token_key_id",
  raw_token: ":raw_token",
  raw_token_key_id: ":raw_token_key_id",
  token_type: ":token_type",
  scopes: ":scopes::text[]",
  requested_scopes: ":requested_scopes::text[]",
  issued_at: ISSUED_AT,
  expires_at: EXPIRES_AT,
  from_refresh: ":from_refresh::boolean",
  refresh_expires_at: REFRESH_EXPIRES_AT,
  registration_id: ":registration_id",
  client_id: ":client_id",
  token_url: ":token_url",
  revoke_url: ":revoke_url",
  issuer: ":issuer",
  resource: ":resource",
  provider_config: ":provider_config::jsonb",
  provider_metadata: ":provider_metadata::jsonb",
  next_refresh_at: NEXT_REFRESH_AT,
  authorized_at: "broker_now()",
};

const COLUMNS = Object.keys(WRITTEN);

/** What a replaced row loses whatever it was. */
const RESET = `
  revision = nextval('revision_seq'),
  created_at = case when t.revoked_at is null then t.created_at else broker_now() end,
  last_used_at = case when t.revoked_at is null then t.last_used_at end,
  lease_owner = null, lease_until = null, next_attempt_at = null,
  failure_reason = '', failure_provider_error = '', failure_at = null, failure_count = 0, degraded_since = null,
  rejected_at = null, rejected_version = null, last_refreshed_at = null,
  step_ups = case when t.revoked_at is null then t.step_ups else 0 end, revoked_at = null`;

/** What it keeps: a block outlives a new authorization, labels those that name none. */
const KEPT = `
  status = case when t.status = 'blocked' and t.revoked_at is null then t.status else 'active' end,
  labels = coalesce(:labels::jsonb, t.labels),
  account_label = coalesce(:account_label::text, t.account_label)`;

const INSERT_INTO = `insert into connection_tokens as t (namespace, connection_id, user_id, provider, mcp_server_url, token_name,
     status, revision, labels, account_label, created_at, ${COLUMNS.join(", ")})`;

const ON_CONFLICT = `on conflict (connection_id, user_id, provider, mcp_server_url, token_name, namespace) do update
   set ${COLUMNS.map((column) => `${column} = excluded.${column}`).join(", ")}, ${RESET}`;

/** What each named token has for itself, and its type in the list of them; the rest it shares with the main one. */
const OF_EACH: Readonly<Record<string, string>> = {
  token_name: "text",
  version: "bigint",
  access_token: "text",
  access_token_key_id: "text",
  refresh_token: "text",
  refresh_token_key_id: "text",
  raw_token: "text",
  raw_token_key_id: "text",
  token_type: "text",
  scopes: "text[]",
  requested_scopes: "text[]",
  provider_metadata: "jsonb",
  expires_at: "timestamptz",
  expires_seconds: "float8",
  refresh_expires_at: "timestamptz",
  refresh_expires_seconds: "float8",
  next_refresh_at: "timestamptz",
  next_refresh_seconds: "float8",
};

const ofEach = (expression: string): string =>
  expression.replaceAll(/(?<!:):([a-z_]+)/g, (parameter, name: string) =>
    Object.hasOwn(OF_EACH, name) ? `o.${name}` : parameter,
  );

const LIST_OF_NAMED = `jsonb_to_recordset(:named::jsonb) as o (${Object.entries(OF_EACH)
  .map(([name, type]) => `${name} ${type}`)
  .join(", ")})`;

type Parameter =
  | KeyParameter
  | ValueParameter
  | SealedParameter
  | "version"
  | "requested_scopes"
  | "from_refresh"
  | "registration_id"
  | "client_id"
  | "token_url"
  | "revoke_url"
  | "issuer"
  | "resource"
  | "provider_config"
  | "provider_metadata"
  | "labels"
  | "account_label"
  | "condition"
  | "expected_version"
  | "named"
  | "names";

/**
 * A version drawn earlier but written later than another must not make a row's version fall: such a write does nothing, and is repeated with a new
 * one. The main row is written first, so that its lock puts authorizations of one grant in a line; without it nothing else is. What the grant had under
 * other names ends: the vendor is not told, because that could end the new tokens.
 */
export const PUT = statement<Parameter>(
  "tokens.put_authorized",
  `with main as (
   ${INSERT_INTO}
   select :namespace, :connection_id::uuid, :user_id, :provider, :mcp_server_url, :token_name,
     'active', nextval('revision_seq'), coalesce(:labels::jsonb, '{}'), coalesce(:account_label::text, ''), broker_now(),
     ${Object.values(WRITTEN).join(", ")}
   where :condition::text <> 'version' or exists (
     select 1 from connection_tokens t where ${KEY_MATCHES} and t.revoked_at is null and t.version = :expected_version::bigint)
   ${ON_CONFLICT}, ${KEPT}
   where t.version < excluded.version and case :condition::text
     when 'absent' then t.revoked_at is not null
     when 'version' then t.revoked_at is null and t.version = :expected_version::bigint
     else true end
   returning ${TOKEN_COLUMNS}),
   named as (
   ${INSERT_INTO}
   select m.namespace, m.connection_id, m.user_id, m.provider, m.mcp_server_url, o.token_name,
     m.status, nextval('revision_seq'), m.labels, m.account_label, broker_now(),
     ${Object.values(WRITTEN).map(ofEach).join(", ")}
   from main m cross join ${LIST_OF_NAMED}
   ${ON_CONFLICT}, status = excluded.status, labels = excluded.labels, account_label = excluded.account_label
   where t.version < excluded.version
   returning t.id),
   gone as (
   update connection_tokens t set ${ENDED}
   from main m
   where t.connection_id = m.connection_id and t.user_id = m.user_id and t.provider = m.provider
     and t.mcp_server_url = m.mcp_server_url and t.namespace = m.namespace
     and t.token_name <> '' and t.revoked_at is null and t.token_name <> all (:names::text[])
   returning t.id)
   select main.*, (select count(*) from named) as named_count from main`,
);
