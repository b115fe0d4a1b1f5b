import type { Sealer } from "../../crypto/index.ts";
import { BrokerError } from "../../errors.ts";
import { SECOND } from "../../time.ts";
import { execute, type Sql } from "../database/sql.ts";
import { asJson } from "../database/values.ts";
import type { GrantKey } from "../grant.ts";
import { drawVersion } from "./draw-version.ts";
import { findToken, keyParameters } from "./find.ts";
import { PUT } from "./put-statement.ts";
import { sealRawToken, sealToken, type TokenPlace } from "./seal-token.ts";
import { readTokenRow } from "./token-row.ts";
import { valueParameters } from "./token-values.ts";
import type { NewToken, PutCondition, TokenRow } from "./token.ts";

const ATTEMPTS = 10;

export const putAuthorized = async (
  sql: Sql,
  sealer: Sealer,
  key: GrantKey,
  token: NewToken,
  condition: PutCondition | undefined,
): Promise<TokenRow | undefined> => {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    const row = await putOnce(sql, sealer, key, token, condition);
    if (row) return row;
    if (condition && !(await holds(sql, key, condition))) return undefined;
  }
  throw new BrokerError("STORE_UNAVAILABLE", "the connection is being changed by too many calls at once", {
    retryAfterMs: SECOND,
  });
};

const holds = async (sql: Sql, key: GrantKey, condition: PutCondition): Promise<boolean> => {
  const current = await findToken(sql, key);
  return condition.kind === "absent" ? current === undefined : current?.version === condition.version;
};

const putOnce = async (
  sql: Sql,
  sealer: Sealer,
  key: GrantKey,
  token: NewToken,
  condition: PutCondition | undefined,
): Promise<TokenRow | undefined> => {
  const { pins, providerMetadata } = token;
  const version = await drawVersion(sql);
  const place: TokenPlace = { ...key, version, pins, providerMetadata };
  const { rows } = await execute(sql, PUT, {
    ...keyParameters(key),
    ...valueParameters(token),
    ...sealToken(sealer, place, token),
    ...sealRawToken(sealer, place, token.raw),
    version,
    requested_scopes: token.requestedScopes,
    from_refresh: token.fromRefresh ?? false,
    registration_id: pins.registrationId,
    client_id: pins.clientId,
    token_url: pins.tokenUrl,
    revoke_url: pins.revokeUrl,
    issuer: pins.issuer,
    resource: pins.resource,
    provider_config: asJson(pins.providerConfig),
    provider_metadata: asJson(providerMetadata),
    labels: token.labels ? asJson(token.labels) : null,
    account_label: token.accountLabel ?? null,
    condition: condition?.kind ?? "none",
    expected_version: condition?.kind === "version" ? condition.version : null,
  });
  return rows[0] && readTokenRow(rows[0]);
};
