import { createAccessTokens } from "./access-tokens.ts";
import { type CodeRequest, type Codes, createCodes, type Redemption } from "./codes.ts";
import {
  ageLimit,
  type EndReason,
  type Grant,
  type GrantRules,
  isTooEarly,
  isWithinGrace,
  refreshExpiresInSeconds,
} from "./grant.ts";
import { newToken } from "./new-token.ts";

export interface IssuedTokens {
  readonly grantId: string;
  readonly accessToken: string;
  readonly refreshToken: string | undefined;
  /** 1 for the first token of a grant, one more with every refresh. */
  readonly generation: number;
  /** Until the grant ends by its age; undefined where it has no limit, or no refresh token. */
  readonly refreshExpiresInSeconds: number | undefined;
  readonly scopes: readonly string[];
}

export interface NewGrant {
  readonly clientId: string;
  readonly scopes?: readonly string[];
  /** Default "subject-1". */
  readonly subject?: string;
  /** Stands beside the grant id in the log: the connection that these tokens are for. */
  readonly label?: string | undefined;
}

export type RejectionReason =
  | "unknown_token"
  | "wrong_client"
  | "ended"
  | "spent"
  | "too_early"
  | "scope_not_granted";

export type RefreshOutcome =
  | { readonly verdict: "issued" | "grace_replay"; readonly issued: IssuedTokens }
  | {
      /** `reuse_detected`: a spent refresh token of a living grant came back after its grace. */
      readonly verdict: "reuse_detected" | "rejected";
      readonly error: "invalid_grant" | "invalid_request" | "invalid_scope";
      readonly reason: RejectionReason;
    };

/** Whose refresh token it is, spent ones included. */
export interface Holder {
  readonly grantId: string;
  readonly label: string | undefined;
  readonly generation: number;
}

/** What a grant is at the moment, without its tokens' texts except the living refresh token. */
export interface GrantView {
  readonly grantId: string;
  readonly label: string | undefined;
  readonly clientId: string;
  readonly subject: string;
  readonly generation: number;
  readonly refreshToken: string | undefined;
  /** Why it is over; undefined while it lives. */
  readonly ended: EndReason | undefined;
}

export interface GrantsOptions {
  readonly rules: GrantRules;
  readonly now: () => number;
  /** Grant ids begin with it, so that those of several servers, or of several runs in one log file, differ. */
  readonly idPrefix: string;
  readonly onOpened?: (grant: GrantView) => void;
  readonly onEnded?: (grant: GrantView) => void;
}

interface RefreshTokenEntry {
  readonly grant: Grant;
  readonly generation: number;
}

/** The grants of one authorization server, in memory. */
export interface Grants {
  /** A grant as if a person had allowed it. */
  open(grant: NewGrant): IssuedTokens;
  newCode(request: CodeRequest): string;
  /** The first tokens, or undefined: the server says `invalid_grant`. */
  redeemCode(code: string, redemption: Redemption): IssuedTokens | undefined;
  /** Plays the rules. `scopes` narrows what is issued (RFC 6749 section 6). */
  refresh(refreshToken: string, clientId: string, scopes?: readonly string[]): RefreshOutcome;
  /** RFC 7009 section 2.1: a refresh token takes its access tokens along. Answers whose it was. */
  revoke(token: string): Holder | undefined;
  /** Ends a grant by id or label; false if there is no such living one. */
  end(idOrLabel: string): boolean;
  /** Ends every grant, as a vendor does who lost its database. */
  revokeAll(): void;
  /** Whom an access token stands for, while it works. */
  subjectOf(accessToken: string): string | undefined;
  holderOf(refreshToken: string): Holder | undefined;
  isLiveRefreshToken(refreshToken: string): boolean;
  /** Of the grant now, by any of its tokens; undefined once it is over. */
  generationOf(anyToken: string): number | undefined;
  views(): GrantView[];
  /** How many live. */
  readonly size: number;
}

export const createGrants = (options: GrantsOptions): Grants => {
  const { rules, now } = options;
  const codes: Codes = createCodes();
  const accessTokens = createAccessTokens(rules, now);
  const grants = new Map<string, Grant>();
  const refreshTokens = new Map<string, RefreshTokenEntry>();
  const livingOf = new Map<string, Grant[]>();
  let size = 0;

  const endOf = (grant: Grant): EndReason | undefined => grant.ended ?? ageLimit(grant, rules, now());

  const endGrant = (grant: Grant, reason: EndReason | undefined): void => {
    if (grant.ended !== undefined || reason === undefined) return;
    grant.ended = reason;
    size -= 1;
    accessTokens.endAllOf(grant);
    options.onEnded?.(viewOf(grant, reason));
  };

  const endOldestOf = (newest: Grant, limit: number): void => {
    const { clientId, subject } = newest;
    const key = JSON.stringify([clientId, subject]);
    const living = [...(livingOf.get(key) ?? []).filter(({ ended }) => ended === undefined), newest];
    for (const oldest of living.splice(0, Math.max(0, living.length - limit))) endGrant(oldest, "limit");
    livingOf.set(key, living);
  };

  const newRefreshToken = (grant: Grant): string => {
    const refreshToken = newToken("rt");
    refreshTokens.set(refreshToken, { grant, generation: grant.generation });
    return refreshToken;
  };

  const issue = (grant: Grant, scopes = grant.scopes): IssuedTokens => {
    const { grantId, generation, refreshToken } = grant;
    return {
      grantId,
      accessToken: accessTokens.issue(grant),
      refreshToken,
      generation,
      refreshExpiresInSeconds:
        refreshToken === undefined ? undefined : refreshExpiresInSeconds(grant, rules, now()),
      scopes,
    };
  };

  const open = (request: NewGrant): IssuedTokens => {
    const grant = newGrant(`${options.idPrefix}${grants.size + 1}`, request, now());
    if (rules.issueRefreshToken) grant.refreshToken = newRefreshToken(grant);
    grants.set(grant.grantId, grant);
    size += 1;
    options.onOpened?.(viewOf(grant, undefined));
    if (rules.grantsPerSubject !== undefined) endOldestOf(grant, rules.grantsPerSubject);
    return issue(grant);
  };

  const rotate = (grant: Grant): void => {
    if (rules.killAccessTokenOnRefresh) accessTokens.endAllOf(grant);
    if (rules.rotation) grant.spentAtMs.set(grant.generation, now());
    grant.generation += 1;
    grant.issuedAtMs = now();
    if (rules.rotation) grant.refreshToken = newRefreshToken(grant);
  };

  const spend = (grant: Grant, scopes: readonly string[] | undefined): RefreshOutcome => {
    if (isTooEarly(grant, rules, now())) return rejected("too_early", "invalid_request");
    if (!isGranted(grant, scopes)) return rejected("scope_not_granted", "invalid_scope");
    rotate(grant);
    return { verdict: "issued", issued: issue(grant, scopes) };
  };

  const spendAgain = (grant: Grant, generation: number): RefreshOutcome => {
    if (isWithinGrace(grant, generation, rules.graceMs, now()))
      return { verdict: "grace_replay", issued: issue(grant) };
    if (rules.revokeFamilyOnReuse) endGrant(grant, "reuse");
    return { verdict: "reuse_detected", error: "invalid_grant", reason: "spent" };
  };

  const holderOf = (refreshToken: string): Holder | undefined => {
    const entry = refreshTokens.get(refreshToken);
    if (entry === undefined) return undefined;
    const { grantId, label, refreshToken: living, generation } = entry.grant;
    return { grantId, label, generation: living === refreshToken ? generation : entry.generation };
  };

  return {
    open,
    newCode: (request) => codes.issue(request),
    redeemCode(code, redemption) {
      const request = codes.redeem(code, redemption);
      return request && open(request);
    },
    refresh(refreshToken, clientId, scopes) {
      const entry = refreshTokens.get(refreshToken);
      if (entry === undefined) return rejected("unknown_token");
      const { grant, generation } = entry;
      if (grant.clientId !== clientId) return rejected("wrong_client");
      endGrant(grant, ageLimit(grant, rules, now()));
      if (grant.ended !== undefined) return rejected("ended");
      return grant.refreshToken === refreshToken ? spend(grant, scopes) : spendAgain(grant, generation);
    },
    revoke(token) {
      const grant = refreshTokens.get(token)?.grant;
      const holder = holderOf(token) ?? accessTokens.grantOf(token);
      if (grant) endGrant(grant, "revoked");
      accessTokens.end(token);
      return holder && { grantId: holder.grantId, label: holder.label, generation: holder.generation };
    },
    end(name) {
      const grant = grants.get(name) ?? [...grants.values()].find(({ label }) => label === name);
      if (grant === undefined || grant.ended !== undefined) return false;
      endGrant(grant, "withdrawn");
      return true;
    },
    revokeAll() {
      for (const grant of grants.values()) endGrant(grant, "withdrawn");
    },
    subjectOf: (accessToken) => accessTokens.grantOf(accessToken)?.subject,
    holderOf,
    isLiveRefreshToken(refreshToken) {
      const grant = refreshTokens.get(refreshToken)?.grant;
      return grant?.refreshToken === refreshToken && endOf(grant) === undefined;
    },
    generationOf(anyToken) {
      const grant = refreshTokens.get(anyToken)?.grant ?? accessTokens.grantOf(anyToken);
      return grant?.ended === undefined ? grant?.generation : undefined;
    },
    views: () => [...grants.values()].map((grant) => viewOf(grant, endOf(grant))),
    get size() {
      return size;
    },
  };
};

const newGrant = (
  grantId: string,
  { clientId, scopes = [], subject = "subject-1", label }: NewGrant,
  nowMs: number,
): Grant => ({
  grantId,
  label,
  clientId,
  subject,
  scopes,
  openedAtMs: nowMs,
  issuedAtMs: nowMs,
  generation: 1,
  refreshToken: undefined,
  spentAtMs: new Map(),
  accessTokens: new Set(),
  ended: undefined,
});

const rejected = (
  reason: RejectionReason,
  error: "invalid_grant" | "invalid_request" | "invalid_scope" = "invalid_grant",
): RefreshOutcome => ({ verdict: "rejected", error, reason });

const isGranted = (grant: Grant, scopes: readonly string[] | undefined): boolean =>
  scopes === undefined || scopes.every((scope) => grant.scopes.includes(scope));

const viewOf = (grant: Grant, ended: EndReason | undefined): GrantView => {
  const { grantId, label, clientId, subject, generation, refreshToken } = grant;
  return { grantId, label, clientId, subject, generation, refreshToken, ended };
};
