import { randomToken, sha256Base64Url } from "../crypto/index.ts";

export interface Pkce {
  readonly verifier: string;
  readonly challenge: string;
}

/** A verifier of 256 random bits and its S256 challenge (RFC 7636 sections 4.1 and 4.2). */
export const newPkce = (): Pkce => {
  const verifier = randomToken();
  return { verifier, challenge: sha256Base64Url(verifier) };
};
