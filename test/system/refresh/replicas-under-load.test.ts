import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { checkLog, type LogReport, STRICT, summarize } from "../../mock-provider/index.ts";
import type { ReplicaOptions } from "../../support/replica-process.ts";
import { type CallReport, percentile, startCallers } from "./callers.ts";
import { startFleet } from "./fleet.ts";
import { countReasons, findLost, type Lost } from "./lost.ts";

const CONNECTIONS = 60;
const CALLS_PER_SECOND = 240;
const TOKEN_SECONDS = 5;
/** What sabotage has cost need not be waited for. */
const SOON_MS = 5_000;

interface Run {
  readonly log: LogReport;
  readonly lost: readonly Lost[];
  readonly report: CallReport;
  /** Answered tokens that are not this connection's. */
  readonly wrongTokens: number;
}

/** Four replicas, callers on all of them, and a provider that rotates strictly, ends a family on reuse, and is slow now and then. */
const run = async (seconds: number, sabotage?: ReplicaOptions["sabotage"]): Promise<Run> => {
  await using fleet = await startFleet({
    replicas: 4,
    refresh: { rotates: true, graceSeconds: 0 },
    ...(sabotage && { sabotage }),
    vendors: {
      strict: {
        ...STRICT,
        killAccessTokenOnRefresh: false,
        expiresInSeconds: TOKEN_SECONDS,
        accessLifetimeSeconds: 600,
        answerDelays: [{ share: 0.1, fromMs: 600, toMs: 900 }],
      },
    },
  });
  const { settings, grants } = fleet.vendor("strict");
  // Every fifth answer has no refresh token: the old one stays (RFC 6749 section 6).
  settings.tokenAnswer = (answer) => {
    settings.rotation = Math.random() >= 0.2;
    return answer;
  };
  const selectors = await fleet.connect("strict", CONNECTIONS, TOKEN_SECONDS);
  const subjects = new Map(grants.views().map(({ label, subject }) => [label, subject]));
  let wrongTokens = 0;
  const callers = startCallers({
    targets: fleet.targets,
    selectors,
    callsPerSecond: CALLS_PER_SECOND,
    onToken(connectionId, { accessToken }) {
      if (grants.subjectOf(accessToken) !== subjects.get(connectionId)) wrongTokens += 1;
    },
  });
  await sleep(seconds * 1000);
  const report = await callers.stop();
  await fleet.provider.quiet();
  const log = checkLog(fleet.provider.log);
  const lost = await findLost(fleet, selectors, sabotage && SOON_MS);
  return { log, lost, report, wrongTokens };
};

const fewestRefreshes = ({ perGrantCounts }: LogReport): number =>
  Math.min(...[...perGrantCounts.values()].map(({ refreshes }) => refreshes));

const print = (title: string, { log, lost, report, wrongTokens }: Run): void => {
  const { latenciesMs, calls, callsPerSecond, outcomes } = report;
  console.log(
    `${title}: ${calls} calls (${callsPerSecond.toFixed(0)} a second, ${JSON.stringify(outcomes)}, ` +
      `p50 ${percentile(latenciesMs, 0.5).toFixed(1)} ms, p99 ${percentile(latenciesMs, 0.99).toFixed(0)} ms); ` +
      `${summarize(log)}; at least ${fewestRefreshes(log)} refreshes of each connection; ` +
      `${lost.length} of ${CONNECTIONS} connections lost ${JSON.stringify(countReasons(lost))}, ${wrongTokens} wrong tokens`,
  );
};

describe("four replicas, strict rotation, reuse ends the family", () => {
  it("never refresh twice at once, never reuse a refresh token and lose no connection", async () => {
    const result = await run(60);
    print("60 s", result);
    expect(result.report.callsPerSecond).toBeGreaterThan(200);
    expect(result.log.refreshes).toBeGreaterThan(600);
    expect(result.log).toMatchObject({
      overlaps: [],
      reuseDetections: [],
      unknownTokens: [],
      undelivered: [],
    });
    expect(result.lost).toEqual([]);
    expect(result.wrongTokens).toBe(0);
  }, 180_000);

  it.each(["drop-lease", "drop-refresh-token"] as const)(
    "are found out when they %s",
    async (sabotage) => {
      const result = await run(15, sabotage);
      print(`15 s, ${sabotage}`, result);
      expect(result.lost.length).toBeGreaterThan(0);
      if (sabotage === "drop-lease") expect(result.log.overlaps.length).toBeGreaterThan(0);
    },
    120_000,
  );
});
