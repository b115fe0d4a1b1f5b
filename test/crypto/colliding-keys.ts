import { createHash } from "node:crypto";

const keyFrom = (n: number): string =>
  `${createHash("sha256").update(`key id collision ${n}`).digest("base64url")}=`;

/** Two different Fernet keys whose SHA-256 begins with the same four bytes; found by counting. */
export const COLLIDING_KEYS = [keyFrom(25_021), keyFrom(118_486)] as const;

export const COLLIDING_KEY_ID = "d32d4197";
