import { mkdtempDisposableSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { checkLog, type LogReport, STRICT } from "../mock-provider/index.ts";
import { findLeaks, OUTPUT_FILE_VARIABLE } from "../support/canaries.ts";
import { call, type Selector } from "../system/deployment.ts";
import { type CallReport, startCallers } from "../system/refresh/callers.ts";
import { type Fleet, type FleetOptions, startFleet } from "../system/refresh/fleet.ts";
import { type CutOff, cutOffBy, type Kill } from "../system/refresh/kills.ts";
import { findLost, type Lost } from "../system/refresh/lost.ts";
import { megabytes } from "./judge.ts";
import { findLeftovers, type Leftovers } from "./leftovers.ts";
import type { SoakOptions } from "./options.ts";
import { type DatabaseRestart, startTroubles } from "./troubles.ts";
import { type Footprint, startWatch } from "./watch.ts";

export interface SoakResult {
  readonly seconds: number;
  readonly calls: CallReport;
  /** Answered tokens that were not that connection's, or that the provider did not take any more. */
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

export const soak = async (options: SoakOptions, say: (line: string) => void): Promise<SoakResult> => {
  using directory = mkdtempDisposableSync(join(tmpdir(), "token-broker-soak-"));
  process.env[OUTPUT_FILE_VARIABLE] = join(directory.path, "output.jsonl");
  const spool = join(directory.path, "spool");
  await using fleet = await startFleet(fleetOptions(options, spool));
  await waitForCommits(fleet);
  const selectors = await fleet.connect(VENDOR, options.connections, options.tokenSeconds);
  const vendor = fleet.vendor(VENDOR);
  const subjects = new Map(vendor.grants.views().map(({ label, subject }) => [label, subject]));
  let badTokens = 0;
  const callers = startCallers({
    targets: fleet.targets,
    selectors,
    callsPerSecond: options.callsPerSecond,
    onToken(connectionId, { accessToken }) {
      if (vendor.grants.subjectOf(accessToken) !== subjects.get(connectionId)) badTokens += 1;
    },
  });
  say("refreshing one connection after the other");
  await spreadRefreshes(fleet, selectors, options);
  const beganMs = performance.now();
  const seconds = (): number => Math.round((performance.now() - beganMs) / 1000);
  const watch = startWatch(fleet);
  const troubles = startTroubles(fleet, options);
  const sayHowFar = setInterval(() => {
    const { kills, restarts } = troubles;
    const refreshes = vendor.counters.verdicts["issued"] ?? 0;
    const memory = megabytes(watch.footprints.at(-1)?.sparedBytes ?? 0);
    say(
      `${seconds()} s: ${refreshes} refreshes, ${kills.length} kills, ${restarts.length} restarts of the database, ${memory}`,
    );
  }, SAY_EVERY_MS);
  await Promise.race([sleep(options.minutes * 60_000), troubles.failed]).finally(() =>
    clearInterval(sayHowFar),
  );
  await troubles.stop();
  await watch.stop();
  const ranSeconds = seconds();
  const calls = await callers.stop();
  await fleet.provider.quiet();
  say("refreshing every connection once more");
  const log = checkLog(fleet.provider.log);
  const lost = await findLost(fleet, selectors);
  const { kills, restarts } = troubles;
  const leaks = await findLeaks(process.env[OUTPUT_FILE_VARIABLE]);
  return {
    seconds: ranSeconds,
    calls,
    badTokens,
    log,
    kills,
    cutOff: cutOffBy(kills, vendor),
    restarts,
    lost,
    footprints: watch.footprints,
    leftovers: await findLeftovers(fleet, spool),
    leaks: leaks.map(({ source, kind }) => `${kind} in the ${source}`),
  };
};

/** Over the time from one refresh to the next: connections that begin together are refreshed together, and then for long nothing is. */
const spreadRefreshes = async (
  fleet: Fleet,
  selectors: readonly Selector[],
  { tokenSeconds }: SoakOptions,
): Promise<void> => {
  for (const selector of selectors) {
    await sleep((REFRESHED_AFTER * tokenSeconds * 1000) / selectors.length);
    await call(fleet.replicas[0]!, "RefreshToken", selector);
  }
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
