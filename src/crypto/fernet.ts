import { createCipheriv, createDecipheriv, createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { decodeBase64Url, encodeBase64Url } from "./base64url.ts";
import { type FernetKey, keyMaterialOf } from "./fernet-key.ts";

// Version ‖ Timestamp ‖ IV ‖ Ciphertext ‖ HMAC (https://github.com/fernet/spec/blob/master/Spec.md, "Token Format").
const VERSION = 0x80;
const TIMESTAMP_START = 1;
const IV_START = 9;
const CIPHERTEXT_START = 25;
const BLOCK_BYTES = 16;
const HMAC_BYTES = 32;
const SMALLEST_TOKEN_BYTES = CIPHERTEXT_START + BLOCK_BYTES + HMAC_BYTES;

const MAX_CLOCK_SKEW_SECONDS = 60;

/** Why a token was refused. Only `expired` and `clock_skew` speak of a token whose HMAC is right. */
export type FernetProblem = "malformed" | "wrong_hmac" | "expired" | "clock_skew" | "bad_padding";

/** A token that this key does not open. Carries no part of the token or of its content. */
export class FernetError extends Error {
  readonly problem: FernetProblem;

  constructor(problem: FernetProblem) {
    super(`Fernet token refused: ${problem}`);
    this.name = "FernetError";
    this.problem = problem;
  }
}

export interface FernetEncryptOptions {
  /** Recorded creation time in whole Unix seconds. Default: this machine's clock. */
  readonly now?: number;
  /** 16 bytes that no other token of this key has. Default: random. Only a test vector needs to set it. */
  readonly iv?: Uint8Array;
}

export interface FernetDecryptOptions {
  /** Greatest accepted age in seconds. Default: none, and then the recorded time is not looked at. */
  readonly ttlSeconds?: number;
  /** Unix seconds to judge the age by. Default: this machine's clock. Inert without `ttlSeconds`. */
  readonly now?: number;
}

const unixSeconds = (): number => Math.floor(Date.now() / 1000);

/** A Fernet token (version 0x80, base64url with padding) of `plaintext`; a string is taken as UTF-8. Throws `RangeError` for a time that is no whole number of seconds. */
export const fernetEncrypt = (
  key: FernetKey,
  plaintext: Uint8Array | string,
  options: FernetEncryptOptions = {},
): string => {
  const { signing, encryption } = keyMaterialOf(key);
  const iv = options.iv ?? randomBytes(BLOCK_BYTES);
  const timestamp = Buffer.alloc(IV_START - TIMESTAMP_START);
  timestamp.writeBigUInt64BE(BigInt(options.now ?? unixSeconds()));
  const cipher = createCipheriv("aes-128-cbc", encryption, iv);
  const bytes = typeof plaintext === "string" ? Buffer.from(plaintext, "utf8") : plaintext;
  const signed = Buffer.concat([Buffer.of(VERSION), timestamp, iv, cipher.update(bytes), cipher.final()]);
  const hmac = createHmac("sha256", signing).update(signed).digest();
  return encodeBase64Url(Buffer.concat([signed, hmac]));
};

/**
 * The plaintext of a token. The HMAC is proven, in constant time, before the recorded time is judged and before anything is decrypted,
 * so neither the clock nor the padding answers questions about a forged token. Throws `FernetError` and nothing else.
 */
export const fernetDecrypt = (key: FernetKey, token: string, options: FernetDecryptOptions = {}): Buffer => {
  const bytes = decodeBase64Url(token);
  if (bytes === undefined || !hasTokenShape(bytes)) throw new FernetError("malformed");
  if (!hasRightHmac(key, bytes)) throw new FernetError("wrong_hmac");
  if (options.ttlSeconds !== undefined) assertFresh(bytes, options.ttlSeconds, options.now ?? unixSeconds());
  return decryptCiphertext(key, bytes);
};

const hasTokenShape = (bytes: Buffer): boolean =>
  bytes.length >= SMALLEST_TOKEN_BYTES &&
  (bytes.length - SMALLEST_TOKEN_BYTES) % BLOCK_BYTES === 0 &&
  bytes[0] === VERSION;

const hasRightHmac = (key: FernetKey, bytes: Buffer): boolean => {
  const signed = bytes.subarray(0, -HMAC_BYTES);
  const expected = createHmac("sha256", keyMaterialOf(key).signing).update(signed).digest();
  return timingSafeEqual(expected, bytes.subarray(-HMAC_BYTES));
};

// The comparisons are written so that NaN fails them: a broken ttl or clock refuses the token instead of switching the check off.
const assertFresh = (bytes: Buffer, ttlSeconds: number, now: number): void => {
  const age = now - Number(bytes.readBigUInt64BE(TIMESTAMP_START));
  if (!(age >= -MAX_CLOCK_SKEW_SECONDS)) throw new FernetError("clock_skew");
  if (!(age <= ttlSeconds)) throw new FernetError("expired");
};

const decryptCiphertext = (key: FernetKey, bytes: Buffer): Buffer => {
  const iv = bytes.subarray(IV_START, CIPHERTEXT_START);
  const decipher = createDecipheriv("aes-128-cbc", keyMaterialOf(key).encryption, iv);
  const start = decipher.update(bytes.subarray(CIPHERTEXT_START, -HMAC_BYTES));
  try {
    return Buffer.concat([start, decipher.final()]);
  } catch {
    throw new FernetError("bad_padding");
  }
};
