import type { ProviderDefinition } from "../catalog/index.ts";
import type { TokenSet } from "../oauth/index.ts";
import type { GrantToken, Moment, NewToken, TokenRow, TokenUpdate } from "../store/index.ts";
import { SECOND } from "../time.ts";
import { accountLabel } from "./account-label.ts";
import { sweepDueAt } from "./freshness.ts";

type RefreshRules = ProviderDefinition["refresh"];

export interface MergeContext {
  readonly rules: RefreshRules;
  readonly sweepHorizonMs: number;
}

/**
 * What a refresh changes in a row. Laws:
 *
 * - No refresh token in the answer leaves the stored one in place (RFC 6749 section 6).
 * - No scopes in the answer means: those granted before (section 6).
 * - Metadata is added to, never emptied.
 * - Only token columns are named here; labels, owner and pins are not a refresh's to change.
 */
export const refreshedUpdate = (
  row: TokenRow,
  answer: TokenSet,
  { rules, sweepHorizonMs }: MergeContext,
  receivedAgoMs: number,
): TokenUpdate => ({
  accessToken: answer.accessToken,
  refreshToken: answer.refreshToken,
  raw: answer.raw,
  tokenType: answer.tokenType,
  scopes: answer.scopes ?? row.scopes,
  providerMetadata:
    Object.keys(answer.metadata).length === 0 ? undefined : { ...row.providerMetadata, ...answer.metadata },
  receivedAgoMs,
  expires: after(answer.expiresInSeconds),
  nextRefresh: nextRefreshAfter(answer.expiresInSeconds, true, { rules, sweepHorizonMs }),
  refreshExpires: renewedRefreshExpiry(row, answer, rules),
});

export interface Authorized {
  readonly answer: TokenSet;
  readonly requestedScopes: readonly string[];
  readonly pins: NewToken["pins"];
  readonly labels: Readonly<Record<string, string>> | undefined;
  /** What the callback said beside the answer (`definition.metadata` from "callback"). */
  readonly callbackMetadata: Readonly<Record<string, string>>;
  /** `definition.metadata`: which of it is the account's name. */
  readonly metadataRules: ProviderDefinition["metadata"];
}

/**
 * The first tokens of an authorization. Nothing of an earlier grant is kept but its labels: it may have been another account's. A named token knows what
 * the main one knows, and what its own part of the answer says besides.
 */
export const authorizedToken = (
  { answer, requestedScopes, pins, labels, callbackMetadata, metadataRules }: Authorized,
  context: MergeContext,
  receivedAgoMs: number,
): NewToken => {
  const providerMetadata = { ...callbackMetadata, ...answer.metadata };
  const named = (answer.more ?? []).map((each) => ({
    ...grantToken(each, requestedScopes, context),
    name: each.name,
    providerMetadata: { ...providerMetadata, ...each.metadata },
  }));
  return {
    ...grantToken(answer, requestedScopes, context),
    providerMetadata,
    named,
    pins,
    labels,
    // Another account's label must not stay on a new grant.
    accountLabel: accountLabel(metadataRules, providerMetadata),
    receivedAgoMs,
  };
};

const grantToken = (
  answer: TokenSet,
  requestedScopes: readonly string[],
  context: MergeContext,
): Omit<GrantToken, "providerMetadata"> => ({
  accessToken: answer.accessToken,
  refreshToken: answer.refreshToken,
  raw: answer.raw,
  tokenType: answer.tokenType,
  scopes: answer.scopes ?? requestedScopes,
  requestedScopes,
  expires: after(answer.expiresInSeconds),
  nextRefresh:
    answer.refreshToken === undefined ? undefined : nextRefreshAfter(answer.expiresInSeconds, false, context),
  refreshExpires: answer.refreshToken === undefined ? undefined : firstRefreshExpiry(answer, context.rules),
});

const after = (seconds: number | undefined): Moment | undefined =>
  seconds === undefined ? undefined : { afterSeconds: seconds };

/** When the sweep is to refresh a token that lives for `lifetimeSeconds` from its receipt. */
const nextRefreshAfter = (
  lifetimeSeconds: number | undefined,
  fromRefresh: boolean,
  { rules, sweepHorizonMs }: MergeContext,
): Moment | undefined => {
  if (lifetimeSeconds === undefined) return undefined;
  const received = new Date(0);
  const expiresAt = new Date(lifetimeSeconds * SECOND);
  const life = { now: received, issuedAt: received, expiresAt, lifetimeSeconds, fromRefresh };
  const due = sweepDueAt(life, sweepHorizonMs, notBeforeExpiryMs(rules));
  return due && { afterSeconds: Math.max(0, due.getTime() / SECOND) };
};

/** When the sweep is to refresh an imported token that ends at a given time. */
export const nextRefreshBefore = (expiresAt: Date, { rules, sweepHorizonMs }: MergeContext): Moment => {
  const aheadMs = Math.min(sweepHorizonMs, notBeforeExpiryMs(rules) ?? Number.POSITIVE_INFINITY);
  return { at: new Date(expiresAt.getTime() - aheadMs) };
};

export const notBeforeExpiryMs = (rules: RefreshRules): number | undefined =>
  rules.notBeforeExpirySeconds === undefined ? undefined : rules.notBeforeExpirySeconds * SECOND;

const firstRefreshExpiry = (answer: TokenSet, rules: RefreshRules): Moment | undefined => {
  if (answer.refreshExpiresInSeconds !== undefined) return after(answer.refreshExpiresInSeconds);
  const limits = [rules.lifetimeSeconds, rules.idleLifetimeSeconds].filter((limit) => limit !== undefined);
  return limits.length === 0 ? undefined : { afterSeconds: Math.min(...limits) };
};

/** A refresh renews the idle limit, never the absolute one. Undefined keeps what is stored. */
const renewedRefreshExpiry = (row: TokenRow, answer: TokenSet, rules: RefreshRules): Moment | undefined => {
  if (answer.refreshExpiresInSeconds !== undefined) return after(answer.refreshExpiresInSeconds);
  if (rules.idleLifetimeSeconds === undefined) return undefined;
  const idleEnd = row.now.getTime() + rules.idleLifetimeSeconds * SECOND;
  const absoluteEnd =
    rules.lifetimeSeconds === undefined
      ? Number.POSITIVE_INFINITY
      : row.authorizedAt.getTime() + rules.lifetimeSeconds * SECOND;
  return absoluteEnd < idleEnd ? { at: new Date(absoluteEnd) } : { afterSeconds: rules.idleLifetimeSeconds };
};
