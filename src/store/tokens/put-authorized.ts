import type { Sealer } from "../../crypto/index.ts";
import { BrokerError } from "../../errors.ts";
import { SECOND } from "../../time.ts";
import { execute, type Sql, type SqlRow } from "../database/sql.ts";
import { asJson } from "../database/values.ts";
import type { GrantKey } from "../grant.ts";
import { drawVersions } from "./draw-version.ts";
import { findToken, keyParameters } from "./find.ts";
import { PUT } from "./put-statement.ts";
import { sealAccount } from "./seal-account.ts";
import { sealRawToken, sealToken, type TokenPlace } from "./seal-token.ts";
import { readTokenRow } from "./token-row.ts";
import { valueParameters } from "./token-values.ts";
import type { GrantToken, NewToken, PutCondition, TokenRow } from "./token.ts";

const ATTEMPTS = 10;

export const putAuthorized = async (
  sql: Sql,
  sealer: Sealer,
  key: GrantKey,
  token: NewToken,
  condition: PutCondition | undefined,
): Promise<TokenRow | undefined> => {
  if (key.tokenName !== "") throw new BrokerError("INTERNAL", "named tokens are stored with their main one");
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

/** Undefined when a row of the grant has a later version by now, or the condition does not hold. */
const putOnce = async (
  sql: Sql,
  sealer: Sealer,
  key: GrantKey,
  token: NewToken,
  condition: PutCondition | undefined,
): Promise<TokenRow | undefined> => {
  const { pins, named = [] } = token;
  const [version = 0n, ...versions] = await drawVersions(sql, 1 + named.length);
  const { rows } = await execute(sql, PUT, {
    ...keyParameters(key),
    ...ownParameters(sealer, { ...key, version, pins, providerMetadata: token.providerMetadata }, token),
    ...sealAccount(sealer, key, pins, token.account),
    received_ago_ms: token.receivedAgoMs,
    from_refresh: token.fromRefresh ?? false,
    registration_id: pins.registrationId,
    client_id: pins.clientId,
    token_url: pins.tokenUrl,
    revoke_url: pins.revokeUrl,
    issuer: pins.issuer,
    resource: pins.resource,
    provider_config: asJson(pins.providerConfig),
    labels: token.labels ? asJson(token.labels) : null,
    account_label: token.accountLabel ?? null,
    caller_id: token.callerId ?? "",
    condition: condition?.kind ?? "none",
    expected_version: condition?.kind === "version" ? condition.version : null,
    named: JSON.stringify(
      named.map((each, index) => {
        const own = { tokenName: each.name, version: versions[index] ?? 0n };
        const place = { ...key, ...own, pins, providerMetadata: each.providerMetadata };
        return namedParameters(sealer, place, each);
      }),
    ),
    names: named.map(({ name }) => name),
  });
  return rows[0] && wroteAll(rows[0], named.length) ? readTokenRow(rows[0]) : undefined;
};

/** A refresh of a named row may have saved a later version since ours was drawn. */
const wroteAll = (row: SqlRow, namedCount: number): boolean => row["named_count"] === BigInt(namedCount);

/** What each token of the grant has for itself. */
const ownParameters = (sealer: Sealer, place: TokenPlace, token: GrantToken) => ({
  ...valueParameters(token),
  ...sealToken(sealer, place, token),
  ...sealRawToken(sealer, place, token.raw),
  version: place.version,
  requested_scopes: token.requestedScopes,
  provider_metadata: asJson(token.providerMetadata),
});

/** The main row alone says whose account it is. */
const NO_ACCOUNT = { account_subject: null, account_subject_key_id: null };

/** As an item of a JSON list: a bigint as text, which the database reads back. */
const namedParameters = (sealer: Sealer, place: TokenPlace, token: GrantToken) => ({
  ...ownParameters(sealer, place, token),
  ...NO_ACCOUNT,
  token_name: place.tokenName,
  version: String(place.version),
  provider_metadata: token.providerMetadata,
});
