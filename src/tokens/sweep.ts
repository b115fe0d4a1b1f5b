import type { ClaimedToken } from "../store/index.ts";
import type { Metrics } from "../telemetry/index.ts";
import { SECOND } from "../time.ts";
import { beginRound, type SweepRound, type SweepRoundDeps } from "./sweep-round.ts";
import { createSweepRun, type SweepRun, type SweepRunDeps } from "./sweep-run.ts";

export interface SweepDeps extends SweepRoundDeps, SweepRunDeps {
  readonly store: SweepRoundDeps["store"];
  readonly metrics: Pick<Metrics, "sweepLagSeconds">;
}

/**
 * Refreshes what is due, whoever on whichever replica sweeps too: a row is claimed before it is refreshed, and one that others hold is skipped.
 * Resolves to how many rows were worked on. Ends when nothing is due any more, or between two rows when the signal aborts.
 *
 * Each registration has as much room as its provider's pace allows, and none waits for another.
 */
export type Sweep = (signal: AbortSignal) => Promise<number>;

export const createSweep = (deps: SweepDeps): Sweep => {
  const watch = createBacklogWatch(deps);
  return async (signal) => {
    const run = createSweepRun(deps);
    try {
      await workOff(deps, run, watch, signal);
    } finally {
      await run.forget();
    }
    return run.count();
  };
};

/** While calls are under way, whether anything else has become due is looked up this often. */
const LOOK_AGAIN_MS = 5 * SECOND;

const workOff = async (
  deps: SweepDeps,
  run: SweepRun,
  watch: BacklogWatch,
  signal: AbortSignal,
): Promise<void> => {
  const begin = async (): Promise<SweepRound> => {
    watch.begin();
    return await beginRound(deps, run);
  };
  let round = await begin();
  for (;;) {
    if (round.isOver()) round = await begin();
    const claimed = signal.aborted ? [] : await round.claimMore();
    watch.see(claimed);
    if (claimed.length > 0) continue;
    const waitMs = signal.aborted ? undefined : round.waitMs();
    if (run.size() === 0 && waitMs === undefined) return;
    await run.oneMore(Math.min(waitMs ?? LOOK_AGAIN_MS, LOOK_AGAIN_MS));
  }
};

/** So many rows at once … */
const BACKLOG_ROWS = 8;
/** … that are overdue by more than this share of the horizon were not swept by anybody for a long time. */
const BACKLOG_SHARE = 3 / 4;

type BacklogWatch = ReturnType<typeof createBacklogWatch>;

/** Says how late the sweep is. A backlog that this process finds right after its start is worked off slowly at first: all replicas find it, and the providers it waits for. */
const createBacklogWatch = ({ metrics, pacer, sweepHorizonSeconds }: SweepDeps) => {
  let lagSeconds = 0;
  let isFirst = true;
  return {
    begin(): void {
      lagSeconds = 0;
      metrics.sweepLagSeconds.set(0);
    },
    see(claimed: readonly ClaimedToken[]): void {
      if (claimed.length === 0) return;
      lagSeconds = Math.max(lagSeconds, ...claimed.map(overdueSeconds));
      metrics.sweepLagSeconds.set(lagSeconds);
      const isBacklog = claimed.length >= BACKLOG_ROWS && lagSeconds > BACKLOG_SHARE * sweepHorizonSeconds;
      if (isFirst && isBacklog) pacer.slowStart();
      isFirst = false;
    },
  };
};

const overdueSeconds = ({ now, nextRefreshAt }: ClaimedToken): number =>
  nextRefreshAt ? (now.getTime() - nextRefreshAt.getTime()) / SECOND : 0;
