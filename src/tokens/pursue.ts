import { BrokerError } from "../errors.ts";
import type { Store, TokenRow } from "../store/index.ts";
import { type Clock, SECOND } from "../time.ts";
import { jitterMs } from "./backoff.ts";
import { type Obstacle, obstacleTo } from "./obstacle.ts";
import { LATE, type Patience } from "./patience.ts";
import type { Refresher, RefreshOutcome } from "./refresh-connection.ts";

export type Pursuit =
  | Exclude<RefreshOutcome, { readonly kind: "elsewhere" }>
  /** The caller's time is up; a refresh may still be under way. */
  | { readonly kind: "late" };

export interface PursueDeps {
  readonly store: Pick<Store, "tokens">;
  readonly refresher: Refresher;
  readonly random: () => number;
  readonly clock: Clock;
}

export interface PursueOptions {
  readonly forced: boolean;
  readonly patience: Patience;
}

const POLL_FROM_MS = 50;
const POLL_TO_MS = 250;
const KNOCK_INTERVAL_MS = 1 * SECOND;

/**
 * Gets another access token than the row's for one caller: by refreshing, by joining the refresh under way in this process, or by waiting for the replica
 * that has the lease, reading the row again and again. Holds no database connection while it waits. Ends with the caller's patience; the refresh does not.
 */
export const pursue = async (
  deps: PursueDeps,
  row: TokenRow,
  { forced, patience }: PursueOptions,
): Promise<Pursuit> => {
  let current = row;
  const knocking = createKnocking(deps.clock);
  for (;;) {
    const obstacle = obstacleTo(current, forced);
    if (obstacle && !(await isOutdated(deps, obstacle, current)))
      return { kind: "obstacle", obstacle, row: current };
    const outcome =
      isHeldElsewhere(deps, current) && !knocking.isTime()
        ? ELSEWHERE
        : await patience.within(deps.refresher.refresh(current, forced));
    if (outcome === LATE) return { kind: "late" };
    if (outcome.kind !== "elsewhere") return outcome;
    if (!(await patience.pause(jitterMs(POLL_FROM_MS, POLL_TO_MS, deps.random)))) return { kind: "late" };
    const next = await readAgain(deps, current);
    if (next.kind !== "same") return next;
    current = next.row;
  }
};

const ELSEWHERE = { kind: "elsewhere" } as const;

/**
 * A lease that has not run out is asked for once a second all the same: its owner may have died. Not at first sight, since most refreshes take less
 * than a second.
 */
const createKnocking = (clock: Clock) => {
  let lastMs = clock.monotonicMs();
  return {
    isTime(): boolean {
      const nowMs = clock.monotonicMs();
      if (nowMs - lastMs < KNOCK_INTERVAL_MS) return false;
      lastMs = nowMs;
      return true;
    },
  };
};

/** Trouble of client credentials that have been corrected since. */
const isOutdated = async ({ refresher }: PursueDeps, { kind }: Obstacle, row: TokenRow): Promise<boolean> =>
  kind === "backing_off" && (await refresher.isOutdated(row));

/** Asking for the lease would most likely be in vain: somebody else has it until `leaseUntil`. */
const isHeldElsewhere = ({ refresher }: PursueDeps, row: TokenRow): boolean =>
  !refresher.isUnderWay(row.id) && row.leaseUntil !== null && row.leaseUntil > row.now;

const readAgain = async (
  { store }: PursueDeps,
  row: TokenRow,
): Promise<Pursuit | { readonly kind: "same"; readonly row: TokenRow }> => {
  try {
    const current = await store.tokens.find(row);
    if (current === undefined) return { kind: "revoked" };
    const moved = current.version !== row.version || current.status === "blocked";
    return { kind: moved ? "newer" : "same", row: current };
  } catch (error) {
    if (!(error instanceof BrokerError)) throw error;
    const obstacle: Obstacle = { kind: "unable", error };
    return { kind: "obstacle", obstacle, row };
  }
};
