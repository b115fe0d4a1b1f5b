import { pinsDigest, type SealContext, sha256Hex } from "../../crypto/index.ts";
import { canonicalMap } from "../canonical-map.ts";
import type { NewOAuthClient, OAuthClientKey, OAuthClientRow } from "./oauth-client.ts";

export interface ClientPlace extends OAuthClientKey {
  readonly id: string;
  readonly version: bigint;
}

type Bound = Pick<NewOAuthClient, "clientId" | "tokenEndpointAuthMethod" | "grantTypes" | "metadata">;

/** Everything that decides where the secret goes, and what for, is bound: a row that was edited to lead it to another server does not open. */
export const clientContext = (
  place: ClientPlace,
  client: Bound | OAuthClientRow,
  field: "client_secret" | "registration_access_token",
): SealContext => ({
  table: "oauth_clients",
  row: [place.namespace, place.issuer, place.resource, place.redirectUri, place.id],
  field,
  version: place.version,
  pins: pinsDigest({
    client_id: client.clientId,
    token_endpoint_auth_method: client.tokenEndpointAuthMethod,
    grant_types: JSON.stringify(client.grantTypes),
    metadata: canonicalMap(client.metadata),
  }),
});

/** What the unique index is on: no two keys share a text. */
export const keyDigest = ({ namespace, issuer, resource, redirectUri }: OAuthClientKey): string =>
  sha256Hex(JSON.stringify([namespace, issuer, resource, redirectUri]));
