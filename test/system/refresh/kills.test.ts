import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { checkLog, type ProviderRequest, STRICT, summarize } from "../../mock-provider/index.ts";
import { type Failpoint, FAILPOINT_REACHED } from "../../support/replica-failpoints.ts";
import type { Replica } from "../../support/replica-process.ts";
import { REPLICA_HEADER } from "../../support/replica-requests.ts";
import { percentile, startCallers } from "./callers.ts";
import { type Fleet, startFleet } from "./fleet.ts";
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

/** What was sent just before a kill arrives at the provider just after it. */
const ARRIVAL_MS = 100;

/** For so long after the provider's answer a refresh may still be unsaved on a busy machine. */
const SAVING_MS = 150;

interface Kill {
  readonly replica: string;
  readonly atUs: number;
  readonly window: Failpoint | undefined;
}

interface Run {
  readonly kills: readonly Kill[];
  /** Connections whose refresh was at the provider when its replica was killed, once for each. */
  readonly inFlight: readonly CutOff[];
  /** The same and those whose answer was perhaps not saved yet. */
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
  const inFlight = cutOffBy(kills, fleet, 0);
  const cutOff = cutOffBy(kills, fleet, SAVING_MS);
  const takeoversMs = inFlight
    .flatMap(({ takenOverAfterMs }) => takenOverAfterMs ?? [])
    .toSorted((left, right) => left - right);
  const windows = WINDOWS.map(
    (window) => `${kills.filter((kill) => kill.window === window).length} ${window}`,
  );
  const summary =
    `${kills.length} kills in ${seconds.toFixed(0)} s (${windows.join(", ")}, the rest at random); ${summarize(checkLog(fleet.provider.log))}; ` +
    `${inFlight.length} refreshes in flight at the kills, asked again after ` +
    `${percentile(takeoversMs, 0.5).toFixed(0)} ms (median), ${percentile(takeoversMs, 0.9).toFixed(0)} ms (p90), ${percentile(takeoversMs, 1).toFixed(0)} ms (longest); ${lost.length} of ${CONNECTIONS} connections lost ${JSON.stringify(countReasons(lost))}; ` +
    `callers: ${JSON.stringify(outcomes)}`;
  return { kills, inFlight, cutOff, lost, summary };
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
      await killOne(replica, isByFailpoint ? WINDOWS[(kills.length / 3) % WINDOWS.length] : undefined),
    );
    const restarted = fleet.restart(place).finally(() => restarting.delete(restarted));
    restarting.add(restarted);
  }
  await Promise.all(restarting);
  return kills;
};

const killOne = async (replica: Replica, window: Failpoint | undefined): Promise<Kill> => {
  if (window) replica.arm(window, "kill");
  else replica.kill("SIGKILL");
  const killedUs = monotonicUs();
  await replica.exited;
  const reached = replica.log().find(({ event }) => event === FAILPOINT_REACHED);
  return { replica: replica.name, window, atUs: Number(reached?.["monotonic_us"] ?? killedUs) };
};

const monotonicUs = (): number => Number(process.hrtime.bigint() / 1000n);

/** A refresh that a kill cut off. */
interface CutOff {
  readonly connectionId: string;
  /** Until the provider heard of this connection again; undefined = never. */
  readonly takenOverAfterMs: number | undefined;
}

const cutOffBy = (kills: readonly Kill[], fleet: Fleet, savingMs: number): CutOff[] => {
  const { requests, grants } = fleet.vendor("strict");
  const nowUs = monotonicUs();
  const nowMs = performance.now();
  const labelOf = ({ params }: ProviderRequest) => grants.holderOf(params["refresh_token"] ?? "")?.label;
  const byLabel = Map.groupBy(requests, labelOf);
  const isCutOff = (
    { headers, startedAtMs, endedAtMs = Number.POSITIVE_INFINITY }: ProviderRequest,
    replica: string,
    killMs: number,
  ): boolean =>
    headers[REPLICA_HEADER] === replica &&
    startedAtMs <= killMs + ARRIVAL_MS &&
    endedAtMs >= killMs - savingMs;
  return kills.flatMap(({ replica, atUs }) => {
    const killMs = nowMs - (nowUs - atUs) / 1000;
    const cutOff = requests.filter((request) => isCutOff(request, replica, killMs));
    return cutOff.map((request): CutOff => {
      const label = labelOf(request);
      const next = byLabel.get(label)?.find(({ startedAtMs }) => startedAtMs > request.startedAtMs);
      return { connectionId: label ?? "", takenOverAfterMs: next && next.startedAtMs - killMs };
    });
  });
};

describe(`${KILLS} times kill -9, four replicas`, () => {
  it("with a grace of 5 s hardly ever costs a connection", async () => {
    const { kills, inFlight, lost, summary } = await run({ graceSeconds: 5, answerMs: 1000 });
    console.log(`grace 5 s: ${summary}`);
    expect(new Set(kills.map(({ window }) => window))).toEqual(new Set([...WINDOWS, undefined]));
    expect(inFlight.length).toBeGreaterThanOrEqual(40);
    expect(lost.length).toBeLessThanOrEqual(inFlight.length * 0.02);
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
