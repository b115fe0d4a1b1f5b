import { sha256Base64Url } from "./digests.ts";

/**
 * The digest of a row's pins: what must not change under a stored secret (registration, client id, endpoints, issuer, resource,
 * `provider_config`). SHA-256 base64url over the JSON list of [name, value] pairs in the order of the names' UTF-16 code units, so the order
 * of the object does not matter, no two sets of pins share a text, and `null` differs from any string and from a name that is absent.
 */
export const pinsDigest = (pins: Readonly<Record<string, string | null>>): string => {
  const pairs = Object.entries(pins).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return sha256Base64Url(JSON.stringify(pairs));
};
