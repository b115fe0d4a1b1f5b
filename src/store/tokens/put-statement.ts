import { statement } from "../database/sql.ts";
import { KEY_MATCHES, type KeyParameter } from "./find.ts";
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

/** What a replaced row loses, and what it keeps: a block outlives a new authorization, labels those that name none. */
const RESET = `
  revision = nextval('revision_seq'),
  status = case when t.status = 'blocked' and t.revoked_at is null then t.status else 'active' end,
  labels = coalesce(:labels::jsonb, t.labels),
  account_label = coalesce(:account_label::text, t.account_label),
  created_at = case when t.revoked_at is null then t.created_at else broker_now() end,
  last_used_at = case when t.revoked_at is null then t.last_used_at end,
  lease_owner = null, lease_until = null, next_attempt_at = null,
  failure_reason = '', failure_provider_error = '', failure_at = null, failure_count = 0, degraded_since = null,
  rejected_at = null, rejected_version = null, last_refreshed_at = null, revoked_at = null`;

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
  | "expected_version";

/**
 * A version drawn earlier but written later than another must not make the row's version fall: such a write does nothing, and is repeated
 * with a new one.
 */
export const PUT = statement<Parameter>(
  "tokens.put_authorized",
  `insert into connection_tokens as t (namespace, connection_id, user_id, provider, mcp_server_url, token_name,
     status, revision, labels, account_label, created_at, ${COLUMNS.join(", ")})
   select :namespace, :connection_id::uuid, :user_id, :provider, :mcp_server_url, :token_name,
     'active', nextval('revision_seq'), coalesce(:labels::jsonb, '{}'), coalesce(:account_label::text, ''), broker_now(),
     ${Object.values(WRITTEN).join(", ")}
   where :condition::text <> 'version' or exists (
     select 1 from connection_tokens t where ${KEY_MATCHES} and t.revoked_at is null and t.version = :expected_version::bigint)
   on conflict (connection_id, user_id, provider, mcp_server_url, token_name, namespace) do update
   set ${COLUMNS.map((column) => `${column} = excluded.${column}`).join(", ")}, ${RESET}
   where t.version < excluded.version and case :condition::text
     when 'absent' then t.revoked_at is not null
     when 'version' then t.revoked_at is null and t.version = :expected_version::bigint
     else true end
   returning ${TOKEN_COLUMNS}`,
);
