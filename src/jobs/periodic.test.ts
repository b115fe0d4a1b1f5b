import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { createMetrics, type Logger, silentLogger } from "../telemetry/index.ts";
import { createTurn, type Job, runPeriodically } from "./periodic.ts";

const runsUntilAborted = async (job: Partial<Job>, forMs: number, logger: Logger = silentLogger) => {
  const metrics = createMetrics();
  const stopping = new AbortController();
  const whole: Job = { name: "connect:refresh_tokens", intervalMs: 10, run: async () => 0, ...job };
  const running = runPeriodically(whole, { logger, metrics }, stopping.signal);
  await delay(forMs);
  stopping.abort();
  await running;
  return (await metrics.render()).text;
};

describe("runPeriodically", () => {
  it("runs again and again, never twice at once", async () => {
    let active = 0;
    let most = 0;
    let runs = 0;
    await runsUntilAborted(
      {
        run: async () => {
          runs += 1;
          most = Math.max(most, (active += 1));
          await delay(25);
          active -= 1;
          return 1;
        },
      },
      200,
    );
    expect(most).toBe(1);
    expect(runs).toBeGreaterThanOrEqual(3);
  });

  it("logs and counts a failed run, and runs the next", async () => {
    let runs = 0;
    const errors: unknown[] = [];
    const logger: Logger = { ...silentLogger, error: (event, fields) => errors.push({ event, ...fields }) };
    const run = async (): Promise<number> => {
      runs += 1;
      if (runs === 1) throw new TypeError("the token is sk-very-secret");
      return 0;
    };
    const text = await runsUntilAborted({ run }, 120, logger);
    expect(runs).toBeGreaterThan(1);
    expect(errors).toMatchObject([
      { event: "job failed", job: "connect:refresh_tokens", error_class: "TypeError" },
    ]);
    expect(JSON.stringify(errors)).not.toContain("sk-very-secret");
    expect(text).toContain('job_runs_total{job="connect:refresh_tokens",outcome="failed"} 1');
    expect(text).toMatch(/job_runs_total\{job="connect:refresh_tokens",outcome="ok"\} [1-9]/);
  });

  it("waits for the run under way when it is stopped", async () => {
    let finished = false;
    const run = async (signal: AbortSignal): Promise<number> => {
      await delay(60);
      finished = signal.aborted;
      return 0;
    };
    await runsUntilAborted({ run }, 20);
    expect(finished).toBe(true);
  });

  it("ends at once when it is stopped between two runs", async () => {
    const startedMs = performance.now();
    await runsUntilAborted({ intervalMs: 60_000 }, 10);
    expect(performance.now() - startedMs).toBeLessThan(1000);
  });

  it("runs early when called, once for any number of calls, and after the run under way", async () => {
    const turn = createTurn();
    let runs = 0;
    const run = async (): Promise<number> => {
      runs += 1;
      if (runs === 1) for (let call = 0; call < 3; call += 1) turn.callEarly();
      return 0;
    };
    turn.callEarly();
    await runsUntilAborted({ run, turn, intervalMs: 3_600_000 }, 100);
    expect(runs).toBe(2);
  });
});
