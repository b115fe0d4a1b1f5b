import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import type { ReplicaOptions } from "../../support/replica-process.ts";
import { type CallReport, percentile, startCallers } from "./callers.ts";
import { examineCalls, type Findings, findLost, type Lost } from "./checker.ts";
import { startFleet } from "./fleet.ts";

const CONNECTIONS = 60;
const CALLS_PER_SECOND = 240;
const TOKEN_SECONDS = 5;

interface Run {
  readonly findings: Findings;
  readonly lost: readonly Lost[];
  readonly report: CallReport;
  /** Tokens that were answered and that the provider had not issued to that connection, or had ended. */
  readonly wrongTokens: number;
}

/** Four replicas, callers on all of them, and a provider that rotates strictly, ends a family on reuse, and is slow now and then. */
const run = async (seconds: number, sabotage?: ReplicaOptions["sabotage"]): Promise<Run> => {
  await using fleet = await startFleet({
    replicas: 4,
    refresh: { rotates: true, graceSeconds: 0 },
    ...(sabotage && { sabotage }),
    provider: { revokeFamilyOnReuse: true, expiresInSeconds: TOKEN_SECONDS },
  });
  const { settings, grants } = fleet.watched.provider;
  // Every fifth answer has no refresh token: the old one stays (RFC 6749 section 6).
  settings.tokenAnswer = (answer) => {
    settings.rotation = Math.random() >= 0.2;
    return answer;
  };
  Object.defineProperty(settings, "answerDelayMs", {
    get: () => (Math.random() < 0.1 ? 600 + Math.random() * 300 : 0),
  });
  const selectors = await fleet.connect(CONNECTIONS, TOKEN_SECONDS);
  let wrongTokens = 0;
  const callers = startCallers({
    targets: fleet.targets,
    selectors,
    callsPerSecond: CALLS_PER_SECOND,
    onToken(connectionId, { accessToken }) {
      if (grants.subjectOf(accessToken) !== connectionId) wrongTokens += 1;
    },
  });
  await sleep(seconds * 1000);
  const report = await callers.stop();
  const findings = examineCalls(fleet.watched.calls());
  const lost = await findLost(fleet, selectors);
  return { findings, lost, report, wrongTokens };
};

const print = (title: string, { findings, lost, report, wrongTokens }: Run): void => {
  const { latenciesMs, calls, callsPerSecond, outcomes } = report;
  console.log(
    `${title}: ${calls} calls (${callsPerSecond.toFixed(0)} a second, ${JSON.stringify(outcomes)}, ` +
      `p50 ${percentile(latenciesMs, 0.5).toFixed(1)} ms, p99 ${percentile(latenciesMs, 0.99).toFixed(0)} ms), ` +
      `${findings.refreshes} refreshes (at least ${findings.fewest} of each connection), ${findings.overlaps} overlaps, ` +
      `${findings.reuses} reuses, ${lost.length} of ${CONNECTIONS} connections lost, ${wrongTokens} wrong tokens`,
  );
};

describe("four replicas, strict rotation, reuse ends the family", () => {
  it("never refresh twice at once, never reuse a refresh token and lose no connection", async () => {
    const result = await run(60);
    print("60 s", result);
    expect(result.report.callsPerSecond).toBeGreaterThan(200);
    expect(result.findings.refreshes).toBeGreaterThan(600);
    expect(result.findings).toMatchObject({ overlaps: 0, reuses: 0 });
    expect(result.lost).toEqual([]);
    expect(result.wrongTokens).toBe(0);
  }, 180_000);

  it.each(["drop-lease", "drop-refresh-token"] as const)("are found out when they %s", async (sabotage) => {
    const result = await run(15, sabotage);
    print(`15 s, ${sabotage}`, result);
    expect(result.lost.length).toBeGreaterThan(0);
  }, 120_000);
});
