import type { Registrations } from "../registrations/index.ts";
import type { ClaimedToken, RefreshableRegistration, Store } from "../store/index.ts";
import { errorClass, type Logger, type Metrics } from "../telemetry/index.ts";
import { type Clock, SECOND } from "../time.ts";
import type { Refresher } from "./refresh-connection.ts";

export interface SweepDeps {
  readonly store: Pick<Store, "tokens">;
  readonly registrations: Registrations;
  readonly refresher: Refresher;
  readonly logger: Logger;
  readonly metrics: Pick<Metrics, "sweepLagSeconds">;
  readonly clock: Clock;
  readonly owner: string;
  readonly leaseSeconds: number;
  readonly idleDays: number;
}

/** Refreshes under way at once, and how many of them may be of one registration: a provider that hangs holds up itself. */
const CONCURRENCY = 32;
const PER_REGISTRATION = 8;

/**
 * Refreshes what is due, whoever on whichever replica sweeps too: a row is claimed before it is refreshed, and one that others hold is skipped.
 * Resolves to how many rows were worked on. Ends when nothing is due any more, or between two rows when the signal aborts.
 */
export const sweep = async (deps: SweepDeps, signal: AbortSignal): Promise<number> => {
  const registrations = await deps.registrations.refreshable();
  const run = createRun(deps);
  let begunMs = deps.clock.monotonicMs();
  let claimed = await claimMore(deps, run, registrations);
  deps.metrics.sweepLagSeconds.set(lagSeconds(claimed));
  for (;;) {
    run.begin(claimed, begunMs);
    if (claimed.length === 0 && run.size() === 0) break;
    if (claimed.length === 0) await run.oneMore();
    begunMs = deps.clock.monotonicMs();
    claimed = signal.aborted ? [] : await claimMore(deps, run, registrations);
  }
  await run.giveBack();
  return run.count();
};

const claimMore = async (
  deps: SweepDeps,
  run: Run,
  registrations: readonly RefreshableRegistration[],
): Promise<readonly ClaimedToken[]> => {
  const open = registrations.filter((registration) => run.sizeOf(registration.id) < PER_REGISTRATION);
  const limit = CONCURRENCY - run.size();
  if (limit === 0 || open.length === 0) return [];
  return await deps.store.tokens.claimDue({
    limit,
    limitPerRegistration: Math.min(...open.map(({ id }) => PER_REGISTRATION - run.sizeOf(id))),
    registrations: open,
    owner: deps.owner,
    leaseSeconds: deps.leaseSeconds,
    idleDays: deps.idleDays,
  });
};

const lagSeconds = (claimed: readonly ClaimedToken[]): number =>
  Math.max(
    0,
    ...claimed.map(({ now, nextRefreshAt }) =>
      nextRefreshAt ? (now.getTime() - nextRefreshAt.getTime()) / SECOND : 0,
    ),
  );

type Run = ReturnType<typeof createRun>;

/** The state of one sweep. */
const createRun = ({ store, refresher, logger }: SweepDeps) => {
  const seen = new Set<string>();
  const underWay = new Map<ClaimedToken, Promise<void>>();
  const untouched: ClaimedToken[] = [];

  /** What this replica cannot refresh keeps its lease until the sweep ends, or it would be claimed again at once. */
  const refresh = async (claimed: ClaimedToken, begunMs: number): Promise<void> => {
    try {
      const outcome = await refresher.refreshClaimed(claimed, begunMs);
      if (outcome.kind === "obstacle" && outcome.obstacle.kind === "unable") untouched.push(claimed);
    } catch (error) {
      logger.error("refresh ended in a defect", {
        job: "connect:refresh_tokens",
        error_class: errorClass(error),
      });
    } finally {
      underWay.delete(claimed);
    }
  };

  return {
    /** A row met again in the same sweep is left for the next one: its token has no life to speak of. */
    begin(claimed: readonly ClaimedToken[], begunMs: number): void {
      for (const row of claimed) {
        if (seen.has(row.id)) untouched.push(row);
        else underWay.set(row, refresh(row, begunMs));
        seen.add(row.id);
      }
    },
    size: () => underWay.size,
    sizeOf: (registrationId: string) =>
      [...underWay.keys()].filter(({ pins }) => pins.registrationId === registrationId).length,
    oneMore: () => Promise.race(underWay.values()),
    count: () => seen.size,
    async giveBack(): Promise<void> {
      for (const claimed of untouched) await store.tokens.releaseLease(claimed);
    },
  };
};
