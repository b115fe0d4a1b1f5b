import { missingScopes } from "../catalog/index.ts";
import { BrokerError } from "../errors.ts";
import type { Registrations } from "../registrations/index.ts";
import type { GrantKey, Store, TokenRow } from "../store/index.ts";
import { judge, type Judgement } from "./freshness.ts";
import { notBeforeExpiryMs } from "./merge.ts";
import { findPinnedProvider, type PinnedProvider } from "./pinned-provider.ts";
import type { HeldToken } from "./token-view.ts";
import type { UnsavedTokens } from "./unsaved-tokens.ts";

/** A token at hand, with everything its answer needs. */
export interface Candidate {
  readonly held: HeldToken;
  readonly provider: PinnedProvider;
  readonly judgement: Judgement;
}

export interface CandidateDeps {
  readonly store: Pick<Store, "tokens">;
  readonly registrations: Registrations;
  readonly unsaved: UnsavedTokens;
  readonly refreshAheadMs: number;
}

/** What a caller demands of a token besides that it works. */
export interface Demands {
  readonly minTtlMs: number;
  readonly requiredScopes: readonly string[];
}

/**
 * The stored token, or the one that follows it and still waits here for the database.
 *
 * @throws BrokerError CONNECTION_NOT_FOUND, BLOCKED, KEY_UNAVAILABLE, STORE_UNAVAILABLE.
 */
export const readToken = (deps: CandidateDeps, key: GrantKey): Promise<HeldToken> =>
  heldOf(deps, key, () => deps.store.tokens.find(key));

/** The same of a row that `find` brings, or fails to. */
export const heldOf = async (
  { store, unsaved }: CandidateDeps,
  key: GrantKey,
  find: () => Promise<TokenRow | undefined>,
): Promise<HeldToken> => {
  const row = await findOrUnsaved(find, unsaved, key);
  if (row === undefined) throw await absent(store, key);
  if ("accessToken" in row) return row;
  assertNotBlocked(row);
  return unsaved.after(row) ?? openToken(store, row);
};

const findOrUnsaved = async (
  find: () => Promise<TokenRow | undefined>,
  unsaved: UnsavedTokens,
  key: GrantKey,
): Promise<TokenRow | HeldToken | undefined> => {
  try {
    return await find();
  } catch (error) {
    const isAway = error instanceof BrokerError && error.code === "STORE_UNAVAILABLE";
    const held = isAway ? unsaved.byKey(key) : undefined;
    if (held) return held;
    throw error;
  }
};

/** @throws BrokerError BLOCKED, KEY_UNAVAILABLE. */
export const openToken = (store: CandidateDeps["store"], row: TokenRow): HeldToken => {
  assertNotBlocked(row);
  return { row, accessToken: store.tokens.openAccessToken(row), unsavedSince: undefined };
};

export const assertNotBlocked = (row: TokenRow): void => {
  if (row.status === "blocked") throw new BrokerError("BLOCKED", "an operator has blocked this connection");
};

/** A connection that lives, and has no token of this name, tells which it has. */
const absent = async ({ tokens }: CandidateDeps["store"], key: GrantKey): Promise<BrokerError> => {
  if (key.tokenName === "" || !(await tokens.find({ ...key, tokenName: "" }))) return notFound();
  return new BrokerError(
    "CONNECTION_NOT_FOUND",
    "token_name: the provider gave this connection no such token; metadata.token_names lists those it has besides the main one",
    { metadata: { token_names: (await tokens.names(key)).join(" ") } },
  );
};

/** One answer for what is unknown, another's or revoked. */
export const notFound = (): BrokerError =>
  new BrokerError(
    "CONNECTION_NOT_FOUND",
    "there is no such connection: the person must authorize first (StartAuthorization)",
  );

/** @throws BrokerError MISSING_SCOPES with `metadata.missing_scopes`. */
export const examine = async (
  { registrations, refreshAheadMs }: CandidateDeps,
  held: HeldToken,
  { requiredScopes, minTtlMs }: Demands,
): Promise<Candidate> => {
  const provider = await findPinnedProvider(registrations, held.row);
  const { scopes, refresh } = provider.definition;
  const ownName = ownScopeName(provider.definition, held.row);
  assertNoneMissing(missingScopes(scopes, requiredScopes.map(ownName), held.row.scopes.map(ownName)));
  const margins = { aheadMs: refreshAheadMs, minTtlMs, notBeforeExpiryMs: notBeforeExpiryMs(refresh) };
  return { held, provider, judgement: judge(held.row, margins) };
};

/** A prefix tells the authorization request which token a scope is for; the vendor knows it without, and a named token has no others. */
const ownScopeName = (
  { authorizeRequest }: PinnedProvider["definition"],
  { tokenName }: Pick<TokenRow, "tokenName">,
): ((scope: string) => string) => {
  const prefix = tokenName === "" ? "" : (authorizeRequest.secondScope?.prefix ?? "");
  return (scope) => (scope.startsWith(prefix) ? scope.slice(prefix.length) : scope);
};

const assertNoneMissing = (missing: readonly string[]): void => {
  if (missing.length === 0) return;
  throw new BrokerError(
    "MISSING_SCOPES",
    "the person has not granted every required scope: StartAuthorization with keep_granted_scopes",
    { metadata: { missing_scopes: missing.join(" ") } },
  );
};
