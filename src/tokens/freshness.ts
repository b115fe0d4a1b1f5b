import { SECOND } from "../time.ts";

/** What deciding needs to know of a token. Every time is the database's; `now` was read beside the row. */
export interface TokenLife {
  readonly now: Date;
  /** Null: the provider did not say, or the token does not expire. */
  readonly expiresAt: Date | null;
  readonly issuedAt: Date;
  readonly lifetimeSeconds: number | null;
  /** This very token came from a refresh, not from an authorization or an import. */
  readonly fromRefresh: boolean;
}

/** How early to refresh. */
export interface RefreshMargins {
  /** Wanted time before expiry: 5 minutes on a read, 10 minutes in the sweep. */
  readonly aheadMs: number;
  /** The caller's demand; 0 = none. */
  readonly minTtlMs: number;
  /** The catalog's: the vendor refuses a refresh earlier than this before expiry. */
  readonly notBeforeExpiryMs: number | undefined;
}

/** `fresh`: serve it. `stale`: it works, and a refresh is due. `expired`: never to be served as good. */
export type Freshness = "fresh" | "stale" | "expired";

export interface Judgement {
  readonly freshness: Freshness;
  /** False if the token ends before the caller's demand (counted as at most four fifths of its lifetime). */
  readonly meetsMinTtl: boolean;
  /** From when on a refresh is due; undefined = never. */
  readonly dueAt: Date | undefined;
}

/** The most that the margin for a token's last moments may be. */
const SERVE_MARGIN_MS = 10 * SECOND;

/** A token from a refresh is left alone for four fifths of its life, or a short-lived one would be refreshed on every read. */
const REST_OF_LIFE = 1 / 5;

/** `min_ttl` counts as at most this share, or a demand longer than the lifetime would refresh on every read. */
const MIN_TTL_SHARE = 4 / 5;

/** Total lifetime in milliseconds; never negative, whatever the row says. */
export const lifetimeMs = ({ expiresAt, issuedAt, lifetimeSeconds }: TokenLife): number => {
  if (lifetimeSeconds !== null) return Math.max(0, lifetimeSeconds * SECOND);
  return expiresAt === null
    ? Number.POSITIVE_INFINITY
    : Math.max(0, expiresAt.getTime() - issuedAt.getTime());
};

/** 10 s, or a tenth of the lifetime if that is less: closer to its end a token could die on the way to the resource. */
export const serveMarginMs = (life: TokenLife): number => Math.min(SERVE_MARGIN_MS, lifetimeMs(life) / 10);

/** It is too close to its end to be handed out. */
export const hasExpired = (life: TokenLife): boolean => {
  const remaining = remainingMs(life);
  return remaining <= 0 || remaining < serveMarginMs(life);
};

/** Milliseconds until expiry; infinite where none is known. */
export const remainingMs = ({ now, expiresAt }: TokenLife): number =>
  expiresAt === null ? Number.POSITIVE_INFINITY : expiresAt.getTime() - now.getTime();

/**
 * Judges one token. The laws:
 *
 * - Within the serve margin of its end it is expired.
 * - It is stale within `aheadMs` of its end, but one that came from a refresh not before four fifths of its life are over. The caller's `minTtlMs` is a
 *   demand and not bound by that rest; it is capped instead.
 * - Nothing makes it stale earlier than the vendor accepts a refresh.
 * - A token without a known end is fresh for ever.
 */
export const judge = (life: TokenLife, margins: RefreshMargins): Judgement => {
  const remaining = remainingMs(life);
  const minTtlMs = Math.min(margins.minTtlMs, lifetimeMs(life) * MIN_TTL_SHARE);
  const windowMs = refreshWindowMs(life, margins, minTtlMs);
  return {
    freshness: hasExpired(life) ? "expired" : remaining < windowMs ? "stale" : "fresh",
    meetsMinTtl: remaining >= minTtlMs,
    dueAt: life.expiresAt === null ? undefined : new Date(life.expiresAt.getTime() - windowMs),
  };
};

const refreshWindowMs = (life: TokenLife, margins: RefreshMargins, minTtlMs: number): number => {
  const aheadMs = life.fromRefresh
    ? Math.min(margins.aheadMs, lifetimeMs(life) * REST_OF_LIFE)
    : margins.aheadMs;
  return Math.min(Math.max(aheadMs, minTtlMs), margins.notBeforeExpiryMs ?? Number.POSITIVE_INFINITY);
};

/** When the background refresh of a token is due: `horizonMs` before its end, by the same laws. Undefined = never. */
export const sweepDueAt = (
  life: TokenLife,
  horizonMs: number,
  notBeforeExpiryMs: number | undefined,
): Date | undefined => judge(life, { aheadMs: horizonMs, minTtlMs: 0, notBeforeExpiryMs }).dueAt;
