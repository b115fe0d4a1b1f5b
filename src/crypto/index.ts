/**
 * The crypto room owns the encryption keys, Fernet, the sealing of stored secrets, and the digests and random tokens that other rooms
 * look things up by. It does not own where a key comes from (config), which columns are sealed or what a row's key and pins are (store),
 * or what a caller is told when a secret does not open (server).
 *
 * Laws:
 * - Key bytes enter by `parseKeyRing` and never leave. No error, message or printed object of this room holds a byte of a key, a plaintext or a token.
 * - Nothing is decrypted, and no recorded time judged, before its HMAC is proven in constant time.
 * - A sealed value opens only with the key its row names and only in the place it was sealed for: table, row key, field, version and pins. There is
 *   no fallback to other keys and no way to open without a context. Whoever moves a row's `version` or pins seals its values again.
 * - Any Fernet library with the key reads what is stored (the shape is in `envelope.ts`); the binding is then that reader's to check.
 * - What this cannot see: a whole row put back to an older state together with its ciphertexts.
 */
export { constantTimeEqual, randomToken, sha256Base64Url, sha256Hex } from "./digests.ts";
export type { SealContext } from "./envelope.ts";
export {
  fernetDecrypt,
  type FernetDecryptOptions,
  fernetEncrypt,
  type FernetEncryptOptions,
  FernetError,
  type FernetProblem,
} from "./fernet.ts";
export type { FernetKey } from "./fernet-key.ts";
export { createKeyCheck, verifyKeyCheck } from "./key-check.ts";
export { generateFernetKey, type KeyRing, KeyRingError, parseKeyRing } from "./key-ring.ts";
export { privateKeyProblem, signingAlgorithms, signJwt, type SigningAlgorithm } from "./private-key.ts";
export { pinsDigest } from "./pins.ts";
export { createSealer, type Sealed, type Sealer, type SealProblem } from "./seal.ts";
