import { readDate, readDateOrNull, readFlag, readText } from "../database/read-row.ts";
import { execute, type Sql, statement } from "../database/sql.ts";
import type { ClientBlock, HealthKey, Refusal, RefusalRecorded } from "./provider-health.ts";

const KEY = "h.registration_id = :registration_id and h.origin = :origin and h.credential = :credential";

type KeyParameter = "registration_id" | "origin" | "credential";

export const keyParameters = ({ registrationId, origin, credential }: HealthKey) => ({
  registration_id: registrationId,
  origin,
  credential,
});

const BLOCK_AT = 3;
const WITHIN = "interval '1 minute'";
const PROBE_EVERY = "interval '1 minute'";

/** Refusals of the last minute since the last success, and the new one. A grant counts once, however often it was refused. */
const REFUSALS = `(select coalesce(jsonb_object_agg(r.key, r.value), '{}') from jsonb_each(h.refusals) r
    where (r.value #>> '{}')::timestamptz > greatest(broker_now() - ${WITHIN}, h.accepted_at, excluded.accepted_at)) || excluded.refusals`;

const RECORD_REFUSAL = statement<KeyParameter | "provider" | "token_id" | "provider_error" | "accepted_at">(
  "provider_health.record_refusal",
  `insert into provider_health as h (registration_id, origin, credential, provider, refusals, provider_error, accepted_at, updated_at)
   values (:registration_id, :origin, :credential, :provider, jsonb_build_object(:token_id::text, broker_now()), :provider_error,
     :accepted_at::timestamptz, broker_now())
   on conflict (registration_id, origin, credential) do update
   set refusals = ${REFUSALS}, provider_error = excluded.provider_error, accepted_at = greatest(h.accepted_at, excluded.accepted_at),
     blocked_at = case when h.blocked_at is not null then h.blocked_at
       when (select count(*) from jsonb_object_keys(${REFUSALS})) >= ${BLOCK_AT}
         and coalesce(greatest(h.accepted_at, excluded.accepted_at) < broker_now() - ${WITHIN}, true) then broker_now() end,
     updated_at = broker_now()
   returning blocked_at, next_probe_at, coalesce(blocked_at = broker_now(), false) as began, broker_now() as now`,
);

export const recordRefusal = async (
  sql: Sql,
  key: HealthKey,
  { provider, tokenId, providerError, acceptedAt }: Refusal,
): Promise<RefusalRecorded> => {
  const { rows } = await execute(sql, RECORD_REFUSAL, {
    ...keyParameters(key),
    provider,
    token_id: tokenId,
    provider_error: providerError,
    accepted_at: acceptedAt ?? null,
  });
  const row = rows[0] ?? {};
  const isBlocked = readDateOrNull(row, "blocked_at") !== null;
  return {
    blockedUntil: isBlocked ? (readDateOrNull(row, "next_probe_at") ?? readDate(row, "now")) : undefined,
    began: readFlag(row, "began"),
  };
};

const RECORD_ACCEPTANCE = statement<KeyParameter>(
  "provider_health.record_acceptance",
  `with before as (select h.blocked_at from provider_health h where ${KEY} for update)
   update provider_health h set refusals = '{}', blocked_at = null, accepted_at = broker_now(), updated_at = broker_now()
   from before where ${KEY} returning before.blocked_at is not null as ended`,
);

export const recordAcceptance = async (sql: Sql, key: HealthKey): Promise<boolean> => {
  const { rows } = await execute(sql, RECORD_ACCEPTANCE, keyParameters(key));
  return rows[0] !== undefined && readFlag(rows[0], "ended");
};

const BLOCK = statement<KeyParameter>(
  "provider_health.block",
  `update provider_health h set blocked_at = broker_now(), updated_at = broker_now()
   where ${KEY} and h.blocked_at is null and coalesce(h.accepted_at < broker_now() - ${WITHIN}, true)`,
);

export const block = async (sql: Sql, key: HealthKey): Promise<boolean> =>
  (await execute(sql, BLOCK, keyParameters(key))).count > 0;

const CLAIM_PROBE = statement<KeyParameter>(
  "provider_health.claim_probe",
  `update provider_health h set next_probe_at = broker_now() + ${PROBE_EVERY}, updated_at = broker_now()
   where ${KEY} and coalesce(h.next_probe_at <= broker_now(), true)`,
);

export const claimProbe = async (sql: Sql, key: HealthKey): Promise<boolean> =>
  (await execute(sql, CLAIM_PROBE, keyParameters(key))).count > 0;

/** Refusals that led to nothing, and blocks of credentials that nobody calls with: corrected, or not needed at present. */
const DELETE_UNUSED = statement<never>(
  "provider_health.delete_unused",
  `delete from provider_health h
   where h.updated_at < broker_now() - case when h.blocked_at is null then interval '1 day' else interval '10 minutes' end
   returning h.registration_id, h.provider, h.blocked_at is not null as was_blocked`,
);

export const deleteUnused = async (
  sql: Sql,
): Promise<readonly Pick<ClientBlock, "registrationId" | "provider">[]> => {
  const { rows } = await execute(sql, DELETE_UNUSED, {});
  return rows
    .filter((row) => readFlag(row, "was_blocked"))
    .map((row) => ({
      registrationId: readText(row, "registration_id"),
      provider: readText(row, "provider"),
    }));
};
