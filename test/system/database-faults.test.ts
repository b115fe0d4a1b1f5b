import { setTimeout as sleep } from "node:timers/promises";
import { escapeIdentifier, Client } from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type BrokerProcess } from "../support/broker-process.ts";
import { ConnectJsonError } from "../support/connect-json.ts";
import { createDatabase } from "../support/postgres-databases.ts";
import { startTestProvider, type TestProvider } from "../support/provider.ts";
import { postgresServerUrl } from "../support/run-fixtures.ts";
import {
  PATIENCE,
  call,
  connect,
  createDeployment,
  declared,
  type Deployment,
  newClient,
  newSelector,
  refreshesAt,
  refusalOf,
  type Selector,
} from "./deployment.ts";
import { type SlowProxy, startSlowProxy } from "./slow-proxy.ts";
import { probe, scrape } from "./telemetry.ts";

const POOL_SIZE = 10;
/** What the database calls one of the brokers, of which alone all connections are used up. The other one's name begins so. */
const FIRST = "first broker";
/** The promise is a second. A broker that waits for its database takes ten. */
const PROMPT_MS = 5000;
const HOUR_MS = 60 * 60_000;
/** The broker gives up a statement by itself. */
const STATEMENT_TIMEOUT_MS = 10_000;
const AWAY_FROM_TIMEOUTS_MS = STATEMENT_TIMEOUT_MS / 3;

const newClientOf = (connectionString: string): Client => new Client({ connectionString });

const codeOf = (error: unknown): string => (error instanceof ConnectJsonError ? error.code : "no answer");

describe("two brokers whose PostgreSQL", () => {
  const client = newClient();
  let databaseUrl: string;
  let proxy: SlowProxy;
  let provider: TestProvider;
  let deployment: Deployment;
  let brokers: readonly [BrokerProcess, BrokerProcess];
  let selector: Selector;

  beforeAll(async () => {
    databaseUrl = await createDatabase(await postgresServerUrl());
    const url = new URL(databaseUrl);
    proxy = await startSlowProxy({ host: url.hostname, port: Number(url.port || 5432) });
    url.hostname = "127.0.0.1";
    url.port = String(proxy.port);
    provider = await startTestProvider({ clients: { [client.id]: client.secret } });
    deployment = createDeployment(url.href, declared("acme", provider, client));
    const named = (name: string): Promise<BrokerProcess> => {
      url.searchParams.set("application_name", name);
      return deployment.start({ BROKER_DATABASE_URL: url.href });
    };
    brokers = await Promise.all([named(FIRST), named(`${FIRST} no more`)]);
    selector = newSelector("acme");
    await connect(brokers[0], provider, selector);
  });

  afterAll(async () => {
    await Promise.all((brokers ?? []).map((broker) => broker.stop()));
    await provider.close();
    await proxy[Symbol.asyncDispose]();
  });

  const expired = async (): Promise<Selector> => {
    const grant = newSelector("acme");
    const { accessToken, refreshToken } = provider.grants.open({ clientId: client.id });
    const expiresAt = new Date(Date.now() - HOUR_MS).toISOString();
    await call(brokers[0], "ImportToken", { ...grant, accessToken, refreshToken, expiresAt });
    return grant;
  };

  const timed = async <T>(work: Promise<T>): Promise<{ readonly value: T; readonly tookMs: number }> => {
    const began = performance.now();
    const value = await work;
    return { value, tookMs: performance.now() - began };
  };

  /** The first attempt that took no longer than it may, else the last one. */
  const promptOf = async <T extends { readonly tookMs: number }>(
    attempts: number,
    attempt: () => Promise<T>,
  ): Promise<T> => {
    const ended = await attempt();
    if (ended.tookMs < PROMPT_MS || attempts === 1) return ended;
    await sleep(AWAY_FROM_TIMEOUTS_MS);
    return await promptOf(attempts - 1, attempt);
  };

  const answers = async (): Promise<void> => {
    for (const broker of brokers) {
      await expect
        .poll(() => call(broker, "GetToken", selector).catch((error: unknown) => error), PATIENCE)
        .toMatchObject({ accessToken: expect.anything() });
      const ready = () => probe(broker, "ready").then(({ body }) => body);
      await expect.poll(ready, PATIENCE).toEqual({ status: "ready", degraded: [] });
    }
  };

  it("takes a second for every statement: all callers are answered, after one refresh", async () => {
    const grant = await expired();
    const refreshes = refreshesAt(provider).length;
    proxy.delayMs = 1000;
    const callers = [...brokers, ...brokers, ...brokers];
    const tokens = await Promise.all(callers.map((broker) => call(broker, "GetToken", grant)));
    proxy.delayMs = 0;
    expect(refreshesAt(provider)).toHaveLength(refreshes + 1);
    expect(new Set(tokens.map(({ accessToken }) => accessToken)).size).toBe(1);
    await answers();
  });

  it("has a lock on the table: no call waits for a connection, probes say so, and all goes on after it", async () => {
    const [administrator, observer] = [newClientOf(databaseUrl), newClientOf(databaseUrl)];
    await Promise.all([administrator.connect(), observer.connect()]);
    const [broker] = brokers;
    try {
      await administrator.query("begin; lock table connection_tokens in access exclusive mode");
      const answered = async (): Promise<void> => {
        while ((await call(broker, "GetToken", selector).then(() => "ok", codeOf)) === "unavailable");
      };
      const waiting = Promise.all(Array.from({ length: 2 * POOL_SIZE }, answered));
      const stuck = "select from pg_stat_activity where application_name = $1 and wait_event_type = 'Lock'";
      await expect
        .poll(async () => (await observer.query(stuck, [FIRST])).rowCount, PATIENCE)
        .toBeGreaterThanOrEqual(POOL_SIZE);
      const metric = await scrape(broker);
      expect(metric("tokenbroker_database_pool_connections", { state: "used" })).toBe(POOL_SIZE);
      expect(metric("tokenbroker_database_pool_connections", { state: "waiting" })).toBeGreaterThan(0);
      // A statement that is given up just then leaves its connection to this call, and then it is the lock that is waited for.
      const late = await promptOf(3, () => timed(refusalOf(call(broker, "GetToken", selector))));
      expect(late.value).toMatchObject({ code: "unavailable", reason: "STORE_UNAVAILABLE" });
      expect(late.value.retryAfterMs).toBeGreaterThan(0);
      expect(late.tookMs).toBeLessThan(PROMPT_MS);
      const ready = await timed(probe(broker, "ready"));
      expect(ready.value).toEqual({ status: 200, body: { status: "ready", degraded: ["database"] } });
      expect(ready.tookMs).toBeLessThan(PROMPT_MS);
      await administrator.query("commit");
      await waiting;
    } finally {
      await Promise.all([administrator.end(), observer.end()]);
    }
    await answers();
  });

  it("is read-only: what is stored is served, no provider is asked, and probes say so", async () => {
    const grant = await expired();
    const refreshes = refreshesAt(provider).length;
    const administrator = newClientOf(databaseUrl);
    await administrator.connect();
    const name = escapeIdentifier(new URL(databaseUrl).pathname.slice(1));
    const reconnect = `select pg_terminate_backend(pid) from pg_stat_activity where starts_with(application_name, '${FIRST}') and pid not in (select pid from pg_locks where locktype = 'advisory')`;
    try {
      await administrator.query(`alter database ${name} set default_transaction_read_only = on`);
      await administrator.query(reconnect);
      const served = () => call(brokers[0], "GetToken", selector).catch((error: unknown) => error);
      await expect.poll(served, PATIENCE).toMatchObject({ accessToken: expect.anything() });
      expect(await refusalOf(call(brokers[0], "GetToken", grant))).toMatchObject({ code: "unavailable" });
      expect(refreshesAt(provider)).toHaveLength(refreshes);
      expect(await probe(brokers[0], "ready")).toEqual({
        status: 200,
        body: { status: "ready", degraded: ["database"] },
      });
    } finally {
      await administrator.query("set default_transaction_read_only = off");
      await administrator.query(`alter database ${name} reset default_transaction_read_only`);
      await administrator.query(reconnect);
      await administrator.end();
    }
    await answers();
    expect(await call(brokers[1], "GetToken", grant)).toMatchObject({ accessToken: expect.anything() });
  });

  it("is cut off without a word: probes are answered in time, and calls when their time is up", async () => {
    // So that both hold connections that look as if they worked.
    await answers();
    proxy.partitioned = true;
    try {
      for (const broker of brokers) {
        const [ready, live] = await Promise.all([
          timed(probe(broker, "ready")),
          timed(probe(broker, "live")),
        ]);
        expect(ready.value).toEqual({ status: 200, body: { status: "ready", degraded: ["database"] } });
        expect(live.value.status).toBe(200);
        expect(Math.max(ready.tookMs, live.tookMs)).toBeLessThan(PROMPT_MS);
      }
      const hurried = call(brokers[0], "GetToken", selector, { "connect-timeout-ms": "500" });
      const refusal = await timed(refusalOf(hurried));
      expect(["deadline_exceeded", "unavailable"]).toContain(refusal.value.code);
      expect(refusal.tookMs).toBeLessThan(PROMPT_MS);
    } finally {
      proxy.partitioned = false;
    }
    await answers();
  });

  it("is cut off at a save without a word: a stop waits no longer than its drain, and names the connection", async () => {
    await using broker = await deployment.start({ BROKER_DRAIN_SECONDS: "3" });
    const grant = await expired();
    const heard = refreshesAt(provider).length;
    provider.settings.answerDelayMs = 1000;
    const unanswered = call(broker, "GetToken", grant).catch(() => "cut off");
    try {
      await expect.poll(() => refreshesAt(provider).length, PATIENCE).toBe(heard + 1);
      proxy.partitioned = true;
      await provider.server.quiet();
      const stopped = await timed(broker.stop());
      console.info(`ended after ${Math.round(stopped.tookMs)} ms, with 3 s to drain and a save that hangs`);
      expect(stopped.value).toEqual({ code: 3, signal: null });
      expect(stopped.tookMs).toBeLessThan(STATEMENT_TIMEOUT_MS);
    } finally {
      proxy.partitioned = false;
      provider.settings.answerDelayMs = 0;
    }
    // Who waits is served from memory if the save has failed, and cut off while it hangs.
    await unanswered;
    expect(broker.log()).toContainEqual(
      expect.objectContaining({
        event: "a refreshed token could not be saved and is lost with this process",
        connection_id: grant.connectionId,
      }),
    );
    await answers();
  });
});
