import { hash, randomBytes, timingSafeEqual } from "node:crypto";

/** SHA-256 over the UTF-8 bytes of `text`, base64url without padding (43 characters). With a PKCE verifier: its S256 challenge (RFC 7636 section 4.2). */
export const sha256Base64Url = (text: string): string => hash("sha256", text, "base64url");

/** SHA-256 over the UTF-8 bytes of `text`, 64 lower-case hex digits. */
export const sha256Hex = (text: string): string => hash("sha256", text, "hex");

/** `bytes` random bytes as base64url without padding: states, PKCE verifiers, tickets, API key secrets. The default is 256 bits, 43 characters. */
export const randomToken = (bytes = 32): string => randomBytes(bytes).toString("base64url");

/** Compares two secrets in a time that depends on neither; both are hashed first, because `timingSafeEqual` needs equal lengths. */
export const constantTimeEqual = (a: string, b: string): boolean =>
  timingSafeEqual(hash("sha256", a, "buffer"), hash("sha256", b, "buffer"));
