/**
 * When background work runs. Owns the timers, the names operators see, and that a job neither overlaps itself nor ends the process. Does not own the work:
 * refreshing and revoking are `tokens/`, deleting old authorizations is the store's.
 *
 * Laws: every replica runs every job; there is no leader. What must not happen twice is leased in the row. A job that fails says so in the log and
 * in a counter, and runs again at its next turn.
 */
import type { Logger, Metrics } from "../telemetry/index.ts";
import { SECOND } from "../time.ts";
import { type DeleteBatch, deleteInBatches } from "./delete-in-batches.ts";
import { createTurn, type Job, runPeriodically, type Turn } from "./periodic.ts";

export type { Job, JobName } from "./periodic.ts";
export type { DeleteBatch } from "./delete-in-batches.ts";

/** The work, by what it does; each resolves to how many rows it worked on. */
export interface JobsWork {
  refreshDueTokens(signal: AbortSignal): Promise<number>;
  tendTroubles(signal: AbortSignal): Promise<number>;
  /** Troubles that nobody has any more. */
  forgetTroubles(): Promise<number>;
  /** What was counted about refreshes long ago. */
  readonly deleteOldOutcomes: DeleteBatch;
  readonly deleteExpiredAuthorizations: DeleteBatch;
  readonly deleteRevokedTokens: DeleteBatch;
  /** OAuth clients that nothing uses any more. */
  readonly deleteRetiredClients: DeleteBatch;
  /** Revocations that no vendor took within their 24 hours. */
  readonly deleteExpiredRevocations: DeleteBatch;
  deliverRevocations(signal: AbortSignal): Promise<number>;
  flushLastUsed(): Promise<number>;
}

export interface JobsDeps {
  readonly work: JobsWork;
  /** `BROKER_SWEEP_INTERVAL_SECONDS`, default 300. */
  readonly sweepIntervalSeconds: number;
  /** `BROKER_CLEANUP_INTERVAL_SECONDS`, default 600. */
  readonly cleanupIntervalSeconds: number;
  readonly logger: Logger;
  readonly metrics: Pick<Metrics, "jobRuns">;
}

export interface Jobs {
  start(): void;
  /** `connect:refresh_tokens` runs now, or right after the run under way. */
  sweepSoon(): void;
  /** No new run begins; resolves when those under way are over. They may wait for a provider: whoever has not so much time does not await it. */
  stop(): Promise<void>;
}

const TROUBLES_INTERVAL_MS = 5 * SECOND;
const REVOCATIONS_INTERVAL_MS = 15 * SECOND;
const LAST_USED_INTERVAL_MS = 5 * SECOND;

export const createJobs = (deps: JobsDeps): Jobs => {
  const stopping = new AbortController();
  const sweepTurn = createTurn();
  let running: Promise<void>[] = [];
  return {
    start() {
      if (running.length > 0) return;
      running = jobsOf(deps, sweepTurn).map((job) => runPeriodically(job, deps, stopping.signal));
    },
    sweepSoon: () => sweepTurn.callEarly(),
    async stop() {
      stopping.abort();
      await Promise.all(running);
    },
  };
};

const jobsOf = ({ work, sweepIntervalSeconds, cleanupIntervalSeconds }: JobsDeps, sweepTurn: Turn): Job[] => [
  {
    name: "connect:refresh_tokens",
    intervalMs: sweepIntervalSeconds * SECOND,
    turn: sweepTurn,
    run: (signal) => work.refreshDueTokens(signal),
  },
  {
    name: "connect:tend_troubles",
    intervalMs: TROUBLES_INTERVAL_MS,
    run: (signal) => work.tendTroubles(signal),
  },
  {
    name: "connect:cleanup_troubles",
    intervalMs: cleanupIntervalSeconds * SECOND,
    run: async (signal) =>
      (await work.forgetTroubles()) + (await deleteInBatches(work.deleteOldOutcomes, signal)),
  },
  {
    name: "connect:cleanup_states",
    intervalMs: cleanupIntervalSeconds * SECOND,
    run: (signal) => deleteInBatches(work.deleteExpiredAuthorizations, signal),
  },
  {
    name: "connect:cleanup_revoked",
    intervalMs: cleanupIntervalSeconds * SECOND,
    run: async (signal) =>
      (await deleteInBatches(work.deleteRevokedTokens, signal)) +
      (await deleteInBatches(work.deleteRetiredClients, signal)) +
      (await deleteInBatches(work.deleteExpiredRevocations, signal)),
  },
  {
    name: "connect:revocations",
    intervalMs: REVOCATIONS_INTERVAL_MS,
    run: (signal) => work.deliverRevocations(signal),
  },
  { name: "connect:last_used", intervalMs: LAST_USED_INTERVAL_MS, run: () => work.flushLastUsed() },
];
