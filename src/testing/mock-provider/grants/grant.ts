/** How an authorization server treats its tokens. Every field may be changed while it runs. */
export interface GrantRules {
  /** A refresh answers with a new refresh token and the old one ends. Default true. */
  rotation: boolean;
  /** How long a rotated refresh token is still accepted. Default 0. */
  graceMs: number;
  /** A spent refresh token that comes back after its grace ends the whole grant (RFC 9700 section 4.14.2). Default false. */
  revokeFamilyOnReuse: boolean;
  /** A refresh ends the access token before it. Default false. */
  killAccessTokenOnRefresh: boolean;
  /** Default true. */
  issueRefreshToken: boolean;
  /** How long an access token works. Default: as long as `expires_in` says; a liar's ends sooner. */
  accessLifetimeSeconds: number | undefined;
  /** `expires_in` of every answer; undefined leaves it out. Default 3600. */
  expiresInSeconds: number | undefined;
  /** A grant ends so long after it was opened, refreshed or not. Default: never. */
  refreshLifetimeSeconds: number | undefined;
  /** A grant ends when it was not refreshed for so long. Default: never. */
  refreshIdleSeconds: number | undefined;
  /** A refresh sooner than this after the last token is refused as `invalid_request`. Default 0. */
  refreshNotBeforeSeconds: number;
  /** One grant more for the same client and subject ends their oldest. Default: no limit. */
  grantsPerSubject: number | undefined;
}

/** Why a grant is over. `withdrawn`: the vendor or the person ended it. `limit`: the subject had too many. */
export type EndReason = "reuse" | "revoked" | "withdrawn" | "lifetime" | "idle" | "limit";

export interface Grant {
  readonly grantId: string;
  /** The tester's own name for it, such as a connection id. */
  readonly label: string | undefined;
  readonly clientId: string;
  readonly subject: string;
  readonly scopes: readonly string[];
  readonly openedAtMs: number;
  /** When the present generation was issued. */
  issuedAtMs: number;
  generation: number;
  refreshToken: string | undefined;
  /** Generation → when its refresh token was rotated away. */
  readonly spentAtMs: Map<number, number>;
  readonly accessTokens: Set<string>;
  ended: EndReason | undefined;
}

const SECOND = 1000;

/** When a grant ends by its age, and by which limit; undefined = never. */
const endByAge = (grant: Grant, rules: GrantRules): { atMs: number; reason: EndReason } | undefined => {
  const lifetimeMs = grant.openedAtMs + (rules.refreshLifetimeSeconds ?? Infinity) * SECOND;
  const idleMs = grant.issuedAtMs + (rules.refreshIdleSeconds ?? Infinity) * SECOND;
  const atMs = Math.min(lifetimeMs, idleMs);
  return atMs === Infinity ? undefined : { atMs, reason: lifetimeMs <= idleMs ? "lifetime" : "idle" };
};

/** What a grant's age has ended it with. */
export const ageLimit = (grant: Grant, rules: GrantRules, nowMs: number): EndReason | undefined => {
  const end = endByAge(grant, rules);
  return end !== undefined && nowMs >= end.atMs ? end.reason : undefined;
};

export const refreshExpiresInSeconds = (
  grant: Grant,
  rules: GrantRules,
  nowMs: number,
): number | undefined => {
  const end = endByAge(grant, rules);
  return end && Math.max(0, Math.floor((end.atMs - nowMs) / SECOND));
};

export const isWithinGrace = (grant: Grant, generation: number, graceMs: number, nowMs: number): boolean => {
  const spentAtMs = grant.spentAtMs.get(generation);
  return spentAtMs !== undefined && nowMs - spentAtMs < graceMs;
};

export const isTooEarly = (grant: Grant, { refreshNotBeforeSeconds }: GrantRules, nowMs: number): boolean =>
  nowMs < grant.issuedAtMs + refreshNotBeforeSeconds * SECOND;

export const accessLifetimeMs = ({ accessLifetimeSeconds, expiresInSeconds }: GrantRules): number =>
  (accessLifetimeSeconds ?? expiresInSeconds ?? Infinity) * SECOND;
