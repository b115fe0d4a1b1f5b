import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { checkLog, type LogEntry, type RequestEntry, summarize } from "../../mock-provider/index.ts";
import type { Selector } from "../deployment.ts";
import { startCallers } from "./callers.ts";
import { type Fleet, startFleet } from "./fleet.ts";

const CONNECTIONS = 10_000;
const VENDORS = ["alpha", "beta", "gamma", "throttled"] as const;
const EACH = CONNECTIONS / VENDORS.length;
const OTHERS = VENDORS.filter((name) => name !== "throttled");

/** Of the first tokens, all of them due at once. */
const TOKEN_SECONDS = 150;
const ADMITTED_PER_SECOND = 100;

const refreshesAt = (log: readonly LogEntry[], vendor: string): RequestEntry[] =>
  log.filter(
    (entry): entry is RequestEntry =>
      entry.kind === "token" && entry.vendor === vendor && entry.verdict === "issued",
  );

const isDone = (fleet: Fleet, vendor: string): boolean =>
  (fleet.vendor(vendor).counters.verdicts["issued"] ?? 0) >= EACH;

describe(`${CONNECTIONS} tokens due at once, a quarter of them at a vendor who throttles`, () => {
  it("are all refreshed before they end, and the throttled vendor holds up nobody else", async () => {
    const hours = { expiresInSeconds: 24 * 3600 };
    await using fleet = await startFleet({
      replicas: 4,
      refresh: { rotates: true, graceSeconds: 0 },
      env: { BROKER_SWEEP_INTERVAL_SECONDS: "1" },
      vendors: {
        alpha: hours,
        beta: hours,
        gamma: hours,
        throttled: {
          ...hours,
          rateLimit: { requests: ADMITTED_PER_SECOND, perSeconds: 1, by: "vendor", retryAfter: "seconds" },
        },
      },
    });
    const seeded: Selector[] = [];
    for (const vendor of VENDORS) seeded.push(...(await fleet.seed(vendor, EACH, 24 * 3600)));
    await fleet.makeDue(TOKEN_SECONDS);
    const beganMs = performance.now();
    const seconds = (): number => Math.round((performance.now() - beganMs) / 100) / 10;
    const callers = startCallers({ targets: fleet.targets, selectors: seeded, callsPerSecond: 20 });
    const doneAt = new Map<string, number>();
    const endMs = beganMs + TOKEN_SECONDS * 1000;
    while (doneAt.size < VENDORS.length && performance.now() < endMs) {
      await sleep(250);
      for (const vendor of VENDORS)
        if (isDone(fleet, vendor)) doneAt.set(vendor, doneAt.get(vendor) ?? seconds());
    }
    const { outcomes } = await callers.stop();
    await fleet.provider.quiet();
    const { log } = fleet.provider;
    const throttled = fleet.vendor("throttled").counters.verdicts["rate_limited"] ?? 0;
    console.log(
      `done after ${JSON.stringify(Object.fromEntries(doneAt))} s, tokens of ${TOKEN_SECONDS} s; ${throttled} answers 429; ` +
        `${summarize(checkLog(log))}; callers: ${JSON.stringify(outcomes)}`,
    );
    for (const vendor of VENDORS)
      expect(new Set(refreshesAt(log, vendor).map(({ label }) => label))).toHaveLength(EACH);
    for (const vendor of OTHERS) expect(doneAt.get(vendor)).toBeLessThanOrEqual(doneAt.get("throttled") ?? 0);
    // A busy machine may let a reader wait too long for the database; a token that ended would be another refusal.
    const servable = (outcome: string): boolean => /^(ok|degraded|STORE_UNAVAILABLE.*)$/.test(outcome);
    expect(Object.keys(outcomes).filter((outcome) => !servable(outcome))).toEqual([]);
    expect(checkLog(log)).toMatchObject({ overlaps: [], reuseDetections: [] });
  }, 240_000);
});
