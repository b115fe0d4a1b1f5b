import type { Sealer } from "../../crypto/index.ts";
import { execute, type Sql, statement } from "../database/sql.ts";
import { asJson } from "../database/values.ts";
import { AFTER_BEFORE, before, readChangedToken } from "./changed-token.ts";
import { openRefreshToken, sealRawToken, sealToken, type TokenPlace } from "./seal-token.ts";
import { readTokenRow, TOKEN_COLUMNS } from "./token-row.ts";
import {
  EXPIRES_AT,
  ISSUED_AT,
  NEXT_REFRESH_AT,
  REFRESH_EXPIRES_AT,
  type SealedParameter,
  type ValueParameter,
  valueParameters,
} from "./token-values.ts";
import type { ChangedToken, RefreshedRow, TokenUpdate } from "./token.ts";

const SAVE = statement<
  ValueParameter | SealedParameter | "id" | "version" | "next_version" | "provider_metadata"
>(
  "tokens.save_refreshed",
  `${before("t.id = :id::bigint and t.version = :version::bigint and t.revoked_at is null")}
   update connection_tokens t
   set version = :next_version::bigint, revision = nextval('revision_seq'),
     access_token = :access_token, access_token_key_id = :access_token_key_id,
     refresh_token = :refresh_token, refresh_token_key_id = :refresh_token_key_id,
     raw_token = :raw_token, raw_token_key_id = :raw_token_key_id,
     token_type = :token_type, scopes = :scopes::text[], issued_at = ${ISSUED_AT}, expires_at = ${EXPIRES_AT},
     from_refresh = true, refresh_expires_at = coalesce(${REFRESH_EXPIRES_AT}, t.refresh_expires_at),
     provider_metadata = :provider_metadata::jsonb, next_refresh_at = ${NEXT_REFRESH_AT}, last_refreshed_at = broker_now(),
     status = case when t.status = 'blocked' then t.status else 'active' end,
     lease_owner = null, lease_until = null, next_attempt_at = null, failure_reason = '', failure_provider_error = '',
     failure_at = null, failure_count = 0, degraded_since = null
   ${AFTER_BEFORE}`,
);

const FIND_SAVED = statement<"id" | "next_version">(
  "tokens.find_saved",
  `select ${TOKEN_COLUMNS} from connection_tokens t
   where t.id = :id::bigint and t.version = :next_version::bigint and t.revoked_at is null`,
);

/** A refresh that brought no new refresh token seals the old one again: a ciphertext opens for one version only. */
export const saveRefreshed = async (
  sql: Sql,
  sealer: Sealer,
  claimed: RefreshedRow,
  update: TokenUpdate,
): Promise<ChangedToken | undefined> => {
  const { id, version, nextVersion } = claimed;
  const providerMetadata = update.providerMetadata ?? claimed.providerMetadata;
  const refreshToken = update.refreshToken ?? openRefreshToken(sealer, claimed);
  const place: TokenPlace = { ...claimed, version: nextVersion, providerMetadata };
  const { rows } = await execute(sql, SAVE, {
    ...valueParameters(update),
    received_ago_ms: update.receivedAgoMs,
    ...sealToken(sealer, place, { accessToken: update.accessToken, refreshToken }),
    ...sealRawToken(sealer, place, update.raw),
    id,
    version,
    next_version: nextVersion,
    provider_metadata: asJson(providerMetadata),
  });
  return rows[0] ? readChangedToken(rows[0]) : findSaved(sql, claimed);
};

/** An earlier try may have been committed although its answer was lost: nobody else writes this version. */
const findSaved = async (
  sql: Sql,
  { id, nextVersion, status }: RefreshedRow,
): Promise<ChangedToken | undefined> => {
  const { rows } = await execute(sql, FIND_SAVED, { id, next_version: nextVersion });
  return rows[0] && { ...readTokenRow(rows[0]), statusBefore: status };
};
