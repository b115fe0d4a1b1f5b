import type { SealContext } from "../../crypto/index.ts";
import { readAuthorizationRow, AUTHORIZATION_COLUMNS } from "../authorizations/authorization-row.ts";
import { flowContext } from "../authorizations/seal-flow.ts";
import { readBigint, readTextMap } from "../database/read-row.ts";
import type { SqlRow } from "../database/sql.ts";
import { readClientRow } from "../oauth-clients/client-row.ts";
import { clientContext } from "../oauth-clients/seal-client.ts";
import { providerContext, readSummary } from "../providers/provider-row.ts";
import { accountContext } from "../tokens/seal-account.ts";
import { type TokenField, tokenContext, type TokenPlace } from "../tokens/seal-token.ts";
import { readGrantKey, readPins } from "../tokens/token-row.ts";
import { SEALED_COLUMNS } from "./sealed-columns.ts";

/** How the sealed columns of one table are sealed again where they stand. */
export interface ResealableTable {
  readonly name: string;
  /** Of the column `id`, which orders the table. */
  readonly idType: "bigint" | "uuid";
  /** Its rows have a `version`, which a write that changes a ciphertext moves. */
  readonly hasVersion: boolean;
  /** What `contextOf` reads besides the sealed columns, as SQL. */
  readonly place: string;
  /** Throws `BrokerError` for a row that cannot be read. */
  contextOf(row: SqlRow, column: string): SealContext;
}

export const sealedColumnsOf = (table: string): readonly string[] =>
  SEALED_COLUMNS.filter(([name]) => name === table).map(([, column]) => column);

const TOKEN_PLACE = `namespace, connection_id, user_id, provider, mcp_server_url, token_name, registration_id, client_id,
  token_url, revoke_url, issuer, resource, provider_config, provider_metadata`;

/** A token that left its row for the outbox is sealed as it was there. */
const contextOfToken = (row: SqlRow, column: string): SealContext => {
  if (column === "account_subject") return accountContext(readGrantKey(row), readPins(row));
  const place: TokenPlace = {
    ...readGrantKey(row),
    version: readBigint(row, "version"),
    pins: readPins(row),
    providerMetadata: readTextMap(row, "provider_metadata"),
  };
  return tokenContext(place, column as TokenField);
};

/** Every table of `SEALED_COLUMNS` that this version writes to. A test seals and rotates a row of each. */
export const RESEALABLE_TABLES: readonly ResealableTable[] = [
  {
    name: "connection_tokens",
    idType: "bigint",
    hasVersion: true,
    place: TOKEN_PLACE,
    contextOf: contextOfToken,
  },
  {
    name: "revocation_outbox",
    idType: "bigint",
    hasVersion: true,
    place: TOKEN_PLACE,
    contextOf: contextOfToken,
  },
  {
    name: "providers",
    idType: "uuid",
    hasVersion: true,
    place: "namespace, name, template, client_id, hosts, created_at, updated_at",
    contextOf(row) {
      const summary = readSummary(row);
      return providerContext(summary, summary);
    },
  },
  {
    name: "oauth_states",
    idType: "uuid",
    hasVersion: false,
    place: AUTHORIZATION_COLUMNS,
    contextOf(row, column) {
      const flow = readAuthorizationRow(row);
      return flowContext(flow.id, flow, column === "code" ? "code" : "code_verifier");
    },
  },
  {
    name: "oauth_clients",
    idType: "uuid",
    hasVersion: true,
    place: `namespace, issuer, resource, redirect_uri, source, client_id, secret_expires_at, token_endpoint_auth_method, grant_types,
      metadata, created_at, refusals, retired_at, retired_reason, broker_now() as now`,
    contextOf(row, column) {
      const client = readClientRow(row);
      return clientContext(client, client, column === "client_secret" ? column : "registration_access_token");
    },
  },
];
