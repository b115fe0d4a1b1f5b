import { defineEntity, p } from "@mikro-orm/core";
import { instant, instantOrNull, strings, text } from "./columns.ts";

export const OAuthClientSchema = defineEntity({
  name: "OAuthClient",
  tableName: "oauth_clients",
  properties: {
    id: p.uuid().primary(),
    namespace: text(),
    issuer: text(),
    resource: text(),
    redirect_uri: text(),
    source: text(),
    client_id: text(),
    client_secret: text().nullable(),
    client_secret_key_id: text().nullable(),
    secret_expires_at: instantOrNull(),
    registration_access_token: text().nullable(),
    registration_access_token_key_id: text().nullable(),
    token_endpoint_auth_method: text(),
    metadata: p.json(),
    version: p.bigint(),
    created_at: instant(),
    updated_at: instant(),
    key_digest: text().default(""),
    grant_types: strings().defaultRaw("'{}'"),
    refusals: p.integer().default(0),
    lease_until: instantOrNull(),
    retired_at: instantOrNull(),
    retired_reason: text().default(""),
  },
  indexes: [
    { name: "oauth_clients_listing", properties: ["namespace", "id"] },
    {
      name: "oauth_clients_key",
      expression:
        "create unique index oauth_clients_key on oauth_clients (key_digest) where retired_at is null",
    },
  ],
});
