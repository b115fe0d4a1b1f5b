import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { checkLog, STRICT, summarize } from "../../mock-provider/index.ts";
import type { Failpoint } from "../../support/replica-failpoints.ts";
import { percentile, startCallers } from "./callers.ts";
import { type Fleet, startFleet } from "./fleet.ts";
import { type CutOff, cutOffBy, type Kill, killReplica } from "./kills.ts";
import { countReasons, findLost, type Lost } from "./lost.ts";

const REPLICAS = 4;
/** The others take over and answer meanwhile. */
const ALWAYS_RUNNING = 2;
const CONNECTIONS = 60;
const KILLS = 25;
const TOKEN_SECONDS = 5;

/** The windows in which a refresh can be cut off. Every third kill is by a failpoint, through all of them twice; the others strike at random. */
const WINDOWS: readonly Failpoint[] = ["before claim", "after claim", "after send", "after save"];
const FAILPOINT_KILLS = 8;
const WINDOW_WITHIN_MS = 5_000;

interface Run {
  readonly kills: readonly Kill[];
  readonly cutOff: readonly CutOff[];
  readonly lost: readonly Lost[];
  readonly summary: string;
}

interface Rules {
  readonly graceSeconds: number;
  readonly answerMs: number;
}

const run = async ({ graceSeconds, answerMs }: Rules): Promise<Run> => {
  await using fleet = await startFleet({
    replicas: REPLICAS,
    refresh: { rotates: true, graceSeconds },
    env: { BROKER_REFRESH_LEASE_SECONDS: "5", BROKER_PROVIDER_TIMEOUT_SECONDS: "4" },
    vendors: {
      strict: {
        ...STRICT,
        graceMs: graceSeconds * 1000,
        expiresInSeconds: TOKEN_SECONDS,
        answerDelays: [{ share: 1, fromMs: answerMs * 0.5, toMs: answerMs * 1.5 }],
      },
    },
  });
  const selectors = await fleet.connect("strict", CONNECTIONS, TOKEN_SECONDS);
  const callers = startCallers({ targets: fleet.targets, selectors, callsPerSecond: 120 });
  const beganMs = performance.now();
  const kills = await killRandomly(fleet);
  const seconds = (performance.now() - beganMs) / 1000;
  const { outcomes } = await callers.stop();
  const lost = await findLost(fleet, selectors);
  const cutOff = cutOffBy(kills, fleet.vendor("strict"));
  const takeoversMs = cutOff
    .flatMap(({ takenOverAfterMs }) => takenOverAfterMs ?? [])
    .toSorted((left, right) => left - right);
  const windows = WINDOWS.map(
    (window) => `${kills.filter((kill) => kill.window === window).length} ${window}`,
  );
  const summary =
    `${kills.length} kills in ${seconds.toFixed(0)} s (${windows.join(", ")}, the rest at random); ${summarize(checkLog(fleet.provider.log))}; ` +
    `${cutOff.length} refreshes in flight at the kills, asked again after ` +
    `${percentile(takeoversMs, 0.5).toFixed(0)} ms (median), ${percentile(takeoversMs, 0.9).toFixed(0)} ms (p90), ${percentile(takeoversMs, 1).toFixed(0)} ms (longest); ${lost.length} of ${CONNECTIONS} connections lost ${JSON.stringify(countReasons(lost))}; ` +
    `callers: ${JSON.stringify(outcomes)}`;
  return { kills, cutOff, lost, summary };
};

const killRandomly = async (fleet: Fleet): Promise<Kill[]> => {
  const kills: Kill[] = [];
  const restarting = new Set<Promise<unknown>>();
  while (kills.length < KILLS) {
    await sleep(300 + Math.random() * 1000);
    while (fleet.targets().length <= ALWAYS_RUNNING) await Promise.race(restarting);
    const place = Math.floor(Math.random() * REPLICAS);
    const replica = fleet.replicas[place]!;
    if (!fleet.targets().includes(replica.rpcUrl)) continue;
    const isByFailpoint = kills.length % 3 === 0 && kills.length < FAILPOINT_KILLS * 3;
    kills.push(
      await killReplica(
        replica,
        isByFailpoint ? WINDOWS[(kills.length / 3) % WINDOWS.length] : undefined,
        WINDOW_WITHIN_MS,
      ),
    );
    const restarted = fleet.restart(place).finally(() => restarting.delete(restarted));
    restarting.add(restarted);
  }
  await Promise.all(restarting);
  return kills;
};

describe(`${KILLS} times kill -9, four replicas`, () => {
  it("with a grace of 5 s hardly ever costs a connection", async () => {
    const { kills, cutOff, lost, summary } = await run({ graceSeconds: 5, answerMs: 1000 });
    console.log(`grace 5 s: ${summary}`);
    expect(new Set(kills.map(({ window }) => window))).toEqual(new Set([...WINDOWS, undefined]));
    expect(cutOff.length).toBeGreaterThanOrEqual(40);
    expect(lost.length).toBeLessThanOrEqual(cutOff.length * 0.02);
  }, 240_000);

  it("without grace costs no more than the refreshes that were cut off, each by its name", async () => {
    const { cutOff, lost, summary } = await run({ graceSeconds: 0, answerMs: 300 });
    console.log(`grace 0: ${summary}`);
    expect(lost.length).toBeLessThanOrEqual(cutOff.length);
    const cutOffIds = new Set(cutOff.map(({ connectionId }) => connectionId));
    expect(lost.filter(({ connectionId }) => !cutOffIds.has(connectionId))).toEqual([]);
    expect(Object.keys(countReasons(lost))).toEqual(["REAUTHORIZATION_REQUIRED/refresh_outcome_unknown"]);
  }, 240_000);
});
