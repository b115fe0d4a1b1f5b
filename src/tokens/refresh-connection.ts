import { reuseSeconds } from "../catalog/index.ts";
import { BrokerError } from "../errors.ts";
import { OAuthFailure, refusesClient } from "../oauth/index.ts";
import type { ChangedToken, ClaimedToken, PutOff, RefreshFailure, Store, TokenRow } from "../store/index.ts";
import { SECOND } from "../time.ts";
import { type CallDeps, callProvider, type CutOff, isCutOff } from "./call-provider.ts";
import { hasExpired } from "./freshness.ts";
import { clientGone, isUnfinished, judgeFailure, judgeTakeover, outcomeUnknown } from "./judge-failure.ts";
import { isOfOtherCredentials, type Obstacle, obstacleTo } from "./obstacle.ts";
import type { Pacer, Turn, Urgency } from "./pacer.ts";
import { findPinnedProvider } from "./pinned-provider.ts";
import { type Attempt, healthKeyOf, laneOf, type Prepared } from "./prepared.ts";
import type { ProviderHealth } from "./provider-health.ts";
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
  readonly health: ProviderHealth;
  readonly pacer: Pacer;
  readonly unsaved: UnsavedTokens;
  readonly random: () => number;
  /** Aborted = this replica is stopping and begins nothing. */
  readonly draining: AbortSignal;
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
  /** Whether the row waits for the sake of client credentials that are not today's. */
  isOutdated(row: TokenRow): Promise<boolean>;
  /** Resolves when no refresh is under way here. */
  landed(): Promise<void>;
}

/** Nobody waits longer for a turn among the calls of the provider; after that the row is looked at again. */
const TURN_WITHIN_MS = 10 * SECOND;

/** The longest that may pass from before the claim to the call; less where the call could outlive the lease otherwise. */
const START_WITHIN_MS = 10 * SECOND;

/**
 * The refresh protocol: claim, call, save. The order is the law.
 *
 * 1. Everything that can fail without the provider (registration, endpoints, the key) comes before the claim. A failed claim spends no refresh token.
 * 2. Claim: compare-and-set on `version`; the row it returns is read again, since another replica may have failed in between. It also says whether the
 *    provider is in trouble with other grants, which may mean to wait.
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
    isOutdated: (row) => isOutdated(deps, row),
    landed: () => flights.landed(),
  };
};

const claimAndRefresh = async (
  deps: RefreshDeps,
  row: TokenRow,
  forced: boolean,
): Promise<RefreshOutcome> => {
  if (deps.draining.aborted && isHeld(row)) return { kind: "elsewhere" };
  const prepared = await unlessUnable(row, () => prepare(deps, row));
  if ("kind" in prepared) return prepared;
  const pause = forced || hasExpired(row) ? undefined : pauseOf(deps, row, prepared);
  if (pause) return { kind: "obstacle", obstacle: pause, row };
  return await inTurn(deps, prepared, "read", async (turn) => {
    const begunMs = deps.clock.monotonicMs();
    const claimed = await unlessUnable(row, () => claim(deps, row, prepared));
    if ("kind" in claimed) return claimed;
    const obstacle = obstacleTo(claimed, forced, prepared.key.credential);
    if (obstacle === undefined) return await callAndSave(deps, { claimed, prepared }, turn, begunMs);
    await giveBack(deps, claimed);
    return { kind: "obstacle", obstacle, row: claimed };
  });
};

/** Somebody refreshes it, most likely. */
const isHeld = ({ leaseUntil, now }: TokenRow): boolean => leaseUntil !== null && leaseUntil > now;

/** The provider asked this replica to slow down. Who has a token that works waits; who has none may still ask, once the row's own back-off allows. */
const pauseOf = ({ pacer }: RefreshDeps, row: TokenRow, { lane }: Prepared): Obstacle | undefined => {
  const until = pacer.pausedUntil(lane, row.now);
  const since = row.degradedSince ?? row.now;
  return until && { kind: "backing_off", reason: "PROVIDER_UNAVAILABLE", since, until, providerError: "" };
};

const inTurn = async (
  { pacer }: RefreshDeps,
  { lane, provider: { definition } }: Prepared,
  urgency: Urgency,
  work: (turn: Turn) => Promise<RefreshOutcome>,
): Promise<RefreshOutcome | typeof NO_TURN> => {
  const turn = await pacer.enter(lane, urgency, TURN_WITHIN_MS, definition.refresh.rateLimit);
  if (turn === undefined) return NO_TURN;
  try {
    return await work(turn);
  } finally {
    turn.leave();
  }
};

/** Nothing was done, and the row is as it was. */
const NO_TURN = { kind: "elsewhere" } as const;

const isInTime = ({ clock, leaseSeconds, providerTimeoutMs }: RefreshDeps, begunMs: number): boolean =>
  clock.monotonicMs() - begunMs <= Math.min(START_WITHIN_MS, leaseSeconds * SECOND - providerTimeoutMs);

/** A row of the sweep that cannot be prepared keeps its lease: it is out of this sweep's way, and nothing in it changes. */
const prepareAndRefresh = async (
  deps: RefreshDeps,
  claimed: ClaimedToken,
  begunMs: number,
): Promise<RefreshOutcome> => {
  const prepared = await unlessUnable(claimed, () => prepare(deps, claimed));
  if ("kind" in prepared) return prepared;
  const outcome = await inTurn(deps, prepared, "background", async (turn) =>
    deps.pacer.pausedUntil(prepared.lane, claimed.now)
      ? NO_TURN
      : await callAndSave(deps, { claimed, prepared }, turn, begunMs),
  );
  if (outcome === NO_TURN) await giveBack(deps, claimed);
  return outcome;
};

const isOutdated = async (deps: RefreshDeps, row: TokenRow): Promise<boolean> => {
  if (row.failureCredential === "") return false;
  const provider = await unlessUnable(row, () => findPinnedProvider(deps.registrations, row));
  return "ok" in provider && provider.ok && isOfOtherCredentials(row, healthKeyOf(provider).credential);
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
  { registrations, store, unsaved, draining }: RefreshDeps,
  row: TokenRow,
): Promise<Prepared | RefreshOutcome> => {
  if (draining.aborted) throw new BrokerError("DRAINING", "this replica is shutting down; retry");
  if (unsaved.after(row)) throw waitsForTheDatabase();
  const provider = await findPinnedProvider(registrations, row);
  if (!provider.ok) throw provider.error;
  const token = store.tokens.openRefreshToken(row);
  if (token === undefined) return { kind: "obstacle", obstacle: { kind: "not_refreshable" }, row };
  const key = healthKeyOf(provider);
  return { provider, refreshToken: token, key, lane: laneOf(registrations, row.pins, provider, key) };
};

/** The row's refresh token is spent, and its successor in memory is not to be spent before it is stored. */
const waitsForTheDatabase = (): BrokerError =>
  new BrokerError("STORE_UNAVAILABLE", "a refreshed token waits for the database: retry later");

const claim = async (
  { store, owner, leaseSeconds, draining }: RefreshDeps,
  row: TokenRow,
  { provider: { definition } }: Prepared,
): Promise<ClaimedToken | RefreshOutcome> => {
  if (draining.aborted) throw new BrokerError("DRAINING", "this replica is shutting down; retry");
  const reuse = reuseSeconds(definition.refresh);
  const claimed = await store.tokens.claim(row.id, row.version, owner, leaseSeconds, reuse);
  return claimed ?? (await readAgain(store, row)) ?? { kind: "elsewhere" };
};

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

/** `begunMs` is the monotonic moment before the claim. */
const callAndSave = async (
  deps: RefreshDeps,
  attempt: Attempt,
  turn: Turn,
  begunMs: number,
): Promise<RefreshOutcome> => {
  const { claimed, prepared } = attempt;
  const claimedMs = deps.clock.monotonicMs();
  const rules = prepared.provider.definition.refresh;
  const takeover = judgeTakeover(claimed, rules);
  if (takeover) return await recordFailure(deps, claimed, async () => takeover);
  const delay = await delayOf(deps, attempt, begunMs);
  if (delay) return delay;
  const sentMs = deps.clock.monotonicMs();
  const answer = await callProvider(deps, claimed, prepared);
  if (isCutOff(answer)) return await leave(deps, claimed, answer);
  const endedMs = deps.clock.monotonicMs();
  const now = new Date(claimed.now.getTime() + endedMs - claimedMs);
  turn.answered(answer, { begunMs: sentMs, endedMs, now });
  if (!(answer instanceof OAuthFailure)) {
    deps.health.succeeded(attempt);
    return await deps.save({ claimed, answer, rules, begunMs: claimedMs });
  }
  deps.reports.failed(claimed, answer);
  if (await isClientGone(deps, attempt, answer))
    return await recordFailure(deps, claimed, async () => clientGone(answer));
  return await recordFailure(deps, claimed, async () =>
    judgeFailure(claimed, answer, rules, await deps.health.failed(attempt, answer), deps.random),
  );
};

/** The server does not know a client any more that the broker had registered there by itself: no operator can correct that, and another client needs another consent. */
const isClientGone = async (
  { registrations, reports }: RefreshDeps,
  { claimed, prepared }: Attempt,
  failure: OAuthFailure,
): Promise<boolean> => {
  if (!refusesClient(failure)) return false;
  try {
    return await registrations.dropRefused(prepared.provider.registration);
  } catch (error) {
    reports.leaseKept(claimed, error);
    return false;
  }
};

/**
 * This process ends before the provider's answer. What was sent is left as a crash would leave it, lease and all: whoever takes over asks again at once
 * where the vendor's grace allows it, and else knows that the outcome is unknown.
 */
const leave = async (deps: RefreshDeps, claimed: ClaimedToken, { sent }: CutOff): Promise<RefreshOutcome> => {
  if (sent) deps.reports.cutOff(claimed);
  else await giveBack(deps, claimed);
  return { kind: "elsewhere" };
};

/** What keeps a claimed row from being refreshed after all; undefined = it is called now, and in time. */
const delayOf = async (
  deps: RefreshDeps,
  attempt: Attempt,
  begunMs: number,
): Promise<RefreshOutcome | undefined> => {
  const { claimed, prepared } = attempt;
  const delay = await unlessUnable(claimed, async () => await deps.health.standsAgainst(attempt));
  if (delay === undefined && isInTime(deps, begunMs)) return undefined;
  if (delay !== undefined && "until" in delay)
    return isUnfinished(claimed, prepared.provider.definition.refresh)
      ? await recordFailure(deps, claimed, async () => outcomeUnknown(claimed, { at: delay.until }))
      : await putOff(deps, claimed, delay);
  await giveBack(deps, claimed);
  return delay ?? { kind: "elsewhere" };
};

const putOff = (deps: RefreshDeps, claimed: ClaimedToken, delay: PutOff): Promise<RefreshOutcome> =>
  unlessUnable(claimed, async () => {
    const row = await deps.store.tokens.putOff(claimed, delay);
    return await outcomeOf(deps, claimed, row);
  });

const recordFailure = (
  deps: RefreshDeps,
  claimed: ClaimedToken,
  judged: () => Promise<RefreshFailure>,
): Promise<RefreshOutcome> =>
  unlessUnable(claimed, async () => {
    const row = await deps.store.tokens.recordFailure(claimed, await judged());
    return await outcomeOf(deps, claimed, row);
  });

/** If the row moved on since the claim, somebody else won and nothing has failed; so a stale loser cannot end a grant. */
const outcomeOf = async (
  { store, reports }: RefreshDeps,
  claimed: ClaimedToken,
  row: ChangedToken | undefined,
): Promise<RefreshOutcome> => {
  if (row === undefined) return (await readAgain(store, claimed)) ?? { kind: "elsewhere" };
  reports.recorded(row);
  const obstacle = obstacleTo(row, false);
  return obstacle ? { kind: "obstacle", obstacle, row } : { kind: "elsewhere" };
};
