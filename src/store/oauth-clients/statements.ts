import { statement } from "../database/sql.ts";
import { CLIENT_COLUMNS } from "./client-row.ts";

/** A row without a client id stands for a registration that is under way. */
const IS_READY = "c.client_id <> ''";

export const FIND = statement<"key_digest">(
  "oauth_clients.find",
  `select ${CLIENT_COLUMNS} from oauth_clients c where c.key_digest = :key_digest and c.retired_at is null and ${IS_READY}`,
);

export const GET = statement<"id">(
  "oauth_clients.get",
  `select ${CLIENT_COLUMNS} from oauth_clients c where c.id = :id and ${IS_READY}`,
);

type KeyParameter = "namespace" | "issuer" | "resource" | "redirect_uri" | "key_digest";

/** How often a client of the same key was refused lately. */
const REFUSALS = `(select count(*)::int from oauth_clients p
     where p.key_digest = :key_digest and p.retired_reason = 'refused' and p.retired_at > broker_now() - interval '1 hour')`;

/** A claim that has lapsed is taken over; a client that is there is left alone, and so is a claim that lives. */
export const CLAIM = statement<KeyParameter | "id" | "source" | "version" | "for_seconds">(
  "oauth_clients.claim",
  `insert into oauth_clients as c (id, namespace, issuer, resource, redirect_uri, key_digest, source, client_id, token_endpoint_auth_method,
     metadata, version, refusals, lease_until, created_at, updated_at)
   values (:id, :namespace, :issuer, :resource, :redirect_uri, :key_digest, :source, '', '', '{}', :version::bigint, ${REFUSALS},
     broker_now() + :for_seconds::float8 * interval '1 second', broker_now(), broker_now())
   on conflict (key_digest) where retired_at is null do update
     set version = excluded.version, source = excluded.source, lease_until = excluded.lease_until, updated_at = broker_now()
     where c.client_id = '' and c.lease_until < broker_now()
   returning ${CLIENT_COLUMNS}`,
);

type ClientParameter =
  | "client_id"
  | "client_secret"
  | "client_secret_key_id"
  | "secret_expires_at"
  | "registration_access_token"
  | "registration_access_token_key_id"
  | "token_endpoint_auth_method"
  | "grant_types"
  | "metadata";

const WRITTEN = `client_id = :client_id, client_secret = :client_secret, client_secret_key_id = :client_secret_key_id,
     secret_expires_at = :secret_expires_at::timestamptz, registration_access_token = :registration_access_token,
     registration_access_token_key_id = :registration_access_token_key_id,
     token_endpoint_auth_method = :token_endpoint_auth_method, grant_types = :grant_types::text[], metadata = :metadata::jsonb`;

export const COMPLETE = statement<ClientParameter | "id" | "version">(
  "oauth_clients.complete",
  `update oauth_clients c set ${WRITTEN}, lease_until = null, updated_at = broker_now()
   where c.id = :id and c.version = :version::bigint and c.client_id = '' and c.retired_at is null
   returning ${CLIENT_COLUMNS}`,
);

export const ABANDON = statement<"id" | "version">(
  "oauth_clients.abandon",
  "delete from oauth_clients where id = :id and version = :version::bigint and client_id = ''",
);

/** Retires what is there and inserts the new one, together; a client that grants pin is never changed into another. */
export const PUT = statement<ClientParameter | KeyParameter | "id" | "version" | "replace">(
  "oauth_clients.put",
  `with retired as (
     update oauth_clients set retired_at = broker_now(), retired_reason = 'replaced', lease_until = null
     where key_digest = :key_digest and retired_at is null and :replace::boolean
     returning id),
   added as (
     insert into oauth_clients as c (id, namespace, issuer, resource, redirect_uri, key_digest, source, client_id, client_secret,
       client_secret_key_id, secret_expires_at, registration_access_token, registration_access_token_key_id,
       token_endpoint_auth_method, grant_types, metadata, version, created_at, updated_at)
     select :id, :namespace, :issuer, :resource, :redirect_uri, :key_digest, 'rpc', :client_id, :client_secret,
       :client_secret_key_id, :secret_expires_at::timestamptz, :registration_access_token, :registration_access_token_key_id,
       :token_endpoint_auth_method, :grant_types::text[], :metadata::jsonb, :version::bigint, broker_now(), broker_now()
     where (select count(*) from retired) >= 0
     on conflict (key_digest) where retired_at is null do nothing
     returning ${CLIENT_COLUMNS})
   select * from added`,
);

export const RETIRE = statement<"id" | "reason">(
  "oauth_clients.retire",
  `update oauth_clients set retired_at = broker_now(), retired_reason = :reason, updated_at = broker_now()
   where id = :id and retired_at is null and client_id <> ''`,
);

export const LIST = statement<"namespace" | "own_only" | "after_id" | "limit">(
  "oauth_clients.list",
  `select ${CLIENT_COLUMNS} from oauth_clients c
   where c.namespace = :namespace and c.retired_at is null and ${IS_READY} and (not :own_only::boolean or c.source = 'rpc')
     and c.id > coalesce(nullif(:after_id::text, ''), '00000000-0000-0000-0000-000000000000')::uuid
   order by c.id limit :limit::int`,
);

export const LIST_USABLE = statement<never>(
  "oauth_clients.list_usable",
  `select c.id, c.client_id from oauth_clients c where ${IS_READY} and c.retired_reason not in ('refused', 'deleted')`,
);

export const DELETE_RETIRED = statement<"keep_seconds" | "limit">(
  "oauth_clients.delete_retired",
  `delete from oauth_clients where id in (
     select c.id from oauth_clients c
     where c.retired_at < broker_now() - :keep_seconds::float8 * interval '1 second'
       and not exists (select 1 from connection_tokens t where t.registration_id = 'mcp:' || c.id::text and t.revoked_at is null)
     order by c.retired_at limit :limit::int for update skip locked)`,
);
