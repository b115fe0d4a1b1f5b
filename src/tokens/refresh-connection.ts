import { BrokerError } from "../errors.ts";
import { OAuthFailure } from "../oauth/index.ts";
import type { ClaimedToken, RefreshFailure, Store, TokenRow } from "../store/index.ts";
import { SECOND } from "../time.ts";
import { type CallDeps, callProvider, type Prepared } from "./call-provider.ts";
import { judgeFailure, judgeTakeover } from "./judge-failure.ts";
import { type Obstacle, obstacleTo } from "./obstacle.ts";
import { findPinnedProvider } from "./pinned-provider.ts";
import type { SaveRefreshed } from "./save-refreshed.ts";
import { createSingleFlight } from "./single-flight.ts";
import type { HeldToken } from "./token-view.ts";
import type { UnsavedTokens } from "./unsaved-tokens.ts";

/** How one attempt ended, for everybody who waited for it. */
export type RefreshOutcome =
  /** There is another access token now: refreshed here or elsewhere, or authorized again. `unsaved` = the database has not taken it yet. */
  | { readonly kind: "newer"; readonly row: TokenRow; readonly unsaved?: HeldToken }
  /** No token, and none to be had at once; `row` is as it was read last. */
  | { readonly kind: "obstacle"; readonly obstacle: Obstacle; readonly row: TokenRow }
  /** Another replica has the lease. */
  | { readonly kind: "elsewhere" }
  | { readonly kind: "revoked" };

export interface RefreshDeps extends CallDeps {
  readonly store: Pick<Store, "tokens">;
  readonly save: SaveRefreshed;
  readonly unsaved: UnsavedTokens;
  readonly random: () => number;
  /** This replica's name in leases. */
  readonly owner: string;
  readonly leaseSeconds: number;
}

export interface Refresher {
  /** Refreshes a row that was read. Whoever asks for the same row meanwhile joins. Not bound to any caller: what is claimed is finished. */
  refresh(row: TokenRow, forced: boolean): Promise<RefreshOutcome>;
  /** Refreshes a row that the sweep claimed; `begunMs` is the monotonic moment before that. */
  refreshClaimed(claimed: ClaimedToken, begunMs: number): Promise<RefreshOutcome>;
  isUnderWay(id: string): boolean;
  /** Resolves when no refresh is under way here. */
  landed(): Promise<void>;
}

/** A call begun later than this after the moment before its claim might outlive the lease. */
const START_WITHIN_MS = 10 * SECOND;

/**
 * The refresh protocol: claim, call, save. The order is the law.
 *
 * 1. Everything that can fail without the provider (registration, endpoints, the key) comes before the claim. A failed claim spends no refresh token.
 * 2. Claim: compare-and-set on `version`; the row it returns is read again, since another replica may have failed in between.
 * 3. Call: one request, no database connection held. From here on nobody's cancellation counts.
 * 4. Save: compare-and-set on `version` alone, so that a late success beats an earlier failure. Lost means somebody else's token is newer.
 * 5. A failure is recorded with compare-and-set on `version` and the lease's number: if the row moved on, there is no failure.
 */
export const createRefresher = (deps: RefreshDeps): Refresher => {
  const flights = createSingleFlight<RefreshOutcome>();
  return {
    refresh: (row, forced) => flights.join(row.id, () => claimAndRefresh(deps, row, forced)),
    refreshClaimed: (claimed, begunMs) =>
      flights.follow(claimed.id, () => prepareAndRefresh(deps, claimed, begunMs)),
    isUnderWay: (id) => flights.has(id),
    landed: () => flights.landed(),
  };
};

const claimAndRefresh = async (
  deps: RefreshDeps,
  row: TokenRow,
  forced: boolean,
): Promise<RefreshOutcome> => {
  const begunMs = deps.clock.monotonicMs();
  const prepared = await unlessUnable(row, () => prepare(deps, row));
  if ("kind" in prepared) return prepared;
  const claimed = await unlessUnable(row, () => claim(deps, row));
  if ("kind" in claimed) return claimed;
  const obstacle = obstacleTo(claimed, forced);
  if (obstacle === undefined && isInTime(deps, begunMs)) return await callAndSave(deps, claimed, prepared);
  await giveBack(deps, claimed);
  return obstacle ? { kind: "obstacle", obstacle, row: claimed } : { kind: "elsewhere" };
};

const isInTime = ({ clock }: RefreshDeps, begunMs: number): boolean =>
  clock.monotonicMs() - begunMs <= START_WITHIN_MS;

/** A row of the sweep that cannot be prepared keeps its lease: it is out of this sweep's way, and nothing in it changes. */
const prepareAndRefresh = async (
  deps: RefreshDeps,
  claimed: ClaimedToken,
  begunMs: number,
): Promise<RefreshOutcome> => {
  const prepared = await unlessUnable(claimed, () => prepare(deps, claimed));
  if ("kind" in prepared) return prepared;
  if (isInTime(deps, begunMs)) return await callAndSave(deps, claimed, prepared);
  await giveBack(deps, claimed);
  return { kind: "elsewhere" };
};

/** This replica's own trouble (no registration, no key, no database) is an obstacle and not the grant's failure. */
const unlessUnable = async <T>(row: TokenRow, attempt: () => Promise<T>): Promise<T | RefreshOutcome> => {
  try {
    return await attempt();
  } catch (error) {
    if (!(error instanceof BrokerError)) throw error;
    return { kind: "obstacle", obstacle: { kind: "unable", error }, row };
  }
};

const prepare = async (
  { registrations, store, unsaved }: RefreshDeps,
  row: TokenRow,
): Promise<Prepared | RefreshOutcome> => {
  if (unsaved.after(row)) throw waitsForTheDatabase();
  const provider = await findPinnedProvider(registrations, row);
  if (!provider.ok) throw provider.error;
  const token = store.tokens.openRefreshToken(row);
  if (token === undefined) return { kind: "obstacle", obstacle: { kind: "not_refreshable" }, row };
  return { provider, refreshToken: token };
};

/** The row's refresh token is spent, and its successor in memory is not to be spent before it is stored. */
const waitsForTheDatabase = (): BrokerError =>
  new BrokerError("STORE_UNAVAILABLE", "a refreshed token waits for the database: retry later");

const claim = async (
  { store, owner, leaseSeconds }: RefreshDeps,
  row: TokenRow,
): Promise<ClaimedToken | RefreshOutcome> =>
  (await store.tokens.claim(row.id, row.version, owner, leaseSeconds)) ??
  (await readAgain(store, row)) ?? { kind: "elsewhere" };

/** What became of a row that could not be had: undefined = the same token, held by somebody else. */
const readAgain = async (store: RefreshDeps["store"], row: TokenRow): Promise<RefreshOutcome | undefined> => {
  const current = await store.tokens.find(row);
  if (current === undefined) return { kind: "revoked" };
  const moved = current.version !== row.version || current.status === "blocked";
  return moved ? { kind: "newer", row: current } : undefined;
};

const giveBack = async ({ store, reports }: RefreshDeps, claimed: ClaimedToken): Promise<void> => {
  try {
    await store.tokens.releaseLease(claimed);
  } catch (error) {
    reports.leaseKept(claimed, error);
  }
};

const callAndSave = async (
  deps: RefreshDeps,
  claimed: ClaimedToken,
  prepared: Prepared,
): Promise<RefreshOutcome> => {
  const begunMs = deps.clock.monotonicMs();
  const rules = prepared.provider.definition.refresh;
  const takeover = judgeTakeover(claimed, rules);
  if (takeover) return await recordFailure(deps, claimed, takeover);
  const answer = await callProvider(deps, claimed, prepared);
  if (!(answer instanceof OAuthFailure)) return await deps.save({ claimed, answer, rules, begunMs });
  deps.reports.failed(claimed, answer);
  return await recordFailure(deps, claimed, judgeFailure(claimed, answer, rules, deps.random));
};

/** If the row moved on since the claim, somebody else won and nothing has failed; so a stale loser cannot end a grant. */
const recordFailure = async (
  { store, reports }: RefreshDeps,
  claimed: ClaimedToken,
  failure: RefreshFailure,
): Promise<RefreshOutcome> =>
  unlessUnable(claimed, async () => {
    const row = await store.tokens.recordFailure(claimed, failure);
    if (row === undefined) return (await readAgain(store, claimed)) ?? { kind: "elsewhere" };
    reports.recorded(claimed, row);
    const obstacle = obstacleTo(row, false);
    return obstacle ? { kind: "obstacle", obstacle, row } : { kind: "elsewhere" };
  });
