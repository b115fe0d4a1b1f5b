import type { RowGuard } from "../database/row-guard.ts";
import { execute, type Sql, statement } from "../database/sql.ts";
import { type Grant, isUuid } from "../grant.ts";
import { INSERT_QUEUED, QUEUED_COLUMNS, readQueuedRevocation } from "../revocations/revocation-row.ts";
import type { QueuedRevocation } from "../revocations/revocation.ts";
import { BELONGS } from "./find.ts";

/** What is left of a row that has ended: its key, its pins, and a version that nobody can save under. */
export const ENDED = `version = nextval('token_version_seq'), revision = nextval('revision_seq'), revoked_at = broker_now(),
       access_token = null, access_token_key_id = null, refresh_token = null, refresh_token_key_id = null,
       raw_token = null, raw_token_key_id = null, account_subject = null, account_subject_key_id = null,
       account_authorized_at = null, provider_metadata = '{}', labels = '{}', account_label = '',
       lease_owner = null, lease_until = null, next_refresh_at = null`;

/**
 * The ciphertexts move as they are: a row whose key is missing can be revoked too. Whoever saves a refresh after this finds the row
 * revoked. `live` locks the rows, the main one first, as an authorization does, and sees their newest state.
 */
const REVOKE = statement<
  | "namespace"
  | "connection_id"
  | "user_id"
  | "provider"
  | "mcp_server_url"
  | "queue"
  | "owner"
  | "lease_seconds"
  | "strays_only"
>(
  "tokens.revoke",
  `with live as (
     select * from connection_tokens t
     where t.connection_id = :connection_id and t.user_id = :user_id and t.provider = :provider
       and t.mcp_server_url = :mcp_server_url and t.namespace = :namespace and t.revoked_at is null
       and (not :strays_only::boolean or not ${BELONGS})
     order by t.token_name for update),
   gone as (
     update connection_tokens t
     set ${ENDED}
     from live where t.id = live.id
     returning t.id),
   queued as (
     ${INSERT_QUEUED} from live t where :queue::boolean and t.access_token is not null
     returning *)
   select (select count(*) from gone) as revoked, ${QUEUED_COLUMNS}
   from (select 1) as always left join queued t on true`,
);

type Queue = { readonly owner: string; readonly leaseSeconds: number } | undefined;

/**
 * An authorization that ends at the same moment may add named rows that the first statement cannot see. Without their main row they serve nobody; the
 * second statement ends them, too.
 */
export const revokeTokens = async (
  sql: Sql,
  guard: RowGuard,
  grant: Grant,
  queue: Queue,
): Promise<readonly QueuedRevocation[] | undefined> => {
  if (!isUuid(grant.connectionId)) return undefined;
  const ended = await revokeOnce(sql, guard, grant, queue, false);
  if (ended === undefined) return undefined;
  return [...ended, ...((await revokeOnce(sql, guard, grant, queue, true)) ?? [])];
};

const revokeOnce = async (
  sql: Sql,
  guard: RowGuard,
  grant: Grant,
  queue: Queue,
  straysOnly: boolean,
): Promise<readonly QueuedRevocation[] | undefined> => {
  const { rows } = await execute(sql, REVOKE, {
    namespace: grant.namespace,
    connection_id: grant.connectionId,
    user_id: grant.userId,
    provider: grant.provider,
    mcp_server_url: grant.mcpServerUrl,
    queue: queue !== undefined,
    owner: queue?.owner ?? "",
    lease_seconds: queue?.leaseSeconds ?? 0,
    strays_only: straysOnly,
  });
  if (rows[0]?.["revoked"] === 0n) return undefined;
  const queued = rows.filter((row) => row["id"] !== null);
  return guard.readAll(queued, readQueuedRevocation);
};
