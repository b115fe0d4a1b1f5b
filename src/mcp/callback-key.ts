import { sha256Base64Url } from "../crypto/index.ts";

/** Of the flows that use the one document for all issuers. */
export const SHARED_KEY = "shared";

const LENGTH = 22;

/** The last segment of a callback URL: distinct for each namespace and issuer, so that one server's answer never comes to another's callback (RFC 9700 section 4.4.2). */
export const callbackKey = (namespace: string, issuer: string): string =>
  sha256Base64Url(JSON.stringify([namespace, issuer])).slice(0, LENGTH);
