import { statement } from "../database/sql.ts";
import { AUTHORIZATION_COLUMNS } from "./authorization-row.ts";

const INSERTED = [
  "id",
  "namespace",
  "purpose",
  "state_hash",
  "code_verifier",
  "code_verifier_key_id",
  "connection_id",
  "user_id",
  "provider",
  "mcp_server_url",
  "caller_id",
  "registration_id",
  "client_id",
  "endpoints",
  "issuer",
  "resource",
  "callback_url",
  "redirect_uri",
  "scopes",
  "provider_config",
  "completion",
  "allow_account_change",
  "pin_account",
  "labels",
] as const;

export const INSERT = statement<(typeof INSERTED)[number] | "ttl_seconds">(
  "authorizations.insert",
  `insert into oauth_states (${INSERTED.join(", ")}, created_at, expires_at)
   values (${INSERTED.map((column) => `:${column}`).join(", ")},
     broker_now(), broker_now() + :ttl_seconds::float8 * interval '1 second')
   returning ${AUTHORIZATION_COLUMNS}`,
);

export const CONSUME = statement<"state_hash">(
  "authorizations.consume",
  `update oauth_states set consumed_at = broker_now()
   where state_hash = :state_hash and consumed_at is null
   returning ${AUTHORIZATION_COLUMNS}`,
);

export const PARK = statement<"id" | "code" | "code_key_id" | "ticket_hash" | "for_seconds">(
  "authorizations.park",
  `update oauth_states set code = :code, code_key_id = :code_key_id, ticket_hash = :ticket_hash,
     parked_until = broker_now() + :for_seconds::float8 * interval '1 second'
   where id = :id and consumed_at is not null and parked_until is null and outcome is null`,
);

export const FIND_BY_TICKET = statement<"ticket_hash">(
  "authorizations.find_by_ticket",
  `select ${AUTHORIZATION_COLUMNS} from oauth_states where ticket_hash = :ticket_hash`,
);

export const CLAIM_PARKED = statement<"id">(
  "authorizations.claim_parked",
  `update oauth_states set redeeming_at = broker_now()
   where id = :id and parked_until > broker_now() and redeeming_at is null and outcome is null
   returning ${AUTHORIZATION_COLUMNS}`,
);

export const RECORD_OUTCOME = statement<"id" | "outcome" | "reason">(
  "authorizations.record_outcome",
  `update oauth_states set outcome = :outcome, reason = :reason, completed_at = broker_now(),
     code_verifier = null, code_verifier_key_id = null, code = null, code_key_id = null
   where id = :id and outcome is null`,
);

export const GET = statement<"namespace" | "id">(
  "authorizations.get",
  `select ${AUTHORIZATION_COLUMNS} from oauth_states where id = :id and namespace = :namespace`,
);

export const DELETE_EXPIRED = statement<"keep_seconds" | "limit">(
  "authorizations.delete_expired",
  `delete from oauth_states where id in (
     select id from oauth_states
     where expires_at < broker_now() - :keep_seconds::float8 * interval '1 second'
     order by expires_at limit :limit::int for update skip locked)`,
);
