import { createHash, randomBytes } from "node:crypto";

/** How this authorization server treats its tokens. Every field may be changed while it runs. */
export interface GrantRules {
  /** A refresh answers with a new refresh token and the old one ends. Default true. */
  rotation: boolean;
  /** How long a rotated refresh token is still accepted. Default 0. */
  graceMs: number;
  /** A spent refresh token that comes back ends the whole grant (RFC 9700 section 4.14.2). Default false. */
  revokeFamilyOnReuse: boolean;
  /** A refresh ends the access token before it. Default false. */
  killAccessTokenOnRefresh: boolean;
  /** Default true. */
  issueRefreshToken: boolean;
}

export interface IssuedTokens {
  readonly accessToken: string;
  readonly refreshToken: string | undefined;
  /** 1 for the first token of a grant, one more with every refresh. */
  readonly generation: number;
  readonly scopes: readonly string[];
}

export interface CodeRequest {
  readonly clientId: string;
  readonly redirectUri: string;
  readonly scopes: readonly string[];
  readonly codeChallenge: string | undefined;
  readonly subject: string;
}

export interface NewGrant {
  readonly clientId: string;
  readonly scopes?: readonly string[];
  readonly subject?: string;
}

interface Grant {
  readonly clientId: string;
  readonly subject: string;
  readonly scopes: readonly string[];
  generation: number;
  refreshToken: string | undefined;
  /** Rotated refresh tokens and when each was rotated, in monotonic milliseconds. */
  readonly spent: Map<string, number>;
  readonly accessTokens: Set<string>;
}

const token = (prefix: string): string => `${prefix}-${randomBytes(16).toString("base64url")}`;
const s256 = (verifier: string): string => createHash("sha256").update(verifier).digest("base64url");

/** The grants of one test authorization server, in memory. What is refused is undefined: the server says `invalid_grant`. */
export const createGrants = (rules: GrantRules) => {
  const codes = new Map<string, CodeRequest>();
  const grants = new Set<Grant>();

  const issue = (grant: Grant): IssuedTokens => {
    const { generation, refreshToken, scopes } = grant;
    const accessToken = token("at");
    grant.accessTokens.add(accessToken);
    return { accessToken, refreshToken, generation, scopes };
  };

  const open = ({ clientId, scopes = [], subject = "subject-1" }: NewGrant): IssuedTokens => {
    const refreshToken = rules.issueRefreshToken ? token("rt") : undefined;
    const grant: Grant = {
      clientId,
      subject,
      scopes,
      generation: 1,
      refreshToken,
      spent: new Map(),
      accessTokens: new Set(),
    };
    grants.add(grant);
    return issue(grant);
  };

  const isWithinGrace = (grant: Grant, refreshToken: string): boolean => {
    const spentAtMs = grant.spent.get(refreshToken);
    return spentAtMs !== undefined && performance.now() - spentAtMs < rules.graceMs;
  };

  const rotate = (grant: Grant): void => {
    if (rules.killAccessTokenOnRefresh) grant.accessTokens.clear();
    grant.generation += 1;
    if (!rules.rotation || grant.refreshToken === undefined) return;
    grant.spent.set(grant.refreshToken, performance.now());
    grant.refreshToken = token("rt");
  };

  return {
    /** A grant as if a person had allowed it. */
    open,
    newCode(request: CodeRequest): string {
      const code = token("code");
      codes.set(code, request);
      return code;
    },
    redeemCode(
      code: string,
      given: { clientId: string; redirectUri: string; verifier: string | undefined },
    ): IssuedTokens | undefined {
      const request = codes.get(code);
      codes.delete(code);
      if (request?.clientId !== given.clientId || request.redirectUri !== given.redirectUri) return undefined;
      const challenge = given.verifier === undefined ? undefined : s256(given.verifier);
      return challenge === request.codeChallenge ? open(request) : undefined;
    },
    refresh(refreshToken: string, clientId: string): IssuedTokens | undefined {
      const grant = [...grants].find(
        (one) => one.refreshToken === refreshToken || one.spent.has(refreshToken),
      );
      if (grant?.clientId !== clientId) return undefined;
      if (grant.refreshToken === refreshToken) rotate(grant);
      else if (!isWithinGrace(grant, refreshToken)) {
        if (rules.revokeFamilyOnReuse) grants.delete(grant);
        return undefined;
      }
      return issue(grant);
    },
    /** RFC 7009 section 2.1: a refresh token takes its access tokens along. */
    revoke(revoked: string): void {
      for (const grant of grants) {
        if (grant.refreshToken === revoked || grant.spent.has(revoked)) grants.delete(grant);
        grant.accessTokens.delete(revoked);
      }
    },
    /** Ends every grant, as a vendor does who lost its database. */
    revokeAll(): void {
      grants.clear();
    },
    subjectOf(accessToken: string): string | undefined {
      return [...grants].find((grant) => grant.accessTokens.has(accessToken))?.subject;
    },
    isLiveRefreshToken(refreshToken: string): boolean {
      return [...grants].some((grant) => grant.refreshToken === refreshToken);
    },
    generationOf(anyToken: string): number | undefined {
      return [...grants].find(
        (grant) =>
          grant.refreshToken === anyToken || grant.spent.has(anyToken) || grant.accessTokens.has(anyToken),
      )?.generation;
    },
    get size(): number {
      return grants.size;
    },
  };
};

export type Grants = ReturnType<typeof createGrants>;

/** Eight hex digits that name a token in a log without being one. */
export const fingerprint = (text: string): string =>
  createHash("sha256").update(text).digest("hex").slice(0, 8);
