import { pinsDigest, type SealContext, type Sealed, type Sealer } from "../../crypto/index.ts";
import { canonicalMap } from "../canonical-map.ts";
import type { GrantKey, Pins } from "../grant.ts";
import type { SealedToken } from "./token.ts";

/** Where a token's ciphertexts belong. The outbox keeps all of it beside a token that left its row, so they open there as well. */
export interface TokenPlace extends GrantKey {
  readonly version: bigint;
  readonly pins: Pins;
  /** Bound too: it can name the host that a caller sends the token to. */
  readonly providerMetadata: Readonly<Record<string, string>>;
}

export type TokenField = "access_token" | "refresh_token" | "raw_token";

export const tokenContext = (place: TokenPlace, field: TokenField): SealContext => ({
  table: "connection_tokens",
  row: [
    place.namespace,
    place.connectionId,
    place.userId,
    place.provider,
    place.mcpServerUrl,
    place.tokenName,
  ],
  field,
  version: place.version,
  pins: digest(place),
});

const digest = ({ pins, providerMetadata }: TokenPlace): string =>
  pinsDigest({
    registration_id: pins.registrationId,
    client_id: pins.clientId,
    token_url: pins.tokenUrl,
    revoke_url: pins.revokeUrl,
    issuer: pins.issuer,
    resource: pins.resource,
    provider_config: canonicalMap(pins.providerConfig),
    provider_metadata: canonicalMap(providerMetadata),
  });

export interface TokenSecrets {
  readonly accessToken: string;
  readonly refreshToken: string | undefined;
}

/** The parameters of the columns that hold a token's secrets. */
export const sealToken = (sealer: Sealer, place: TokenPlace, { accessToken, refreshToken }: TokenSecrets) => {
  const access = sealer.seal(accessToken, tokenContext(place, "access_token"));
  const refresh =
    refreshToken === undefined ? undefined : sealer.seal(refreshToken, tokenContext(place, "refresh_token"));
  return {
    access_token: access.ciphertext,
    access_token_key_id: access.keyId,
    refresh_token: refresh?.ciphertext ?? null,
    refresh_token_key_id: refresh?.keyId ?? null,
  };
};

export const sealRawToken = (sealer: Sealer, place: TokenPlace, raw: string) => {
  const sealed = sealer.seal(raw, tokenContext(place, "raw_token"));
  return { raw_token: sealed.ciphertext, raw_token_key_id: sealed.keyId };
};

interface Openable extends TokenPlace {
  readonly sealed: SealedToken;
}

/** Both throw `KEY_UNAVAILABLE`. */
export const openAccessToken = (sealer: Sealer, row: Openable): string =>
  sealer.open(row.sealed.accessToken, tokenContext(row, "access_token"));

export const openRefreshToken = (sealer: Sealer, row: Openable): string | undefined => {
  const sealed: Sealed | undefined = row.sealed.refreshToken;
  return sealed && sealer.open(sealed, tokenContext(row, "refresh_token"));
};
