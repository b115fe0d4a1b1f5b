import { setTimeout as delay } from "node:timers/promises";
import type { Registrations } from "../registrations/index.ts";
import type { ClaimedToken, RefreshableRegistration, Store, Troubles } from "../store/index.ts";
import type { Metrics } from "../telemetry/index.ts";
import { type Clock, SECOND } from "../time.ts";
import type { RejectionDoubt } from "./rejection-doubt.ts";
import { createSweepRun, type SweepRunDeps } from "./sweep-run.ts";
import type { TroubleReports } from "./trouble-reports.ts";

export interface TendTroublesDeps extends SweepRunDeps {
  readonly store: Pick<Store, "tokens" | "providerHealth">;
  readonly registrations: Pick<Registrations, "refreshable">;
  readonly rejectionDoubt: Pick<RejectionDoubt, "spare">;
  readonly metrics: Pick<Metrics, "providerBlocked" | "providerHeld">;
  readonly clock: Clock;
  readonly owner: string;
  readonly leaseSeconds: number;
  readonly sweepHorizonSeconds: number;
  readonly idleDays: number;
  /** There is work for a sweep. */
  readonly sweepSoon: () => void;
}

/**
 * Looks after providers in trouble, so that they recover without a caller: shows them, takes back rejections whose replica did not know of a hold yet,
 * and refreshes a grant where a probe is due (whether and how to probe, its refresh decides). What another replica found to be over is swept here, too.
 * Resolves to how many grants were tried.
 */
export type TendTroubles = (signal: AbortSignal) => Promise<number>;

export const createTroubleTender = (deps: TendTroublesDeps): TendTroubles => {
  let before: ReadonlySet<string> = new Set();
  return async (signal) => {
    const troubles = await deps.store.providerHealth.list();
    show(deps, troubles);
    const standing = new Set(all(troubles).map(({ registrationId }) => registrationId));
    if ([...before].some((id) => !standing.has(id))) deps.sweepSoon();
    before = standing;
    for (const { registrationId } of troubles.holds) await deps.rejectionDoubt.spare(registrationId);
    return await probe(deps, troubles, signal);
  };
};

const all = ({ blocks, holds }: Troubles) => [...blocks, ...holds];

const show = ({ metrics }: TendTroublesDeps, { blocks, holds }: Troubles): void => {
  metrics.providerBlocked.reset();
  metrics.providerHeld.reset();
  for (const { provider } of blocks) metrics.providerBlocked.inc({ provider });
  for (const { provider } of holds) metrics.providerHeld.inc({ provider });
};

/** A probe that is due within this time is waited for: the next turn would be too late for it. */
const WAIT_FOR_PROBE_MS = 5 * SECOND;

const probe = async (deps: TendTroublesDeps, troubles: Troubles, signal: AbortSignal): Promise<number> => {
  const inMs = ({ nextProbeAt }: { readonly nextProbeAt: Date }): number =>
    nextProbeAt.getTime() - troubles.now.getTime();
  const due = all(troubles).filter((trouble) => inMs(trouble) <= WAIT_FOR_PROBE_MS);
  if (due.length === 0 || !(await pause(Math.max(0, ...due.map(inMs)), signal))) return 0;
  const begunMs = deps.clock.monotonicMs();
  const claimed = await claimOfEach(deps, new Set(due.map(({ registrationId }) => registrationId)));
  const run = createSweepRun(deps);
  run.begin(claimed, begunMs);
  while (run.size() > 0) await run.oneMore(WAIT_FOR_PROBE_MS);
  await run.forget();
  return run.count();
};

/** False = the signal ended it. */
const pause = async (ms: number, signal: AbortSignal): Promise<boolean> => {
  await delay(ms, undefined, { signal, ref: false }).catch(() => {});
  return !signal.aborted;
};

/** One grant of each. Rather one that fell due lately: what has been due for ever may be a token that nobody can open, and no probe. */
const claimOfEach = async (
  { store, registrations, owner, leaseSeconds, sweepHorizonSeconds, idleDays }: TendTroublesDeps,
  ids: ReadonlySet<string>,
): Promise<readonly ClaimedToken[]> => {
  const claim = async (some: readonly RefreshableRegistration[], dueWithinSeconds?: number) =>
    await store.tokens.claimDue({
      registrations: some.map((registration) => ({ ...registration, limit: 1 })),
      limit: some.length,
      owner,
      leaseSeconds,
      idleDays,
      dueWithinSeconds,
    });
  const troubled = (await registrations.refreshable()).filter(({ id }) => ids.has(id));
  const lately = await claim(troubled, sweepHorizonSeconds);
  const found = new Set(lately.map(({ pins }) => pins.registrationId));
  const others = troubled.filter(({ id }) => !found.has(id));
  return others.length === 0 ? lately : [...lately, ...(await claim(others))];
};

/** Forgets what no replica has asked about for a while. Resolves to how many blocks ended with it. */
export const forgetUnused = async (
  { store }: { readonly store: Pick<Store, "providerHealth"> },
  troubleReports: TroubleReports,
): Promise<number> => {
  const forgotten = await store.providerHealth.deleteUnused();
  for (const { provider } of forgotten)
    troubleReports.changed("unblocked", { provider }, { reason: "unused" });
  return forgotten.length;
};
