import { createLocalJWKSet, type CryptoKey, type FlattenedJWSInput, type JWSHeaderParameters } from "jose";

/** Finds the key of a token, or throws. */
export type FindKey = (header?: JWSHeaderParameters, token?: FlattenedJWSInput) => Promise<CryptoKey>;

/** A set with more keys than anybody rotates is a mistake, or an attack on whoever searches it. */
const MAX_KEYS = 100;

const PRIVATE_PARTS = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

interface Key {
  readonly kid?: string;
  readonly kty?: string;
}

/** A JWK Set of public keys (RFC 7517 section 5). @throws Error for anything else: private and symmetric keys, two keys of one id, too many. */
export const parseKeySet = (text: string): FindKey => {
  const set = JSON.parse(text) as { readonly keys?: unknown };
  const { keys } = set;
  if (!Array.isArray(keys) || keys.length === 0 || keys.length > MAX_KEYS)
    throw new Error("not a set of keys");
  if (keys.some((key: unknown) => typeof key !== "object" || key === null)) throw new Error("not a key");
  const found = keys as readonly Key[];
  if (found.some((key) => PRIVATE_PARTS.some((part) => Object.hasOwn(key, part))))
    throw new Error("a private key");
  const ids = found.map(({ kid }) => kid).filter((kid) => kid !== undefined);
  if (new Set(ids).size !== ids.length) throw new Error("two keys of one id");
  return createLocalJWKSet({ keys: found as never });
};
