import { splitScopes } from "../catalog/index.ts";
import type { GrantSelector } from "../registrations/index.ts";
import type { Clock } from "../time.ts";
import { examine, readToken } from "./candidate.ts";
import { grantKey } from "./grant-key.ts";
import type { LastUsed } from "./last-used.ts";
import { type CallOptions, createPatience } from "./patience.ts";
import { replaceRejected } from "./replace-rejected.ts";
import { serve, type ServeCall, type ServeDeps } from "./serve-token.ts";
import type { HeldToken, TokenView } from "./token-view.ts";

export interface GetTokenRequest extends GrantSelector {
  /** Refresh unless the token is good for so long; counts as at most four fifths of its lifetime. */
  readonly minTtlMs?: number | undefined;
  readonly requiredScopes?: readonly string[] | undefined;
  /** The version of a token that the resource answered 401 to; 0 or absent = none. */
  readonly rejectedVersion?: bigint | undefined;
  /** Which of several tokens of the grant; empty = the main one. */
  readonly tokenName?: string | undefined;
}

export interface GetTokenDeps extends ServeDeps {
  readonly lastUsed: LastUsed;
  readonly clock: Clock;
  /** How long a caller without a deadline waits, and the most anybody does. */
  readonly maxWaitMs: number;
}

/**
 * The access token of a grant, one that works now. The outcomes are tried from the top: unknown, blocked, unreadable, scopes, rejected, and then what the
 * token's age and the last refresh allow (`serve-token.ts`).
 *
 * @throws BrokerError INVALID_REQUEST, CONNECTION_NOT_FOUND, BLOCKED, KEY_UNAVAILABLE, MISSING_SCOPES, TOKEN_REJECTED,
 *   REAUTHORIZATION_REQUIRED, EXPIRED_NOT_REFRESHABLE, PROVIDER_UNAVAILABLE, PROVIDER_MISCONFIGURED, STORE_UNAVAILABLE, DEADLINE_EXCEEDED.
 */
export const getToken = async (
  deps: GetTokenDeps,
  request: GetTokenRequest,
  options: CallOptions,
): Promise<TokenView> => {
  const key = grantKey(request, request.tokenName);
  const call = serveCallOf(deps, request, options);
  return await getHeldToken(deps, request, await readToken(deps, key), call);
};

/** The same for a token that has been read. */
export const getHeldToken = async (
  deps: GetTokenDeps,
  request: GetTokenRequest,
  held: HeldToken,
  call: ServeCall,
): Promise<TokenView> => {
  const candidate = await examine(deps, held, call.demands);
  const { row } = candidate.held;
  const isRejected = row.version === request.rejectedVersion;
  const view = await (isRejected ? replaceRejected : serve)(deps, candidate, call);
  deps.lastUsed.note(row.id);
  if (row.stepUps > 0 && !request.rejectedVersion) await deps.store.tokens.endStepUps(row.id);
  return view;
};

export const serveCallOf = (
  { clock, maxWaitMs }: GetTokenDeps,
  { minTtlMs = 0, requiredScopes = [] }: GetTokenRequest,
  { deadlineMs = maxWaitMs, signal }: CallOptions,
): ServeCall => ({
  demands: { minTtlMs: Math.max(0, minTtlMs), requiredScopes: requiredScopes.flatMap(splitScopes) },
  patience: createPatience(clock, Math.min(deadlineMs, maxWaitMs), signal),
});
