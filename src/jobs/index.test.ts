import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { createMetrics, silentLogger } from "../telemetry/index.ts";
import { createJobs } from "./index.ts";

describe("createJobs", () => {
  it("runs every job, and none after stop", async () => {
    const calls: string[] = [];
    const record = (name: string) => async (): Promise<number> => calls.push(name) && 0;
    const jobs = createJobs({
      work: {
        refreshDueTokens: record("refresh"),
        tendTroubles: record("troubles"),
        forgetTroubles: record("old troubles"),
        deleteOldOutcomes: record("old outcomes"),
        deleteExpiredAuthorizations: record("cleanup"),
        deleteRevokedTokens: record("revoked"),
        deleteRetiredClients: record("retired clients"),
        deleteExpiredRevocations: record("expired revocations"),
        deliverRevocations: record("revocations"),
        flushLastUsed: record("last used"),
      },
      sweepIntervalSeconds: 0.01,
      cleanupIntervalSeconds: 0.01,
      logger: silentLogger,
      metrics: createMetrics(),
    });
    jobs.start();
    await delay(100);
    await jobs.stop();
    const counted = calls.length;
    await delay(50);
    expect(new Set(calls)).toContain("refresh");
    expect(new Set(calls)).toContain("cleanup");
    expect(new Set(calls)).toContain("revoked");
    expect(new Set(calls)).toContain("old troubles");
    expect(new Set(calls)).toContain("old outcomes");
    expect(calls).toHaveLength(counted);
  });
});
