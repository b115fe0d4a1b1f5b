import { setTimeout as delay } from "node:timers/promises";
import { errorClass, type Logger, type Metrics } from "../telemetry/index.ts";
import { SECOND } from "../time.ts";

/** What operators see in logs and metrics. */
export type JobName =
  | "connect:refresh_tokens"
  | "connect:tend_troubles"
  | "connect:cleanup_troubles"
  | "connect:cleanup_states"
  | "connect:cleanup_audit"
  | "connect:cleanup_revoked"
  | "connect:revocations"
  | "connect:client_secrets"
  | "connect:last_used";

export interface Job {
  readonly name: JobName;
  /** Between the end of one run and the start of the next, give or take a tenth. */
  readonly intervalMs: number;
  /** By which it can be called early. */
  readonly turn?: Turn;
  /** Resolves to how many rows it worked on. Ends early, between two rows, when the signal aborts. */
  run(signal: AbortSignal): Promise<number>;
}

/** When a job runs next; whoever knows of new work calls it early. */
export interface Turn {
  callEarly(): void;
  /** Waits, and is over when called; at once if that was since the last one ended. An abort ends it and is no error. */
  wait(ms: number, signal: AbortSignal): Promise<void>;
}

export const createTurn = (): Turn => {
  let called = new AbortController();
  return {
    callEarly: () => called.abort(),
    async wait(ms, signal) {
      await pause(ms, AbortSignal.any([signal, called.signal]));
      if (called.signal.aborted) called = new AbortController();
    },
  };
};

export interface PeriodicDeps {
  readonly logger: Logger;
  readonly metrics: Pick<Metrics, "jobRuns">;
  readonly random?: () => number;
}

const FIRST_RUN_WITHIN_MS = 5 * SECOND;
const JITTER = 1 / 10;

/**
 * Runs a job until the signal aborts; resolves when the run under way is over. A run follows the end of the one before, so a job never overlaps itself
 * here. Other replicas run it too: the rows are leased, or the statement is idempotent. A failed run is logged and counted, and the next one comes as usual.
 */
export const runPeriodically = async (job: Job, deps: PeriodicDeps, signal: AbortSignal): Promise<void> => {
  const random = deps.random ?? Math.random;
  const { turn = createTurn() } = job;
  await turn.wait(random() * Math.min(FIRST_RUN_WITHIN_MS, job.intervalMs), signal);
  while (!signal.aborted) {
    await runOnce(job, deps, signal);
    await turn.wait(job.intervalMs * (1 + JITTER * (2 * random() - 1)), signal);
  }
};

const runOnce = async (job: Job, { logger, metrics }: PeriodicDeps, signal: AbortSignal): Promise<void> => {
  const startedMs = performance.now();
  const took = (): number => Math.round(performance.now() - startedMs);
  try {
    const count = await job.run(signal);
    metrics.jobRuns.inc({ job: job.name, outcome: "ok" });
    if (count > 0) logger.info("job done", { job: job.name, count, duration_ms: took() });
  } catch (error) {
    metrics.jobRuns.inc({ job: job.name, outcome: "failed" });
    logger.error("job failed", { job: job.name, error_class: errorClass(error), duration_ms: took() });
  }
};

/** Waits without keeping the process alive; an abort ends it at once and is no error. */
const pause = async (ms: number, signal: AbortSignal): Promise<void> => {
  try {
    await delay(ms, undefined, { signal, ref: false });
  } catch (error) {
    if (!signal.aborted) throw error;
  }
};
