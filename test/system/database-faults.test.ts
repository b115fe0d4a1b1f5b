import { escapeIdentifier, Client } from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type BrokerProcess } from "../support/broker-process.ts";
import { ConnectJsonError } from "../support/connect-json.ts";
import { createDatabase } from "../support/postgres-databases.ts";
import { startTestProvider, type TestProvider } from "../support/provider.ts";
import { postgresServerUrl } from "../support/run-fixtures.ts";
import {
  call,
  connect,
  createDeployment,
  declared,
  newClient,
  newSelector,
  refreshesAt,
  refusalOf,
  type Selector,
} from "./deployment.ts";
import { type SlowProxy, startSlowProxy } from "./slow-proxy.ts";
import { probe, scrape } from "./telemetry.ts";

const POOL_SIZE = 10;
/** A probe usually gives up after a second; two busy cores are given one more. */
const PROMPT_MS = 2000;
const RECOVERY_MS = 10_000;
const HOUR_MS = 60 * 60_000;

const newClientOf = (connectionString: string): Client => new Client({ connectionString });

const codeOf = (error: unknown): string => (error instanceof ConnectJsonError ? error.code : "no answer");

describe("two brokers whose PostgreSQL", () => {
  const client = newClient();
  let databaseUrl: string;
  let proxy: SlowProxy;
  let provider: TestProvider;
  let brokers: readonly [BrokerProcess, BrokerProcess];
  let selector: Selector;

  beforeAll(async () => {
    databaseUrl = await createDatabase(await postgresServerUrl());
    const url = new URL(databaseUrl);
    proxy = await startSlowProxy({ host: url.hostname, port: Number(url.port || 5432) });
    url.hostname = "127.0.0.1";
    url.port = String(proxy.port);
    provider = await startTestProvider({ clients: { [client.id]: client.secret } });
    const deployment = createDeployment(url.href, declared("acme", provider, client));
    brokers = await Promise.all([deployment.start(), deployment.start()]);
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

  const answers = async (): Promise<void> => {
    for (const broker of brokers) {
      await expect
        .poll(() => call(broker, "GetToken", selector).catch((error: unknown) => error), {
          timeout: RECOVERY_MS,
        })
        .toMatchObject({ accessToken: expect.anything() });
      expect((await probe(broker, "ready")).body).toEqual({ status: "ready", degraded: [] });
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
      const stuck =
        "select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'";
      await expect
        .poll(async () => (await observer.query(stuck)).rowCount, { timeout: RECOVERY_MS })
        .toBeGreaterThanOrEqual(POOL_SIZE);
      const metric = await scrape(broker);
      expect(metric("tokenbroker_database_pool_connections", { state: "used" })).toBe(POOL_SIZE);
      expect(metric("tokenbroker_database_pool_connections", { state: "waiting" })).toBeGreaterThan(0);
      const late = await timed(refusalOf(call(broker, "GetToken", selector)));
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
    const reconnect = `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'token-broker' and datname = current_database()`;
    try {
      await administrator.query(`alter database ${name} set default_transaction_read_only = on`);
      await administrator.query(reconnect);
      const served = () => call(brokers[0], "GetToken", selector).catch((error: unknown) => error);
      await expect.poll(served, { timeout: RECOVERY_MS }).toMatchObject({ accessToken: expect.anything() });
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
});
