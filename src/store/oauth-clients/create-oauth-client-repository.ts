import { randomUUID } from "node:crypto";
import type { Sealed, Sealer } from "../../crypto/index.ts";
import { readText } from "../database/read-row.ts";
import type { RowGuard } from "../database/row-guard.ts";
import { execute, type Sql, type SqlResult } from "../database/sql.ts";
import { asJson } from "../database/values.ts";
import { isUuid } from "../grant.ts";
import { drawVersion } from "../tokens/draw-version.ts";
import { readClientRow } from "./client-row.ts";
import type {
  ClaimedRegistration,
  NewOAuthClient,
  OAuthClientKey,
  OAuthClientOrigin,
  OAuthClientRepository,
  OAuthClientRow,
} from "./oauth-client.ts";
import { clientContext, type ClientPlace, keyDigest } from "./seal-client.ts";
import {
  ABANDON,
  CLAIM,
  COMPLETE,
  DELETE_RETIRED,
  FIND,
  GET,
  LIST,
  LIST_USABLE,
  PUT,
  RETIRE,
} from "./statements.ts";

export const createOAuthClientRepository = (
  sql: Sql,
  sealer: Sealer,
  guard: RowGuard,
): OAuthClientRepository => ({
  find: (key) => find(sql, key),

  async get(id) {
    return isUuid(id) ? firstRow(await execute(sql, GET, { id })) : undefined;
  },

  openSecret: (row) =>
    row.sealedSecret && sealer.open(row.sealedSecret, clientContext(row, row, "client_secret")),

  claim: (key, origin, forSeconds) => claim(sql, key, origin, forSeconds),

  async complete(claimed, client) {
    const parameters = { id: claimed.id, version: claimed.version, ...written(sealer, claimed, client) };
    return firstRow(await execute(sql, COMPLETE, parameters));
  },

  async abandon({ id, version }) {
    await execute(sql, ABANDON, { id, version });
  },

  async put(key, client, replace) {
    // Whoever loses to another replacement of the same moment replaces that one.
    for (;;) {
      const row = await put(sql, sealer, key, client, replace);
      if (row || !replace) return row;
    }
  },

  async retire(id, reason) {
    return (await execute(sql, RETIRE, { id, reason })).count > 0;
  },

  async list(namespace, { ownOnly, afterId, limit }) {
    const parameters = { namespace, own_only: ownOnly, after_id: afterId, limit };
    return guard.readAll((await execute(sql, LIST, parameters)).rows, readClientRow);
  },

  async listUsable() {
    const { rows } = await execute(sql, LIST_USABLE, {});
    return rows.map((row) => ({ id: readText(row, "id"), clientId: readText(row, "client_id") }));
  },

  async deleteRetired(keepSeconds, limit) {
    return (await execute(sql, DELETE_RETIRED, { keep_seconds: keepSeconds, limit })).count;
  },
});

const firstRow = ({ rows }: SqlResult): OAuthClientRow | undefined => rows[0] && readClientRow(rows[0]);

const find = async (sql: Sql, key: OAuthClientKey): Promise<OAuthClientRow | undefined> =>
  firstRow(await execute(sql, FIND, { key_digest: keyDigest(key) }));

const claim = async (
  sql: Sql,
  key: OAuthClientKey,
  origin: OAuthClientOrigin,
  forSeconds: number,
): Promise<ClaimedRegistration> => {
  const present = await find(sql, key);
  if (present) return { kind: "ready", client: present };
  const claimed = firstRow(
    await execute(sql, CLAIM, {
      ...keyParameters(key),
      id: randomUUID(),
      source: origin,
      version: await drawVersion(sql),
      for_seconds: forSeconds,
    }),
  );
  if (claimed === undefined) return { kind: "busy" };
  const { id, version, refusals } = claimed;
  return { kind: "claimed", claim: { ...key, id, version, refusals } };
};

const put = async (
  sql: Sql,
  sealer: Sealer,
  key: OAuthClientKey,
  client: NewOAuthClient,
  replace: boolean,
): Promise<OAuthClientRow | undefined> => {
  const place = { ...key, id: randomUUID(), version: await drawVersion(sql) };
  const parameters = { ...keyParameters(key), ...written(sealer, place, client), replace };
  return firstRow(await execute(sql, PUT, { ...parameters, id: place.id, version: place.version }));
};

const keyParameters = (key: OAuthClientKey) => ({
  namespace: key.namespace,
  issuer: key.issuer,
  resource: key.resource,
  redirect_uri: key.redirectUri,
  key_digest: keyDigest(key),
});

const written = (sealer: Sealer, place: ClientPlace, client: NewOAuthClient) => {
  const seal = (
    text: string | undefined,
    field: "client_secret" | "registration_access_token",
  ): Sealed | undefined =>
    text === undefined ? undefined : sealer.seal(text, clientContext(place, client, field));
  const secret = seal(client.secret, "client_secret");
  const token = seal(client.registrationAccessToken, "registration_access_token");
  return {
    client_id: client.clientId,
    client_secret: secret?.ciphertext ?? null,
    client_secret_key_id: secret?.keyId ?? null,
    secret_expires_at: client.secretExpiresAt ?? null,
    registration_access_token: token?.ciphertext ?? null,
    registration_access_token_key_id: token?.keyId ?? null,
    token_endpoint_auth_method: client.tokenEndpointAuthMethod,
    grant_types: client.grantTypes,
    metadata: asJson(client.metadata),
  };
};
