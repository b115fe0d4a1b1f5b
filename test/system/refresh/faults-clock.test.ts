import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { STRICT } from "../../mock-provider/index.ts";
import type { Replica } from "../../support/replica-process.ts";
import { call, type Selector } from "../deployment.ts";
import { createTokenWatch, expectIntact, rowOf, startFaultFleet } from "./faults.ts";
import { startRetryingCallers } from "./retrying-callers.ts";

const HOUR_MS = 3600 * 1000;
const SKEWS_MS = [0, HOUR_MS, -HOUR_MS];
const LASTING_SECONDS = 3 * 3600;
const SHORT_SECONDS = 3;
const LOAD_MS = 6_000;
const CALLERS_AT_ONCE = 10;

describe("replicas of which one is an hour ahead and one an hour behind", () => {
  it("refresh what is due and nothing else, once, and serve no token that has expired", async () => {
    await using faultFleet = await startFaultFleet({
      replicas: SKEWS_MS.length,
      refresh: { rotates: true, graceSeconds: 0 },
      envOf: (place) => ({ REPLICA_CLOCK_SKEW_MS: String(SKEWS_MS[place]) }),
      env: { BROKER_SWEEP_INTERVAL_SECONDS: "1" },
      vendors: {
        lasting: { ...STRICT, expiresInSeconds: LASTING_SECONDS },
        short: { ...STRICT, expiresInSeconds: SHORT_SECONDS },
      },
    });
    const { fleet } = faultFleet;
    const aheadMs = (replica: Replica): number =>
      new Date(String(replica.log()[0]?.["time"])).getTime() - Date.now();
    for (const [place, replica] of fleet.replicas.entries())
      expect(Math.abs(aheadMs(replica) - SKEWS_MS[place]!)).toBeLessThan(HOUR_MS / 2);
    const lasting = await fleet.connect("lasting", 20, LASTING_SECONDS);
    const beganMs = performance.now();
    const short = await fleet.connect("short", 4, SHORT_SECONDS);
    const ask = createTokenWatch();
    const all = [...lasting, ...short];
    const callers = startRetryingCallers({ targets: fleet.targets, selectors: all, ask });
    await sleep(LOAD_MS);
    const { calls, retries, failed } = await callers.stop();
    const refreshes = fleet.vendor("short").counters.requests.token;
    console.log(`${calls} calls; ${refreshes} refreshes of ${short.length} tokens of ${SHORT_SECONDS} s`);
    expect({ retries, failed }).toEqual({ retries: {}, failed: [] });
    expect(fleet.vendor("lasting").counters.requests.token).toBe(0);
    // Each lives for four fifths of its lifetime at least before it is refreshed.
    const most = short.length * ((performance.now() - beganMs) / (0.8 * SHORT_SECONDS * 1000) + 1);
    expect(refreshes).toBeGreaterThanOrEqual(short.length);
    expect(refreshes).toBeLessThanOrEqual(most);
    await expectIntact(faultFleet, all);

    // All of them see one lease: what takes long and everybody asks for is one refresh.
    const [one] = lasting as [Selector];
    const { version } = await rowOf(faultFleet, one);
    fleet.vendor("lasting").settings.answerDelayMs = 1000;
    const waiting = Array.from({ length: CALLERS_AT_ONCE }, () => fleet.replicas).flat();
    const rejected = { ...one, rejectedVersion: String(version) };
    const answers = await Promise.all(waiting.map((replica) => call(replica, "GetToken", rejected)));
    expect(new Set(answers.map((answer) => answer["version"])).size).toBe(1);
    expect(fleet.vendor("lasting").counters.requests.token).toBe(1);
    await expectIntact(faultFleet, all);
  }, 60_000);
});
