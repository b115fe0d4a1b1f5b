import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type BrokerProcess } from "../support/broker-process.ts";
import { ConnectJsonError } from "../support/connect-json.ts";
import { type PostgresCluster, startPostgresCluster } from "../support/postgres.ts";
import { startTestProvider, type TestProvider } from "../support/provider.ts";
import {
  PATIENCE,
  call,
  comeBack,
  connect,
  createDeployment,
  declared,
  linkedBy,
  type Deployment,
  newClient,
  newSelector,
  refreshesAt,
  type Refusal,
  refusalOf,
  type Selector,
  startAndConsent,
} from "./deployment.ts";
import { type SlowProxy, startSlowProxy } from "./slow-proxy.ts";
import { probe, scrape, watchHealth } from "./telemetry.ts";

/** Connections that a broker keeps at most. */
const POOL_SIZE = 10;
/** The promise is a second, and on idle cores it takes milliseconds. A broker that waits for the database takes ten seconds. */
const PROMPT_MS = 5000;
const RECOVERY_MS = 10_000;

describe("a broker whose PostgreSQL", () => {
  const client = newClient();
  let cluster: PostgresCluster;
  let provider: TestProvider;
  let link: SlowProxy;
  let deployment: Deployment;
  let broker: BrokerProcess;
  let selector: Selector;

  beforeAll(async () => {
    cluster = await startPostgresCluster();
    provider = await startTestProvider({ clients: { [client.id]: client.secret } });
    const url = await cluster.createDatabase();
    // The test cluster commits without waiting for its log; what a broker was told is stored must survive a crash.
    await administer(`alter database "${new URL(url).pathname.slice(1)}" set synchronous_commit = on`);
    link = await startSlowProxy({ host: "127.0.0.1", port: provider.port });
    deployment = createDeployment(url, declared("acme", linkedBy(link, provider), client));
    broker = await deployment.start();
    selector = newSelector("acme");
    await connect(broker, provider, selector);
  });

  afterAll(async () => {
    await broker?.stop();
    await provider.close();
    await link[Symbol.asyncDispose]();
    await cluster[Symbol.asyncDispose]();
  });

  const administer = async (sql: string): Promise<number> => {
    const administrator = new Client({ connectionString: cluster.url });
    await administrator.connect();
    try {
      return (await administrator.query(sql)).rowCount ?? 0;
    } finally {
      await administrator.end();
    }
  };

  const refusedWithin = async (method: string, request: unknown): Promise<Refusal> => {
    const began = performance.now();
    const refusal = await refusalOf(call(broker, method, request));
    const tookMs = performance.now() - began;
    expect(tookMs, `${method} took ${Math.round(tookMs)} ms`).toBeLessThan(PROMPT_MS);
    return refusal;
  };

  const recovers = async (): Promise<void> => {
    await expect.poll(getToken, PATIENCE).toMatchObject({ accessToken: expect.anything() });
  };

  const getToken = () => call(broker, "GetToken", selector).catch((error: unknown) => error);

  it("stops says UNAVAILABLE at once, stays ready and alive, and works again when it is back", async () => {
    const before = await call(broker, "GetToken", selector);
    const flow = await startAndConsent(broker, provider, newSelector("acme"));
    expect(await probe(broker, "ready")).toEqual({ status: 200, body: { status: "ready", degraded: [] } });
    using health = watchHealth(broker);
    await expect.poll(() => health.statuses, PATIENCE).toEqual(["SERVING"]);

    await cluster.stop("immediate");
    for (const [method, request] of [
      ["GetToken", selector],
      ["GetToken", selector],
      ["GetConnection", selector],
      ["StartAuthorization", newSelector("acme")],
      ["ListConnections", {}],
    ] as const) {
      expect(await refusedWithin(method, request)).toMatchObject({
        code: "unavailable",
        reason: "STORE_UNAVAILABLE",
        retryAfterMs: expect.toSatisfy((ms: number) => ms > 0),
      });
    }
    const began = performance.now();
    await refusedWithin("GetToken", selector);
    console.info(`GetToken without a database is refused after ${(performance.now() - began).toFixed(1)} ms`);
    const crowd = await Promise.all(
      Array.from({ length: 5 * POOL_SIZE }, () => refusedWithin("GetToken", selector)),
    );
    expect(new Set(crowd.map(({ reason }) => reason))).toEqual(new Set(["STORE_UNAVAILABLE"]));
    expect(await probe(broker, "live")).toEqual({ status: 200, body: { status: "live" } });
    expect(await probe(broker, "ready")).toEqual({
      status: 200,
      body: { status: "ready", degraded: ["database"] },
    });
    const metric = await scrape(broker);
    const labels = { method: "GetToken", code: "unavailable" };
    expect(metric("tokenbroker_rpc_calls_total", labels)).toBe(3 + crowd.length);
    expect((await comeBack(broker, flow.callback)).status).toBe(503);

    await cluster.start();
    await recovers();
    expect(await call(broker, "GetToken", selector)).toEqual(before);
    expect((await probe(broker, "ready")).body).toEqual({ status: "ready", degraded: [] });
    expect(health.statuses).toEqual(["SERVING"]);
    expect(await comeBack(broker, flow.callback)).toMatchObject({ query: { success: "true" } });
  });

  it("loses connections by the dozen answers after each time", async () => {
    const caller = new AbortController();
    let answered = 0;
    const codes = new Set<string>();
    const work = async () => {
      while (!caller.signal.aborted) {
        await call(broker, "GetToken", selector).then(
          () => (answered += 1),
          (error: unknown) => codes.add(error instanceof ConnectJsonError ? error.code : "no answer"),
        );
      }
    };
    const callers = Array.from({ length: 2 * POOL_SIZE }, work);
    let ended = 0;
    for (let round = 0; round < 3 || ended <= 2 * POOL_SIZE; round += 1) {
      const enough = answered + POOL_SIZE;
      await expect.poll(() => answered, PATIENCE).toBeGreaterThan(enough);
      ended += await administer(
        "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'token-broker'",
      );
    }
    const enough = answered + 5 * POOL_SIZE;
    await expect.poll(() => answered, PATIENCE).toBeGreaterThan(enough);
    caller.abort();
    await Promise.all(callers);
    expect([...codes].filter((code) => code !== "unavailable")).toEqual([]);
    expect(await call(broker, "GetToken", selector)).toMatchObject({ accessToken: expect.anything() });
    expect((await probe(broker, "ready")).body).toMatchObject({ degraded: [] });
  });

  /** A refresh whose answer comes when the database is already away: the provider has rotated, and only this process knows the new tokens. */
  const refreshIntoOutage = async (): Promise<Selector> => {
    const grant = newSelector("acme");
    await connect(broker, provider, grant);
    const heard = refreshesAt(provider).length;
    link.holdsAnswers = true;
    const refreshing = call(broker, "RefreshToken", grant).catch(() => "refused");
    await expect.poll(() => refreshesAt(provider).length, PATIENCE).toBe(heard + 1);
    await cluster.stop("immediate");
    link.holdsAnswers = false;
    await refreshing;
    return grant;
  };

  it("stops between a refresh and its save serves the new token, and saves it when it is back", async () => {
    const grant = await refreshIntoOutage();
    const unsaved = await call(broker, "GetToken", grant);
    expect(unsaved).toMatchObject({ degraded: { reason: "DEGRADED_REASON_STORE_UNAVAILABLE" } });
    expect(await refusedWithin("GetToken", selector)).toMatchObject({ reason: "STORE_UNAVAILABLE" });
    await cluster.start();
    await expect
      .poll(() => call(broker, "GetToken", grant).then((token) => token["degraded"]), PATIENCE)
      .toBeUndefined();
    expect(await call(broker, "GetToken", grant)).toMatchObject({
      accessToken: unsaved["accessToken"],
      version: unsaved["version"],
    });

    await broker.stop();
    broker = await deployment.start();
    await call(broker, "RefreshToken", grant);
    expect(refreshesAt(provider).at(-1)).toMatchObject({ verdict: "issued", generation: 3 });
  });

  it("is still away at SIGTERM is waited for while the drain lasts, and the token saved", async () => {
    const grant = await refreshIntoOutage();
    broker.kill("SIGTERM");
    await expect.poll(() => broker.log().some(({ event }) => event === "stopping"), PATIENCE).toBe(true);
    await cluster.start();
    expect(await broker.exited).toEqual({ code: 0, signal: null });
    broker = await deployment.start();
    await call(broker, "RefreshToken", grant);
    expect(refreshesAt(provider).at(-1)).toMatchObject({ verdict: "issued", generation: 3 });
  });

  it("does not come back before the drain is over is told by the log and the exit code", async () => {
    await broker.stop();
    broker = await deployment.start({ BROKER_DRAIN_SECONDS: "1" });
    const grant = await refreshIntoOutage();
    const began = performance.now();
    expect(await broker.stop()).toEqual({ code: 3, signal: null });
    expect(performance.now() - began).toBeLessThan(RECOVERY_MS);
    const lost = broker.log().filter(({ level }) => level === "error");
    expect(lost).toContainEqual(
      expect.objectContaining({ connection_id: grant.connectionId, namespace: "default", provider: "acme" }),
    );
    expect(broker.output()).toContain("BROKER_SPOOL_DIR would keep them");
    await cluster.start();
    broker = await deployment.start();
    expect(await call(broker, "GetToken", selector)).toMatchObject({ accessToken: expect.anything() });
  });

  describe("stays away beyond the end of the process", () => {
    let spool: string;
    beforeAll(async () => {
      spool = mkdtempSync(join(tmpdir(), "token-broker-spool-"));
      await broker.stop();
      broker = await deployment.start({ BROKER_SPOOL_DIR: spool, BROKER_DRAIN_SECONDS: "1" });
    });
    afterAll(() => rmSync(spool, { recursive: true, force: true }));

    const spooled = () => readdirSync(spool).filter((name) => name.endsWith(".token"));

    it.each([
      { end: "told to stop", signal: "SIGTERM", exit: { code: 0, signal: null } },
      { end: "killed", signal: "SIGKILL", exit: { code: null, signal: "SIGKILL" } },
    ] as const)(
      "leaves the token of a process that was $end in the spool, and the next one stores it before it serves",
      async ({ signal, exit }) => {
        const grant = await refreshIntoOutage();
        const unsaved = await call(broker, "GetToken", grant);
        await expect.poll(spooled, PATIENCE).toHaveLength(1);
        const refreshes = refreshesAt(provider).length;
        broker.kill(signal);
        expect(await broker.exited).toEqual(exit);
        if (signal === "SIGTERM")
          expect(broker.log()).toContainEqual(
            expect.objectContaining({
              event: "a refreshed token waits in the spool for the next start",
              connection_id: grant.connectionId,
            }),
          );
        expect(spooled()).toHaveLength(1);

        await cluster.start();
        broker = await deployment.start({ BROKER_SPOOL_DIR: spool, BROKER_DRAIN_SECONDS: "1" });
        const saved = await call(broker, "GetToken", grant);
        expect(saved).toMatchObject({ accessToken: unsaved["accessToken"], version: unsaved["version"] });
        expect(saved).not.toHaveProperty("degraded");
        expect(spooled()).toEqual([]);
        expect(refreshesAt(provider)).toHaveLength(refreshes);
        await call(broker, "RefreshToken", grant);
        expect(refreshesAt(provider).at(-1)).toMatchObject({ verdict: "issued", generation: 3 });
      },
    );
  });
});
