import { spawn } from "node:child_process";
import { once } from "node:events";
import { Agent, request as httpRequest } from "node:http";
import { connect as connectHttp2 } from "node:http2";
import { connect as connectSocket } from "node:net";
import { join } from "node:path";
import { status } from "@grpc/grpc-js";
import { Client } from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ProviderRequest } from "../mock-provider/index.ts";
import { type BrokerProcess } from "../support/broker-process.ts";
import { createGrpcClient } from "../support/grpc-client.ts";
import { createDatabase } from "../support/postgres-databases.ts";
import { startTestProvider, type TestProvider } from "../support/provider.ts";
import { postgresServerUrl } from "../support/run-fixtures.ts";
import {
  PATIENCE,
  call,
  comeBack,
  createDeployment,
  declared,
  linkedBy,
  type Deployment,
  newClient,
  newSelector,
  refreshesAt,
  type Selector,
  startAndConsent,
} from "./deployment.ts";
import { type SlowProxy, startSlowProxy } from "./slow-proxy.ts";
import { probe, watchHealth } from "./telemetry.ts";

/** What ends in order takes little more than what it waits for; the drain would allow 25 s. */
const IN_ORDER_MS = 15_000;
const HOUR_MS = 60 * 60_000;
/** Much longer than `IN_ORDER_MS`: whoever waits for this provider is found out. */
const UNANSWERED_SECONDS = 60;

const MAIN = join(import.meta.dirname, "../../src/main.ts");
/** Which advisory lock migrations run under. */
const MIGRATION_LOCK_ID = "500068215143";

describe("a broker that is told to stop", () => {
  const client = newClient();
  let provider: TestProvider;
  let link: SlowProxy;
  let deployment: Deployment;

  beforeAll(async () => {
    provider = await startTestProvider({ clients: { [client.id]: client.secret } });
    const url = await createDatabase(await postgresServerUrl());
    link = await startSlowProxy({ host: "127.0.0.1", port: provider.port });
    deployment = createDeployment(url, declared("acme", linkedBy(link, provider), client));
  });

  afterAll(async () => {
    await provider.close();
    await link[Symbol.asyncDispose]();
  });

  /** A grant whose token must be refreshed before it can be served. */
  const expired = async (broker: BrokerProcess): Promise<Selector> => {
    const selector = newSelector("acme");
    const { accessToken, refreshToken } = provider.grants.open({
      clientId: client.id,
      label: selector.connectionId,
    });
    const expiresAt = new Date(Date.now() - HOUR_MS).toISOString();
    await call(broker, "ImportToken", { ...selector, accessToken, refreshToken, expiresAt });
    return selector;
  };

  /** Whether the provider was asked to refresh this grant. */
  const isHeard = ({ connectionId }: Selector): boolean =>
    refreshesAt(provider).some(
      ({ params }) => provider.grants.holderOf(params["refresh_token"] ?? "")?.label === connectionId,
    );

  /** Resolves when the provider has heard of the refresh that `begin` causes. Its answer is held until the test lets it through. */
  const whileRefreshing = async <T>(
    selector: Selector,
    begin: () => Promise<T>,
  ): Promise<{ readonly answer: Promise<T> }> => {
    link.holdsAnswers = true;
    const answer = begin();
    answer.catch(() => {});
    await expect.poll(() => isHeard(selector), PATIENCE).toBe(true);
    return { answer };
  };

  const stopping = async (broker: BrokerProcess): Promise<void> => {
    await expect.poll(() => broker.log().some(({ event }) => event === "stopping"), PATIENCE).toBe(true);
  };

  it("answers what is under way, refuses what comes, says so to probes, and ends with 0", async () => {
    await using broker = await deployment.start();
    using grpc = createGrpcClient(broker.rpcAddress);
    using health = watchHealth(broker);
    const [byConnect, byGrpc] = [await expired(broker), await expired(broker)];
    const first = await whileRefreshing(byConnect, () => call(broker, "GetToken", byConnect));
    const second = await whileRefreshing(byGrpc, () => grpc.call("GetToken", byGrpc));
    await expect.poll(() => health.statuses, PATIENCE).toEqual(["SERVING"]);

    const began = performance.now();
    broker.kill("SIGTERM");
    await stopping(broker);
    expect(await probe(broker, "ready")).toMatchObject({ status: 503, body: { status: "not ready" } });
    expect(await probe(broker, "live")).toMatchObject({ status: 200 });
    await expect.poll(() => health.statuses, PATIENCE).toEqual(["SERVING", "NOT_SERVING"]);
    await expect(call(broker, "GetToken", byConnect)).rejects.toMatchObject({
      cause: { code: "ECONNREFUSED" },
    });
    await expect(grpc.call("GetToken", byGrpc)).rejects.toMatchObject({ code: status.UNAVAILABLE });

    link.holdsAnswers = false;
    expect(await first.answer).toMatchObject({ accessToken: expect.stringMatching(/^at-/) });
    expect(await second.answer).toMatchObject({ accessToken: expect.stringMatching(/^at-/) });
    await health.ended;
    expect(await broker.exited).toEqual({ code: 0, signal: null });
    expect(performance.now() - began).toBeLessThan(IN_ORDER_MS);
    expect(broker.log().at(-1)).toMatchObject({ event: "stopped" });
  });

  it("is not held up by clients that keep their connections", async () => {
    await using broker = await deployment.start();
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const session = connectHttp2(broker.rpcUrl);
    const silent = [broker.rpcAddress, broker.callbackAddress, new URL(broker.telemetryUrl).host].map(
      (address) => connectSocket(Number(address.split(":").at(-1)), "127.0.0.1"),
    );
    await Promise.all([session, ...silent].map((connection) => once(connection, "connect")));
    const selector = await expired(broker);
    const { answer } = await whileRefreshing(
      selector,
      () =>
        new Promise<number>((resolve, reject) => {
          const options = { agent, method: "POST", headers: { "content-type": "application/json" } };
          httpRequest(`${broker.rpcUrl}/tokenbroker.v1.TokenBrokerService/GetToken`, options, (response) => {
            response.resume().on("end", () => resolve(response.statusCode ?? 0));
          })
            .on("error", reject)
            .end(JSON.stringify(selector));
        }),
    );
    const began = performance.now();
    broker.kill("SIGTERM");
    await stopping(broker);
    link.holdsAnswers = false;
    expect(await answer).toBe(200);
    expect(await broker.exited).toEqual({ code: 0, signal: null });
    expect(performance.now() - began).toBeLessThan(IN_ORDER_MS);
    session.destroy();
    for (const socket of silent) socket.destroy();
    agent.destroy();
  });

  it("finishes an authorization whose browser is already back", async () => {
    await using broker = await deployment.start();
    const selector = newSelector("acme");
    const { callback } = await startAndConsent(broker, provider, selector);
    link.holdsAnswers = true;
    const isExchange = ({ params }: ProviderRequest): boolean =>
      params["code"] === callback.searchParams.get("code");
    const back = comeBack(broker, callback);
    await expect.poll(() => provider.requestsTo("token").some(isExchange), PATIENCE).toBe(true);
    broker.kill("SIGTERM");
    await stopping(broker);
    link.holdsAnswers = false;
    expect(await back).toMatchObject({ status: 303, query: { success: "true" } });
    expect(await broker.exited).toEqual({ code: 0, signal: null });
    await using next = await deployment.start();
    expect(await call(next, "GetToken", selector)).toMatchObject({ accessToken: expect.anything() });
  });

  it("saves the token of a refresh whose caller is gone, so that the next one works under strict rotation", async () => {
    provider.settings.revokeFamilyOnReuse = true;
    const broker = await deployment.start();
    const selector = await expired(broker);
    const caller = new AbortController();
    const { answer } = await whileRefreshing(selector, () =>
      fetch(`${broker.rpcUrl}/tokenbroker.v1.TokenBrokerService/GetToken`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(selector),
        signal: caller.signal,
      }),
    );
    caller.abort();
    await expect(answer).rejects.toThrow("aborted");
    broker.kill("SIGTERM");
    await stopping(broker);
    link.holdsAnswers = false;
    expect(await broker.exited).toEqual({ code: 0, signal: null });

    await using next = await deployment.start();
    const refreshes = refreshesAt(provider).length;
    const saved = await call(next, "GetToken", selector);
    expect(refreshesAt(provider)).toHaveLength(refreshes);
    await call(next, "RefreshToken", selector);
    expect(refreshesAt(provider).at(-1)).toMatchObject({ verdict: "issued", generation: 3 });
    expect(await call(next, "GetToken", selector)).not.toMatchObject({ accessToken: saved["accessToken"] });
    provider.settings.revokeFamilyOnReuse = false;
  });

  it("ends within its drain time although a provider does not answer", async () => {
    await using broker = await deployment.start({
      BROKER_DRAIN_SECONDS: "2",
      BROKER_PROVIDER_TIMEOUT_SECONDS: String(UNANSWERED_SECONDS),
      BROKER_REFRESH_LEASE_SECONDS: String(2 * UNANSWERED_SECONDS),
      BROKER_SWEEP_INTERVAL_SECONDS: "1",
    });
    provider.always("token", { fault: "hang" });
    // One that only the sweep refreshes, and one that somebody waits for as well.
    const [swept, read] = [await expired(broker), await expired(broker)];
    const unanswered = call(broker, "GetToken", read).catch(() => "cut off");
    await expect.poll(() => [swept, read].every(isHeard), PATIENCE).toBe(true);
    const began = performance.now();
    broker.kill("SIGTERM");
    expect(await broker.exited).toEqual({ code: 0, signal: null });
    const tookMs = performance.now() - began;
    provider.always("token", undefined);
    console.info(`ended after ${Math.round(tookMs)} ms, with 2 s to drain and a provider that hangs`);
    expect(tookMs).toBeLessThan(IN_ORDER_MS);
    expect(await unanswered).toBe("cut off");
    const cutOff = broker.log().filter(({ level, event }) => level === "warn" && event.includes("cut off"));
    expect(new Set(cutOff.map((line) => line["connection_id"]))).toEqual(
      new Set([swept.connectionId, read.connectionId]),
    );
  });

  it("ends at once while it still waits for another one's migration, and has served nothing", async () => {
    const url = await createDatabase(await postgresServerUrl());
    const other = new Client({ connectionString: url });
    await other.connect();
    await other.query(`select pg_advisory_lock(${MIGRATION_LOCK_ID})`);
    const { env } = createDeployment(url);
    const child = spawn(process.execPath, [MAIN, "serve"], {
      env: { PATH: process.env["PATH"], ...env, BROKER_RPC_ADDR: "127.0.0.1:0" },
      stdio: ["ignore", "pipe", "inherit"],
    });
    let output = "";
    child.stdout.on("data", (text) => (output += String(text)));
    const waits = "select from pg_locks where locktype = 'advisory' and not granted";
    await expect.poll(async () => (await other.query(waits)).rowCount, PATIENCE).toBe(1);
    const began = performance.now();
    child.kill("SIGTERM");
    const force = setTimeout(() => child.kill("SIGKILL"), 2 * IN_ORDER_MS);
    expect(await once(child, "close")).toEqual([0, null]);
    clearTimeout(force);
    expect(performance.now() - began).toBeLessThan(IN_ORDER_MS);
    expect(output).not.toContain('"event":"listening"');
    await other.end();
  });

  it.each(["SIGTERM", "SIGINT"] as const)("ends at once with 1 at the second %s", async (signal) => {
    await using broker = await deployment.start();
    const selector = await expired(broker);
    const { answer } = await whileRefreshing(selector, () => call(broker, "GetToken", selector));
    broker.kill(signal);
    await stopping(broker);
    const began = performance.now();
    broker.kill(signal);
    expect(await broker.exited).toEqual({ code: 1, signal: null });
    expect(performance.now() - began).toBeLessThan(IN_ORDER_MS);
    link.holdsAnswers = false;
    await expect(answer).rejects.toThrow("fetch failed");
  });
});
