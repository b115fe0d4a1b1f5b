import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { STRICT } from "../../mock-provider/index.ts";
import type { Replica } from "../../support/replica-process.ts";
import { REPLICA_HEADER } from "../../support/replica-requests.ts";
import { call, type Environment, PATIENCE, refusalOf, type Selector } from "../deployment.ts";
import { type SlowProxy, startSlowProxy } from "../slow-proxy.ts";
import { firstSweepOver } from "../telemetry.ts";
import { type FaultFleet, createTokenWatch, expectIntact, rowOf, startFaultFleet } from "./faults.ts";
import type { Surroundings } from "./fleet.ts";

/** Of each statement, at one replica and at the other. */
const STATEMENTS_MS = [1500, 500];
const HURRY_MS = 1000;

/** Seconds that a connection's first token works for. */
const LASTING = 3600;
const ENDED = -60;

interface Links {
  readonly toDatabase: SlowProxy;
  readonly toProvider: SlowProxy;
}

/** A replica that reaches its database and its provider by links that a test can make bad. */
const linked = async (links: Links[], { databaseUrl = "", provider }: Surroundings): Promise<Environment> => {
  const database = new URL(databaseUrl);
  const toDatabase = await startSlowProxy({ host: database.hostname, port: Number(database.port) });
  const toProvider = await startSlowProxy({ host: "127.0.0.1", port: provider.port });
  links.push({ toDatabase, toProvider });
  database.hostname = "127.0.0.1";
  database.port = String(toDatabase.port);
  const tokenUrl = new URL(provider.vendor("strict").tokenUrl);
  tokenUrl.port = String(toProvider.port);
  return {
    BROKER_DATABASE_URL: database.href,
    CONNECT_STRICT_TOKEN_URL: tokenUrl.href,
    BROKER_ALLOW_INSECURE_LOOPBACK: `127.0.0.1:${provider.port},127.0.0.1:${toProvider.port}`,
  };
};

describe("two replicas of which one has a bad network", () => {
  const links: Links[] = [];
  let faultFleet: FaultFleet & AsyncDisposable;
  let far: Replica;
  let near: Replica;
  const all: Selector[] = [];
  const ask = createTokenWatch();

  beforeAll(async () => {
    faultFleet = await startFaultFleet({
      replicas: 2,
      refresh: { rotates: true, graceSeconds: 0 },
      envOf: (_, surroundings) => linked(links, surroundings),
      env: { BROKER_REFRESH_LEASE_SECONDS: undefined },
      vendors: { strict: { ...STRICT, expiresInSeconds: 3600 } },
    });
    [far, near] = faultFleet.fleet.replicas as [Replica, Replica];
  });
  afterAll(async () => {
    await faultFleet[Symbol.asyncDispose]();
    for (const { toDatabase, toProvider } of links) {
      await toDatabase[Symbol.asyncDispose]();
      await toProvider[Symbol.asyncDispose]();
    }
  });

  const connect = async (count: number, firstTokenSeconds: number): Promise<Selector[]> => {
    const some = await faultFleet.fleet.connect("strict", count, firstTokenSeconds);
    all.push(...some);
    return some;
  };

  const callsBy = (replica: Replica): number =>
    faultFleet.fleet
      .vendor("strict")
      .requests.filter(({ headers }) => headers[REPLICA_HEADER] === replica.name).length;

  const served = async (replica: Replica, selector: Selector): Promise<void> => {
    const answer = () => ask(replica, selector).catch((error: unknown) => error);
    await expect.poll(answer, PATIENCE).toMatchObject({ accessToken: expect.any(String) });
  };

  it("answer all callers after one refresh, or when their time is up, while every statement takes long", async () => {
    const [hurried, ...patient] = (await connect(5, ENDED)) as [Selector, ...Selector[]];
    const { counters } = faultFleet.fleet.vendor("strict");
    links.forEach(({ toDatabase }, place) => (toDatabase.delayMs = STATEMENTS_MS[place]!));
    const began = performance.now();
    const inTime = call(far, "GetToken", hurried, { "connect-timeout-ms": String(HURRY_MS) });
    const refusal = refusalOf(inTime).then(({ code }) => ({ code, tookMs: performance.now() - began }));
    const answers = patient.flatMap((selector) => [ask(far, selector), ask(near, selector)]);
    const versions = (await Promise.all(answers)).map(({ version }) => version);
    expect(new Set(versions).size).toBe(patient.length);
    const { code, tookMs } = await refusal;
    expect(code).toBe("deadline_exceeded");
    expect(tookMs).toBeLessThan(5 * HURRY_MS);
    for (const { toDatabase } of links) toDatabase.delayMs = 0;
    console.log(
      `statements of ${STATEMENTS_MS.join(" and ")} ms: told after ${Math.round(tookMs)} of ${HURRY_MS} ms that the time is up`,
    );
    await served(near, hurried);
    expect(counters.requests.token).toBe(1 + patient.length);
    await expectIntact(faultFleet, all);
  });

  it("cut off from the database alone: serves what it could not save, refreshes nothing else, and saves it later", async () => {
    const [held] = (await connect(1, LASTING)) as [Selector];
    const others = await connect(3, ENDED);
    far.arm("before save", "pause");
    const refreshed = call(far, "RefreshToken", held);
    await far.reached("before save");
    const [{ toDatabase }] = links as [Links];
    toDatabase.broken = true;
    far.resume();
    await Promise.allSettled([refreshed]);
    const kept = () => ask(far, held).catch((error: unknown) => error);
    const unsaved = { degraded: { reason: "DEGRADED_REASON_STORE_UNAVAILABLE" } };
    await expect.poll(kept, PATIENCE).toMatchObject(unsaved);
    const [before, { version }] = [callsBy(far), await ask(far, held)];
    for (const other of others) {
      expect(await refusalOf(call(far, "GetToken", other))).toMatchObject({ reason: "STORE_UNAVAILABLE" });
      await served(near, other);
    }
    expect(callsBy(far)).toBe(before);
    expect((await rowOf(faultFleet, held)).version).toBeLessThan(BigInt(version));

    toDatabase.broken = false;
    const saved = async () => (await rowOf(faultFleet, held)).version;
    await expect.poll(saved, PATIENCE).toBe(BigInt(version));
    await served(near, held);
    for (const other of others) await served(far, other);
    await expectIntact(faultFleet, all);
  });

  it("cut off from the provider alone: serves what works, the other one refreshes, and nothing is lost", async () => {
    await Promise.all([far, near].map(firstSweepOver));
    const [working] = (await connect(1, LASTING)) as [Selector];
    const expired = await connect(3, ENDED);
    const [{ toProvider }] = links as [Links];
    toProvider.broken = true;
    const before = callsBy(far);
    // Far may not have its lock in the database again yet.
    for (const selector of expired)
      await expect
        .poll(() => refusalOf(call(far, "GetToken", selector)), PATIENCE)
        .toMatchObject({ reason: "PROVIDER_UNAVAILABLE", retryAfterMs: expect.any(Number) });
    await ask(far, working);
    // Once the wait after far's failure is over.
    for (const selector of expired) await served(near, selector);
    for (const selector of expired) await served(far, selector);
    expect(callsBy(far)).toBe(before);
    toProvider.broken = false;
    await call(far, "RefreshToken", working);
    expect(callsBy(far)).toBe(before + 1);
    for (const selector of all)
      expect(await faultFleet.fleet.connection(selector)).toMatchObject({
        status: "CONNECTION_STATUS_ACTIVE",
      });
    await expectIntact(faultFleet, all);
  });
});
