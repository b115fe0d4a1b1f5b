import { isJsonObject, type JsonObject } from "./json-path.ts";

/**
 * The claims of an ID token that came straight from the token endpoint, where TLS stands in for the signature (OpenID Connect Core section 3.1.3.7).
 * They are kept for callers to look at and decide nothing here. Undefined for what is no such token.
 */
export const claimsOf = (idToken: unknown): JsonObject | undefined => {
  if (typeof idToken !== "string") return undefined;
  const [, payload = "", ...rest] = idToken.split(".");
  if (rest.length !== 1) return undefined;
  try {
    const claims: unknown = JSON.parse(Buffer.from(payload, "base64url").toString("utf8"));
    return isJsonObject(claims) ? claims : undefined;
  } catch {
    return undefined;
  }
};
