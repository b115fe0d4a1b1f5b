import { hash } from "node:crypto";

/** Sixteen hex digits of SHA-256: they name a token in a log, in which no token may stand. */
export const fingerprint = (token: string): string => hash("sha256", token, "hex").slice(0, 16);
