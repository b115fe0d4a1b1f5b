import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { checkLog, oauthError } from "../../mock-provider/index.ts";
import { moveClock } from "../../support/database.ts";
import { call, type Refusal, refusalOf, type Selector } from "../deployment.ts";
import { startCallers } from "./callers.ts";
import { type Fleet, inParallel, startFleet } from "./fleet.ts";

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const TOKEN_SECONDS = 300;
const FEW = 60;
const MANY = 1_000;
const REPLICAS = 4;
/** Calls of one replica to one provider. */
const MOST_AT_ONCE = 32;

/** How much real time the replicas have for each step of the moved clock. */
const STEP_MS = 600;

/** … and have at most, when they are expected to get something done in it. */
const PATIENCE_MS = 5 * STEP_MS;

/** A machine that does something else for seconds may cost a replica its lock, and a connection minutes. */
const AGAIN = { timeout: 240 * SECOND_MS, retry: 1 };

/** All of them go wrong for the same ten minutes, each in its own way. */
const VENDORS = { storm: FEW, rejecting: FEW, rejecting1000: MANY, mostly: FEW + 1 } as const;

type Vendor = keyof typeof VENDORS | "secret";

/** What one call at some moment of the storm was answered. */
interface Sample {
  readonly selector: Selector;
  /** The database's clock just before and after the call. */
  readonly before: Date;
  readonly after: Date;
  readonly token: { readonly expiresAt: string; readonly degraded?: { readonly reason: string } } | undefined;
  readonly refusal: Refusal | undefined;
}

const databaseNow = async ({ database }: Fleet): Promise<Date> => {
  const { rows } = await database.sql.run("", "select broker_now() as now", []);
  return rows[0]?.["now"] as Date;
};

const statuses = async ({ database }: Fleet, vendor: Vendor): Promise<Readonly<Record<string, number>>> => {
  const text = "select status, count(*) as rows from connection_tokens where provider = $1 group by status";
  const { rows } = await database.sql.run("", text, [vendor]);
  return Object.fromEntries(rows.map((row) => [String(row["status"]), Number(row["rows"])]));
};

const ask = async (fleet: Fleet, selector: Selector, before: Date): Promise<Sample> => {
  const targets = fleet.targets();
  const rpcUrl = targets[Math.floor(Math.random() * targets.length)] ?? "";
  const answer = call({ rpcUrl }, "GetToken", selector);
  const token = await answer.catch(() => undefined);
  const refusal = token === undefined ? await refusalOf(answer) : undefined;
  return { selector, before, after: await databaseNow(fleet), token: token as Sample["token"], refusal };
};

interface Passing {
  readonly minutes: number;
  readonly stepMs: number;
  /** The most real time for each step: a busy machine needs more of it. Default `STEP_MS`. */
  readonly patienceMs?: number;
}

/** Time goes by, for everybody, a step after the other. Ends early when `isOver`, which is told the minutes so far; answers how many it took. */
const pass = async (
  fleet: Fleet,
  { minutes, stepMs, patienceMs = STEP_MS }: Passing,
  isOver: (minutesSoFar: number) => Promise<boolean>,
): Promise<number> => {
  for (let passedMs = stepMs; passedMs <= minutes * MINUTE_MS; passedMs += stepMs) {
    await moveClock(fleet.database, stepMs);
    fleet.provider.clock.move(stepMs);
    for (let waitedMs = 0; waitedMs < patienceMs; waitedMs += STEP_MS) {
      await sleep(STEP_MS);
      if (await isOver(passedMs / MINUTE_MS)) return passedMs / MINUTE_MS;
    }
  }
  return minutes;
};

const attemptsAt = (fleet: Fleet, vendor: Vendor): number => fleet.vendor(vendor).counters.requests.token;

describe("four replicas, while providers are wrong for ten minutes", () => {
  let fleet: Fleet;
  const connections = new Map<Vendor, Selector[]>();
  const samples: Sample[] = [];
  const calls = new Map<Vendor, number>();
  let atEnd: Readonly<Record<string, Readonly<Record<string, number>>>>;
  let dead: Selector;
  let deadAnswer: Refusal;

  beforeAll(async () => {
    const rules = { expiresInSeconds: TOKEN_SECONDS, revokeFamilyOnReuse: true };
    fleet = await startFleet({
      replicas: REPLICAS,
      refresh: { rotates: true, graceSeconds: 0 },
      // No lease runs out because minutes pass in a moment.
      env: { BROKER_SWEEP_INTERVAL_SECONDS: "1", BROKER_REFRESH_LEASE_SECONDS: "600" },
      vendors: { storm: rules, rejecting: rules, rejecting1000: rules, mostly: rules, secret: rules },
    });
    for (const [vendor, count] of Object.entries(VENDORS) as [Vendor, number][])
      connections.set(vendor, await fleet.seed(vendor, count, TOKEN_SECONDS));
    await fleet.makeDue(TOKEN_SECONDS - 1);
    // Everybody has been refreshed once when the trouble begins.
    const isRefreshed = ([name, count]: [string, number]) => attemptsAt(fleet, name as Vendor) >= count;
    while (!Object.entries(VENDORS).every(isRefreshed)) await sleep(STEP_MS);
    await sleep(STEP_MS);

    const invalidGrant = { answer: oauthError("invalid_grant"), grantType: "refresh_token", times: Infinity };
    fleet.vendor("storm").script({ answer: { status: 503 }, times: Infinity });
    fleet.vendor("rejecting").script(invalidGrant);
    fleet.vendor("rejecting1000").script(invalidGrant);
    dead = connections.get("mostly")![0]!;
    fleet.vendor("mostly").grants.end(dead.connectionId);
    for (const vendor of Object.keys(VENDORS) as Vendor[]) calls.set(vendor, attemptsAt(fleet, vendor));
    const all = [...connections.values()].flat();
    const callers = startCallers({ targets: fleet.targets, selectors: all, callsPerSecond: 60 });
    // The tokens are due from the fourth minute on, and end in the fifth.
    await pass(fleet, { minutes: 14, stepMs: 30 * SECOND_MS }, async () => {
      const before = await databaseNow(fleet);
      const asked = connections.get("storm")!.map((selector) => () => ask(fleet, selector, before));
      samples.push(...(await inParallel(asked, 8)));
      return false;
    });
    deadAnswer = (await ask(fleet, dead, new Date())).refusal!;
    console.log(`callers: ${JSON.stringify((await callers.stop()).outcomes)}`);
    atEnd = Object.fromEntries(
      await Promise.all(
        (Object.keys(VENDORS) as Vendor[]).map(async (vendor) => [vendor, await statuses(fleet, vendor)]),
      ),
    ) as typeof atEnd;
    for (const vendor of Object.keys(VENDORS) as Vendor[])
      calls.set(vendor, attemptsAt(fleet, vendor) - (calls.get(vendor) ?? 0));
    console.log(
      `after the trouble: ${JSON.stringify(atEnd)}; calls meanwhile: ${JSON.stringify(Object.fromEntries(calls))}`,
    );
  }, 180_000);

  afterAll(async () => await fleet[Symbol.asyncDispose]());

  it("answer every token that still works, degraded, and UNAVAILABLE with RetryInfo afterwards (503 for everybody)", () => {
    const failing = samples.filter(({ token }) => token?.degraded ?? token === undefined);
    const valid = failing.filter(({ token }) => token !== undefined);
    const refused = failing.filter(({ token }) => token === undefined);
    console.log(
      `503: ${valid.length} answers OK and degraded, ${refused.length} refused, ${calls.get("storm")} calls`,
    );
    expect(valid.length).toBeGreaterThanOrEqual(FEW);
    expect(refused.length).toBeGreaterThan(FEW);
    for (const { token, before } of valid) {
      expect(new Date(token!.expiresAt) > before).toBe(true);
      expect(token!.degraded!.reason).toBe("DEGRADED_REASON_PROVIDER_UNAVAILABLE");
    }
    for (const { refusal } of refused)
      expect(refusal).toMatchObject({
        code: "unavailable",
        reason: "PROVIDER_UNAVAILABLE",
        retryAfterMs: expect.any(Number),
      });
    expect(atEnd["storm"]).toEqual({ degraded: FEW });
    expect(calls.get("storm")! / FEW).toBeLessThanOrEqual(12);
  });

  it("end no grant (invalid_grant for everybody), and call no more than once a minute", () => {
    expect(atEnd["rejecting"]).toEqual({ degraded: FEW });
    expect(atEnd["rejecting1000"]).toEqual({ degraded: MANY });
    // Before the hold, four replicas have as many under way as a provider's pace allows; afterwards there is a probe a minute.
    const probes = 20;
    expect(calls.get("rejecting")).toBeLessThanOrEqual(FEW + probes);
    expect(calls.get("rejecting1000")).toBeLessThanOrEqual(REPLICAS * MOST_AT_ONCE + probes);
  });

  it("see the one grant that really died among sixty at once", async () => {
    expect(deadAnswer).toMatchObject({ reason: "REAUTHORIZATION_REQUIRED" });
    expect(atEnd["mostly"]).toEqual({ active: FEW, needs_reauth: 1 });
  });

  it("recover from all of it without anybody's help", async () => {
    for (const vendor of ["storm", "rejecting", "rejecting1000"] as const)
      fleet.vendor(vendor).scripts.clear();
    const isWell = async (vendor: keyof typeof VENDORS): Promise<boolean> =>
      (await statuses(fleet, vendor))["active"] === VENDORS[vendor];
    const recovered = new Map<string, number>();
    await pass(fleet, { minutes: 30, stepMs: 30 * SECOND_MS, patienceMs: PATIENCE_MS }, async (minutes) => {
      for (const vendor of ["storm", "rejecting", "rejecting1000"] as const)
        if (!recovered.has(vendor) && (await isWell(vendor))) recovered.set(vendor, minutes);
      return recovered.size === 3;
    });
    console.log(`all ACTIVE again after ${JSON.stringify(Object.fromEntries(recovered))} minutes`);
    expect([...recovered.keys()].toSorted()).toEqual(["rejecting", "rejecting1000", "storm"]);
    // The back-off alone would take a quarter of an hour.
    expect(recovered.get("storm")).toBeLessThanOrEqual(5);
    expect(checkLog(fleet.provider.log)).toMatchObject({ overlaps: [], reuseDetections: [] });
  }, 120_000);

  // A recovery that takes its ten minutes takes two of ours: the test is to tell what is still wrong then, and not that it took too long.
  it(
    "lose nothing to two hours of a wrong client secret, and are well as soon as it is right",
    AGAIN,
    async () => {
      const all = await fleet.connect("secret", FEW, TOKEN_SECONDS);
      const total = Object.values(await statuses(fleet, "secret")).reduce((sum, rows) => sum + rows, 0);
      const { settings } = fleet.vendor("secret");
      const right = settings.clients;
      settings.clients = Object.fromEntries(Object.keys(right).map((id) => [id, "another-secret"]));
      const before = attemptsAt(fleet, "secret");
      const callers = startCallers({ targets: fleet.targets, selectors: all, callsPerSecond: 40 });
      await pass(fleet, { minutes: 120, stepMs: 3 * MINUTE_MS }, async () => false);
      const attempts = attemptsAt(fleet, "secret") - before;
      const { outcomes } = await callers.stop();
      expect(await statuses(fleet, "secret")).toEqual({ degraded: total });
      settings.clients = right;
      const minutes = await pass(
        fleet,
        { minutes: 10, stepMs: 15 * SECOND_MS, patienceMs: PATIENCE_MS },
        async () => (await statuses(fleet, "secret"))["active"] === total,
      );
      console.log(
        `two hours of a wrong secret: ${attempts} calls to the provider, callers ${JSON.stringify(outcomes)}; ` +
          `all ACTIVE ${minutes} minutes after the correction`,
      );
      expect(await statuses(fleet, "secret")).toEqual({ active: total });
      expect(attempts).toBeLessThan(2 * 120);
      expect(minutes).toBeLessThanOrEqual(2);
    },
  );
});
