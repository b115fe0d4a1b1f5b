import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { STRICT } from "../../mock-provider/index.ts";
import type { Replica } from "../../support/replica-process.ts";
import { call, PATIENCE, type Selector } from "../deployment.ts";
import { createTokenWatch, expectIntact, startFaultFleet } from "./faults.ts";
import { type RetryReport, startRetryingCallers } from "./retrying-callers.ts";

const CONNECTIONS = 12;
const TOKEN_SECONDS = 3;
const STANDSTILL_MS = 5_000;
/** Of the database's connections that one replica keeps. */
const POOL_SIZE = 10;

/** What a call may be told when its connection broke or was refused before anything was done. */
const BROKEN_OFF = ["ECONNREFUSED", "ECONNRESET", "UND_ERR_SOCKET"];

describe("two replicas under load, strict rotation, tokens of seconds", () => {
  let faultFleet: Awaited<ReturnType<typeof startFaultFleet>>;
  let selectors: readonly Selector[];
  const ask = createTokenWatch();

  beforeAll(async () => {
    faultFleet = await startFaultFleet({
      replicas: 2,
      refresh: { rotates: true, graceSeconds: 0 },
      env: { BROKER_REFRESH_LEASE_SECONDS: undefined, BROKER_PROVIDER_TIMEOUT_SECONDS: undefined },
      vendors: {
        strict: {
          ...STRICT,
          expiresInSeconds: TOKEN_SECONDS,
          answerDelays: [{ share: 0.5, fromMs: 100, toMs: 300 }],
        },
      },
    });
    selectors = await faultFleet.fleet.connect("strict", CONNECTIONS, TOKEN_SECONDS);
  });
  afterAll(async () => await faultFleet[Symbol.asyncDispose]());

  /** Callers at both replicas, before the fault, throughout, and after it until every connection was refreshed again. */
  const underLoad = async (title: string, fault: () => Promise<void>): Promise<RetryReport> => {
    const { fleet } = faultFleet;
    const callers = startRetryingCallers({ targets: fleet.targets, selectors, ask });
    const work = async (): Promise<void> => {
      await sleep(TOKEN_SECONDS * 500);
      await fault();
      const { counters } = fleet.vendor("strict");
      const enough = counters.requests.token + CONNECTIONS;
      await expect.poll(() => counters.requests.token, PATIENCE).toBeGreaterThan(enough);
    };
    const report = await work().then(
      () => callers.stop(),
      async (error: unknown) => {
        await callers.stop();
        throw error;
      },
    );
    console.log(
      `${title}: ${report.calls} calls, the longest ${Math.round(report.longestMs)} ms with its retries ${JSON.stringify(report.retries)}`,
    );
    expect(report.failed).toEqual([]);
    return report;
  };

  it("refresh nothing twice while one of them stands still for 5 s", async () => {
    const [stopped] = faultFleet.fleet.replicas as [Replica];
    const { retries } = await underLoad("standing still", async () => {
      stopped.kill("SIGSTOP");
      const ready = fetch(`${stopped.telemetryUrl}/healthz/ready`, { signal: AbortSignal.timeout(1000) });
      await expect(ready).rejects.toThrow("timeout");
      await sleep(STANDSTILL_MS - 1000);
      stopped.kill("SIGCONT");
    });
    expect(Object.keys(retries).filter((why) => why !== "STORE_UNAVAILABLE")).toEqual([]);
    await expectIntact(faultFleet, selectors);
  });

  it("go on when the database ends all their connections, liveness locks among them, three times", async () => {
    const { database } = faultFleet.fleet;
    let ended = 0;
    const { retries } = await underLoad("connections ended", async () => {
      for (let round = 0; round < 3 || ended <= 2 * POOL_SIZE; round += 1) {
        const { rows } = await database.sql.run("", TERMINATE, []);
        ended += rows.length;
        await sleep(500);
      }
    });
    console.log(`${ended} connections ended`);
    expect(Object.keys(retries).filter((why) => why !== "STORE_UNAVAILABLE")).toEqual([]);
    await expectIntact(faultFleet, selectors);
  });

  it("drop no call when one of them is told to stop in the middle of refreshes, which it finishes", async () => {
    const { fleet } = faultFleet;
    const [leaving] = fleet.replicas as [Replica];
    const own = await fleet.connect("strict", 4, 1);
    const { settings, counters } = fleet.vendor("strict");
    settings.answerDelays = [{ share: 1, fromMs: 500, toMs: 1000 }];
    const { retries } = await underLoad("told to stop", async () => {
      const heard = counters.requests.token;
      const answers = own.map((selector) => call(leaving, "RefreshToken", selector));
      await expect.poll(() => counters.requests.token, PATIENCE).toBeGreaterThanOrEqual(heard + own.length);
      leaving.kill("SIGTERM");
      expect(await Promise.all(answers)).toHaveLength(own.length);
      expect(await leaving.exited).toEqual({ code: 0, signal: null });
      settings.answerDelays = [];
    });
    expect(Object.keys(retries).filter((why) => ![...BROKEN_OFF, "DRAINING"].includes(why))).toEqual([]);
    await expectIntact(faultFleet, [...selectors, ...own]);
  });
});

const TERMINATE = `select pg_terminate_backend(pid) from pg_stat_activity
  where application_name like 'token-broker%' and datname = current_database() and pid <> pg_backend_pid()`;
