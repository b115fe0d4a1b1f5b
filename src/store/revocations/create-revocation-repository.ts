import type { Sealer } from "../../crypto/index.ts";
import type { RowGuard } from "../database/row-guard.ts";
import { execute, type Sql, statement } from "../database/sql.ts";
import { asJson } from "../database/values.ts";
import type { GrantKey } from "../grant.ts";
import { drawVersion } from "../tokens/draw-version.ts";
import { type KeyParameter, keyParameters } from "../tokens/find.ts";
import { openAccessToken, openRefreshToken, sealToken, type TokenPlace } from "../tokens/seal-token.ts";
import { QUEUED_COLUMNS, readQueuedRevocation } from "./revocation-row.ts";
import type { OrphanToken, RevocationRepository } from "./revocation.ts";

const ENQUEUE = statement<
  | KeyParameter
  | "version"
  | "access_token"
  | "access_token_key_id"
  | "refresh_token"
  | "refresh_token_key_id"
  | "registration_id"
  | "client_id"
  | "token_url"
  | "revoke_url"
  | "issuer"
  | "resource"
  | "provider_config"
  | "provider_metadata"
>(
  "revocations.enqueue",
  `insert into revocation_outbox (namespace, connection_id, user_id, provider, mcp_server_url, token_name, version,
     access_token, access_token_key_id, refresh_token, refresh_token_key_id,
     registration_id, client_id, token_url, revoke_url, issuer, resource, provider_config, provider_metadata,
     next_attempt_at, created_at, expires_at)
   values (:namespace, :connection_id, :user_id, :provider, :mcp_server_url, :token_name, :version,
     :access_token, :access_token_key_id, :refresh_token, :refresh_token_key_id,
     :registration_id, :client_id, :token_url, :revoke_url, :issuer, :resource, :provider_config, :provider_metadata,
     broker_now(), broker_now(), broker_now() + interval '24 hours')`,
);

const CLAIM_DUE = statement<"limit" | "owner" | "lease_seconds">(
  "revocations.claim_due",
  `with due as (
     select id as due_id from revocation_outbox
     where next_attempt_at <= broker_now() and expires_at > broker_now()
       and (lease_until is null or lease_until <= broker_now())
     order by next_attempt_at limit :limit::int for update skip locked)
   update revocation_outbox t
   set lease_owner = :owner, lease_until = broker_now() + :lease_seconds::float8 * interval '1 second'
   from due where t.id = due.due_id returning ${QUEUED_COLUMNS}`,
);

/** Only the holder of the lease ends or puts off an entry. */
const HELD = "id = :id::bigint and lease_owner = :owner";

const DONE = statement<"id" | "owner">("revocations.done", `delete from revocation_outbox where ${HELD}`);

const RETRY_LATER = statement<"id" | "owner" | "after_seconds">(
  "revocations.retry_later",
  `update revocation_outbox set attempts = attempts + 1, lease_owner = null, lease_until = null,
     next_attempt_at = broker_now() + :after_seconds::float8 * interval '1 second' where ${HELD}`,
);

const DELETE_EXPIRED = statement<"limit">(
  "revocations.delete_expired",
  `delete from revocation_outbox where id in (
     select id from revocation_outbox where expires_at <= broker_now()
     order by expires_at limit :limit::int for update skip locked)`,
);

export const createRevocationRepository = (
  sql: Sql,
  sealer: Sealer,
  guard: RowGuard,
): RevocationRepository => ({
  openAccessToken: (revocation) => openAccessToken(sealer, revocation),
  openRefreshToken: (revocation) => openRefreshToken(sealer, revocation),
  enqueue: (key, orphan, version) => enqueue(sql, sealer, key, orphan, version),

  /** Entries that cannot be read stay leased, and keep no others waiting. */
  async claimDue({ limit, owner, leaseSeconds }) {
    for (;;) {
      const { rows } = await execute(sql, CLAIM_DUE, { limit, owner, lease_seconds: leaseSeconds });
      const readable = guard.readAll(rows, readQueuedRevocation);
      if (readable.length > 0 || rows.length === 0) return readable;
    }
  },

  async done({ id, leaseOwner }) {
    await execute(sql, DONE, { id, owner: leaseOwner });
  },

  async retryLater({ id, leaseOwner }, afterSeconds) {
    await execute(sql, RETRY_LATER, { id, owner: leaseOwner, after_seconds: afterSeconds });
  },

  async deleteExpired(limit) {
    return (await execute(sql, DELETE_EXPIRED, { limit })).count;
  },
});

/** Sealed as a token row would be, with a version that no row has. */
const enqueue = async (
  sql: Sql,
  sealer: Sealer,
  key: GrantKey,
  orphan: OrphanToken,
  drawnVersion: bigint | undefined,
): Promise<void> => {
  const { pins, providerMetadata } = orphan;
  const version = drawnVersion ?? (await drawVersion(sql));
  const place: TokenPlace = { ...key, version, pins, providerMetadata };
  await execute(sql, ENQUEUE, {
    ...keyParameters(key),
    ...sealToken(sealer, place, orphan),
    version,
    registration_id: pins.registrationId,
    client_id: pins.clientId,
    token_url: pins.tokenUrl,
    revoke_url: pins.revokeUrl,
    issuer: pins.issuer,
    resource: pins.resource,
    provider_config: asJson(pins.providerConfig),
    provider_metadata: asJson(providerMetadata),
  });
};
