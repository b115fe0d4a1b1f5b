import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { type FernetKey, keyMaterialOf } from "./fernet-key.ts";
import type { KeyRing } from "./key-ring.ts";

/** Tokens that tell, to whoever has one of the keys, that they are ours, without being looked up. In the form of a `randomToken()`. */
export interface GenuineTokens {
  /** 192 random bits and 64 that only the key's holder can make; 43 characters, and all of them unguessable. */
  issue(): string;
  isGenuine(token: string): boolean;
}

const RANDOM_BYTES = 24;
const PROOF_BYTES = 8;
const FORM = /^[\w-]{43}$/;

/** `purpose` keeps the tokens of one use from proving anything in another. The ring is read at each use. */
export const createGenuineTokens = (keyRing: KeyRing, purpose: string): GenuineTokens => {
  const proofOf = (key: FernetKey, random: Buffer): Buffer =>
    createHmac("sha256", keyMaterialOf(key).signing)
      // No Fernet token begins with this byte, so no proof is ever a token's HMAC.
      .update(`\0${purpose}\0`)
      .update(random)
      .digest()
      .subarray(0, PROOF_BYTES);
  return {
    issue() {
      const random = randomBytes(RANDOM_BYTES);
      return Buffer.concat([random, proofOf(keyRing.primary, random)]).toString("base64url");
    },
    isGenuine(token) {
      if (!FORM.test(token)) return false;
      const bytes = Buffer.from(token, "base64url");
      const random = bytes.subarray(0, RANDOM_BYTES);
      const proof = bytes.subarray(RANDOM_BYTES);
      return [...keyRing.keys.values()].some((key) => timingSafeEqual(proofOf(key, random), proof));
    },
  };
};
