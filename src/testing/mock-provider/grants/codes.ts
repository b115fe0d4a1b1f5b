import { createHash } from "node:crypto";
import { newToken } from "./new-token.ts";

export interface CodeRequest {
  readonly clientId: string;
  readonly redirectUri: string;
  readonly scopes: readonly string[];
  readonly codeChallenge: string | undefined;
  readonly subject: string;
}

/** What comes with a code to the token endpoint. */
export interface Redemption {
  readonly clientId: string;
  readonly redirectUri: string;
  readonly verifier: string | undefined;
}

export interface Codes {
  issue(request: CodeRequest): string;
  /** Spends the code, right or wrong (RFC 6749 section 4.1.2). Undefined when anything differs from the request, the PKCE verifier included. */
  redeem(code: string, redemption: Redemption): CodeRequest | undefined;
}

export const createCodes = (): Codes => {
  const codes = new Map<string, CodeRequest>();
  return {
    issue(request) {
      const code = newToken("code");
      codes.set(code, request);
      return code;
    },
    redeem(code, { clientId, redirectUri, verifier }) {
      const request = codes.get(code);
      codes.delete(code);
      if (request?.clientId !== clientId || request.redirectUri !== redirectUri) return undefined;
      const challenge = verifier === undefined ? undefined : s256(verifier);
      return challenge === request.codeChallenge ? request : undefined;
    },
  };
};

const s256 = (verifier: string): string => createHash("sha256").update(verifier).digest("base64url");
