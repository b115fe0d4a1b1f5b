import { type OAuthClientMethod, Secret } from "../../config/index.ts";
import { type SigningAlgorithm, signingAlgorithms } from "../../crypto/index.ts";
import type { OAuthClientOrigin, OAuthClientRepository, OAuthClientRow } from "../../store/index.ts";
import type { ClientSource, McpClient } from "./mcp-client.ts";

const PREFIX = "mcp:";

export const registrationIdOf = (rowId: string): string => PREFIX + rowId;

/** The row of a pinned registration; undefined = it has none. */
export const rowIdOf = (registrationId: string): string => registrationId.slice(PREFIX.length);

export const isMcpRegistration = (registrationId: string): boolean => registrationId.startsWith(PREFIX);

const SOURCES: Record<OAuthClientOrigin, ClientSource> = {
  rpc: "pre_registered",
  document: "metadata_document",
  dynamic: "dynamic_registration",
};

/** What a row keeps beside its columns. */
export const METADATA = { signingAlgorithm: "signing_algorithm", keyId: "key_id", host: "host" } as const;

/** @throws BrokerError KEY_UNAVAILABLE. */
export const clientOfRow = (
  repository: Pick<OAuthClientRepository, "openSecret">,
  row: OAuthClientRow,
): McpClient => {
  const secret = repository.openSecret(row);
  return {
    registrationId: registrationIdOf(row.id),
    source: SOURCES[row.origin],
    clientId: row.clientId,
    secret: secret === undefined ? undefined : new Secret(secret),
    method: row.tokenEndpointAuthMethod as OAuthClientMethod | "",
    signingAlgorithm: algorithmOf(row.metadata[METADATA.signingAlgorithm]),
    keyId: row.metadata[METADATA.keyId] ?? "",
    grantTypes: row.grantTypes,
  };
};

const algorithmOf = (text: string | undefined): SigningAlgorithm =>
  signingAlgorithms.find((known) => known === text) ?? "ES256";
