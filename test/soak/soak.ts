import { mkdtempDisposableSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { checkLog, type LogReport, STRICT } from "../mock-provider/index.ts";
import { findLeaks, OUTPUT_FILE_VARIABLE } from "../support/canaries.ts";
import { ConnectJsonError } from "../support/connect-json.ts";
import { call, type Selector } from "../system/deployment.ts";
import { type CallReport, startCallers } from "../system/refresh/callers.ts";
import { type Fleet, type FleetOptions, startFleet } from "../system/refresh/fleet.ts";
import { type CutOff, cutOffBy, type Kill } from "../system/refresh/kills.ts";
import { findLost, type Lost } from "../system/refresh/lost.ts";
import { megabytes } from "./judge.ts";
import { findLeftovers, type Leftovers } from "./leftovers.ts";
import type { SoakOptions } from "./options.ts";
import { createTokenCheck } from "./token-check.ts";
import { type DatabaseRestart, startTroubles } from "./troubles.ts";
import { type Footprint, startWatch } from "./watch.ts";

export interface SoakResult {
  readonly seconds: number;
  readonly calls: CallReport;
  /** Answered tokens that were not that connection's, or that the provider did not take any more; of connections that were not lost. */
  readonly badTokens: number;
  readonly log: LogReport;
  readonly kills: readonly Kill[];
  readonly cutOff: readonly CutOff[];
  readonly restarts: readonly DatabaseRestart[];
  readonly lost: readonly Lost[];
  readonly footprints: readonly Footprint[];
  readonly leftovers: Leftovers;
  /** Secrets in what the replicas printed: where, and which. */
  readonly leaks: readonly string[];
}

const VENDOR = "strict";

/** Two leases are over before the search for lost connections gives up. */
const LEASE_SECONDS = 12;
const PROVIDER_TIMEOUT_SECONDS = 5;
const SWEEP_SECONDS = 5;

/** Most answers come soon; one in ten takes as long as a slow provider does. */
const ANSWERS = [
  { share: 0.9, fromMs: 20, toMs: 200 },
  { share: 0.1, fromMs: 600, toMs: 900 },
];

/** Of a token's life, at the earliest. */
const REFRESHED_AFTER = 4 / 5;

const SAY_EVERY_MS = 60_000;

export const soak = async (options: SoakOptions, say: Say): Promise<SoakResult> => {
  using directory = mkdtempDisposableSync(join(tmpdir(), "token-broker-soak-"));
  const output = join(directory.path, "output.jsonl");
  process.env[OUTPUT_FILE_VARIABLE] = output;
  const spool = join(directory.path, "spool");
  await using fleet = await startFleet(fleetOptions(options, spool));
  await waitForCommits(fleet);
  const selectors = await fleet.connect(VENDOR, options.connections, options.tokenSeconds);
  const { badTokens, ...run } = await callAndTrouble(fleet, selectors, options, say);
  const log = checkLog(fleet.provider.log);
  say("refreshing every connection once more");
  const lost = await findLost(fleet, selectors);
  return {
    ...run,
    badTokens: badTokens.countExcept(lost),
    log,
    cutOff: cutOffBy(run.kills, fleet.vendor(VENDOR)),
    lost,
    leftovers: await findLeftovers(fleet, spool),
    leaks: (await findLeaks(output)).map(({ source, kind }) => `${kind} in the ${source}`),
  };
};

type Say = (line: string) => void;

/** Until the time is over and everything is up again. */
const callAndTrouble = async (
  fleet: Fleet,
  selectors: readonly Selector[],
  options: SoakOptions,
  say: Say,
) => {
  const { callsPerSecond, minutes } = options;
  const badTokens = createTokenCheck(fleet.vendor(VENDOR));
  const onToken = badTokens.check;
  const callers = startCallers({ targets: fleet.targets, selectors, callsPerSecond, onToken });
  say("refreshing one connection after the other");
  await spreadRefreshes(fleet, selectors, options);
  const beganMs = performance.now();
  const seconds = (): number => Math.round((performance.now() - beganMs) / 1000);
  const watch = startWatch(fleet);
  const { kills, restarts, ...troubles } = startTroubles(fleet, options);
  const sayHowFar = setInterval(() => {
    const refreshes = fleet.vendor(VENDOR).counters.verdicts["issued"] ?? 0;
    const troublesSoFar = `${kills.length} kills, ${restarts.length} restarts of the database`;
    say(`${seconds()} s: ${refreshes} refreshes, ${troublesSoFar}, ${megabytes(watch.lastBytes())}`);
  }, SAY_EVERY_MS);
  await Promise.race([sleep(minutes * 60_000), troubles.failed]).finally(() => clearInterval(sayHowFar));
  await troubles.stop();
  await watch.stop();
  const ran = { seconds: seconds(), calls: await callers.stop() };
  await fleet.provider.quiet();
  return { ...ran, badTokens, kills, restarts, footprints: watch.footprints };
};

/** Over the time from one refresh to the next: connections that begin together are refreshed together, and then for long nothing is. */
const spreadRefreshes = async (
  fleet: Fleet,
  selectors: readonly Selector[],
  { tokenSeconds }: SoakOptions,
): Promise<void> => {
  for (const selector of selectors) {
    await sleep((REFRESHED_AFTER * tokenSeconds * 1000) / selectors.length);
    await call(fleet.replicas[0]!, "RefreshToken", selector).catch(laterJudged);
  }
};

/** A connection that is lost so early is still lost at the end. */
const laterJudged = (error: unknown): void => {
  if (!(error instanceof ConnectJsonError)) throw error;
};

const fleetOptions = (
  { replicas, graceSeconds, tokenSeconds }: SoakOptions,
  spool: string,
): FleetOptions => ({
  replicas,
  refresh: { rotates: true, graceSeconds },
  env: {
    BROKER_REFRESH_LEASE_SECONDS: String(LEASE_SECONDS),
    BROKER_PROVIDER_TIMEOUT_SECONDS: String(PROVIDER_TIMEOUT_SECONDS),
    BROKER_SWEEP_INTERVAL_SECONDS: String(SWEEP_SECONDS),
  },
  envOf: (place) => ({ BROKER_SPOOL_DIR: join(spool, String(place)) }),
  vendors: {
    [VENDOR]: {
      ...STRICT,
      killAccessTokenOnRefresh: false,
      graceMs: graceSeconds * 1000,
      expiresInSeconds: tokenSeconds,
      accessLifetimeSeconds: tokenSeconds,
      answerDelays: ANSWERS,
    },
  },
});

/** The cluster commits without waiting for its log, and a crash would take back what was acknowledged. */
const waitForCommits = async ({ database, cluster }: Fleet): Promise<void> => {
  await database.sql.run("", "alter database fleet set synchronous_commit = on", []);
  await cluster.restart();
};
