import type { Registrations } from "../registrations/index.ts";
import type { ClaimedToken, DueRegistration, RefreshableRegistration, Store } from "../store/index.ts";
import { type Clock, MINUTE, SECOND } from "../time.ts";
import type { Pacer } from "./pacer.ts";
import type { SweepRun } from "./sweep-run.ts";

export interface SweepRoundDeps {
  readonly store: Pick<Store, "tokens" | "now">;
  readonly registrations: Pick<Registrations, "refreshable">;
  readonly pacer: Pacer;
  readonly clock: Clock;
  readonly owner: string;
  readonly leaseSeconds: number;
  readonly sweepHorizonSeconds: number;
  readonly idleDays: number;
}

/** A part of a sweep: a provider that hangs can keep a sweep busy for hours, and what it claimed in vain has to be given back within the lease. */
export interface SweepRound {
  isOver(): boolean;
  /** Claims what there is room for and begins to refresh it. */
  claimMore(): Promise<readonly ClaimedToken[]>;
  /** After how long there may be room in a registration that has none now; undefined = there is nothing to wait for. */
  waitMs(): number | undefined;
}

/** Refreshes under way at once, of all registrations together … */
const CONCURRENCY = 128;
/** … but so many of each in any case: providers that hang hold up themselves. */
const ALWAYS = 2;

/** Where nothing is due, nothing will be for so long. */
const EXHAUSTED_MS = 1 * SECOND;

/** A pause that a provider asked for is waited for up to this length; what waits longer is the next sweep's. */
const LONGEST_PAUSE_MS = 1 * MINUTE;
const LOOK_AGAIN_MS = 1 * SECOND;

/** Each round knows of new registrations, and meets every row anew. */
export const beginRound = async (deps: SweepRoundDeps, run: SweepRun): Promise<SweepRound> => {
  const { clock, leaseSeconds, pacer } = deps;
  await run.forget();
  const begunMs = clock.monotonicMs();
  const now = await databaseClock(deps);
  const registrations = await deps.registrations.refreshable();
  const exhaustedUntilMs = new Map<string, number>();
  /** Registrations of which the last claim got all that it had room for. */
  const unfinished = new Set<string>();

  const isExhausted = ({ id }: RefreshableRegistration): boolean =>
    clock.monotonicMs() < (exhaustedUntilMs.get(id) ?? 0);
  const roomOf = (registration: RefreshableRegistration, free: number): number => {
    if (isExhausted(registration)) return 0;
    const underWay = run.sizeOf(registration.id);
    const room = pacer.room(registration.id, underWay, now());
    return worthwhile(Math.max(Math.min(room, free), Math.min(room, ALWAYS - underWay)), underWay);
  };
  const note = (open: readonly DueRegistration[], claimed: readonly ClaimedToken[], isAll: boolean): void => {
    for (const { id, limit } of open) {
      const count = claimed.filter(({ pins }) => pins.registrationId === id).length;
      if (count >= limit) unfinished.add(id);
      else if (isAll) {
        unfinished.delete(id);
        exhaustedUntilMs.set(id, clock.monotonicMs() + EXHAUSTED_MS);
      }
    }
  };
  const waitFor = (registration: RefreshableRegistration): number[] => {
    if (isExhausted(registration)) return [];
    const until = pacer.pausedUntil(registration.id, now());
    if (until === undefined) return [LOOK_AGAIN_MS];
    const pauseMs = until.getTime() - now().getTime();
    return unfinished.has(registration.id) && pauseMs <= LONGEST_PAUSE_MS ? [pauseMs] : [];
  };

  return {
    isOver: () => clock.monotonicMs() - begunMs >= (leaseSeconds * SECOND) / 3,
    async claimMore() {
      const free = Math.max(0, CONCURRENCY - run.size());
      const open = registrations
        .map((registration) => ({ ...registration, limit: roomOf(registration, free) }))
        .filter(({ limit }) => limit > 0);
      if (open.length === 0) return [];
      const claimMs = clock.monotonicMs();
      const limit = Math.max(free, ALWAYS * open.length);
      const { claimed, isAll } = await claimSoonest(deps, open, limit);
      note(open, claimed, isAll && claimed.length < limit);
      run.begin(claimed, claimMs);
      return claimed;
    },
    waitMs() {
      const waits = registrations.flatMap(waitFor);
      return waits.length === 0 ? undefined : Math.min(...waits);
    },
  };
};

/** A handful at a time: a statement for every single row would cost more than the refresh. */
const worthwhile = (room: number, underWay: number): number => (4 * room >= room + underWay ? room : 0);

/** The present by the database's clock, later on by this process's. */
const databaseClock = async ({ store, clock }: SweepRoundDeps): Promise<() => Date> => {
  const atMs = clock.monotonicMs();
  const at = await store.now();
  return () => new Date(at.getTime() + clock.monotonicMs() - atMs);
};

/** Tokens that end soon before those that ended long ago: whoever needs one of these refreshes it on reading. */
const claimSoonest = async (
  { store, owner, leaseSeconds, idleDays, sweepHorizonSeconds }: SweepRoundDeps,
  registrations: readonly DueRegistration[],
  limit: number,
): Promise<{ readonly claimed: readonly ClaimedToken[]; readonly isAll: boolean }> => {
  const due = { registrations, limit, owner, leaseSeconds, idleDays };
  const soon = await store.tokens.claimDue({ ...due, dueWithinSeconds: sweepHorizonSeconds });
  if (soon.length > 0) return { claimed: soon, isAll: false };
  return { claimed: await store.tokens.claimDue(due), isAll: true };
};
