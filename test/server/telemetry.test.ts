import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  Health,
  HealthCheckResponse_ServingStatus as Status,
} from "../../gen/ts/grpc/health/v1/health_pb.ts";
import { createAccessPolicy } from "../../src/access/index.ts";
import { createReadiness, createRpcHandler } from "../../src/server/index.ts";
import { createMetrics, silentLogger } from "../../src/telemetry/index.ts";
import { sendRaw } from "../http-callback/raw-request.ts";
import { startTestApp, type TestApp } from "../support/app.ts";
import { canary } from "../support/canaries.ts";
import { describeEachStore, storeUnderTest } from "../support/database.ts";
import { startTestProvider, type TestProvider } from "../support/provider.ts";
import { acmeEnv, useAcmeApp } from "./acme-app.ts";
import { post, rpcNames } from "./rpc-calls.ts";
import { validRequest } from "./rpc-requests.ts";

/** Its module without types. */
const parsePrometheus = createRequire(import.meta.url)("parse-prometheus-text-format") as (
  text: string,
) => Metric[];

interface Sample {
  readonly value: string;
  readonly labels?: Readonly<Record<string, string>>;
}

interface Metric {
  readonly name: string;
  readonly help: string;
  readonly type: string;
  readonly metrics: readonly Sample[];
}

const scrape = async (url: string): Promise<readonly Metric[]> => {
  const response = await fetch(`${url}/metrics`);
  expect(response.headers.get("content-type")).toMatch(/^text\/plain; version=0\.0\.4/);
  return parsePrometheus(await response.text());
};

/** The value of one sample; 0 = there is none. */
const valueOf = (
  metrics: readonly Metric[],
  name: string,
  labels: Readonly<Record<string, string>> = {},
): number => {
  const metric = metrics.find((candidate) => candidate.name === name);
  const sample = metric?.metrics.find((candidate) =>
    Object.entries(labels).every(([label, value]) => candidate.labels?.[label] === value),
  );
  return Number(sample?.value ?? 0);
};

const get = async (url: string): Promise<{ status: number; body: unknown }> => {
  const response = await fetch(url);
  expect(response.headers.get("cache-control")).toBe("no-store");
  return { status: response.status, body: await response.json() };
};

describeEachStore("/metrics", (store) => {
  const app = useAcmeApp({ store });
  const call = (rpc: string, changes: object = {}) =>
    post(app.broker.rpcUrl, rpc, validRequest(rpc, { ...changes }));
  const metrics = () => scrape(app.broker.telemetryUrl);

  /** How much the sample grows while something happens. */
  const growth = async (
    name: string,
    labels: Readonly<Record<string, string>>,
    event: () => Promise<unknown>,
  ) => {
    const before = valueOf(await metrics(), name, labels);
    await event();
    return valueOf(await metrics(), name, labels) - before;
  };

  it("is read by a Prometheus parser, every metric with a type and a help text", async () => {
    const all = await metrics();
    const ours = all.filter(({ name }) => name.startsWith("tokenbroker_"));
    expect(ours.length).toBeGreaterThanOrEqual(8);
    for (const { name, type, help } of all)
      expect([name, help !== "", /^(COUNTER|GAUGE|HISTOGRAM)$/.test(type)]).toEqual([name, true, true]);
  });

  it("counts calls by method and code", async () => {
    const counted = await growth(
      "tokenbroker_rpc_calls_total",
      { method: "GetToken", code: "not_found" },
      async () => {
        await call("GetToken");
        await call("GetToken");
      },
    );
    const invalid = await growth(
      "tokenbroker_rpc_calls_total",
      { method: "GetToken", code: "invalid_argument" },
      () => call("GetToken", { userId: "" }),
    );
    const good = await growth("tokenbroker_rpc_calls_total", { method: "ListConnections", code: "ok" }, () =>
      call("ListConnections"),
    );
    expect([counted, invalid, good]).toEqual([2, 1, 1]);
  });

  it("counts refreshes by outcome", async () => {
    const refresh = async (answer?: { status: number; json?: object }): Promise<void> => {
      const { refreshToken } = app.provider.grants.open({ clientId: "client", scopes: ["read"] });
      const connectionId = randomUUID();
      await call("ImportToken", { connectionId, refreshToken });
      if (answer) app.provider.script("token", answer);
      await call("RefreshToken", { connectionId });
    };
    const outcomes = async (event: () => Promise<void>) => {
      const read = async () =>
        (await metrics()).find(({ name }) => name === "tokenbroker_refreshes_total")?.metrics ?? [];
      const before = new Map((await read()).map(({ labels, value }) => [labels?.["outcome"], Number(value)]));
      await event();
      return (await read())
        .filter(({ labels, value }) => Number(value) > (before.get(labels?.["outcome"]) ?? 0))
        .map(({ labels }) => [labels?.["provider"], labels?.["outcome"]]);
    };
    const told = [
      await outcomes(() => refresh()),
      await outcomes(() => refresh({ status: 503 })),
      await outcomes(() => refresh({ status: 400, json: { error: "invalid_grant" } })),
    ];
    expect(told.flat().map(([provider]) => provider)).toEqual(["acme", "acme", "acme"]);
    expect(new Set(told.flat().map(([, outcome]) => outcome)).size).toBe(3);
    expect(told[0]).toEqual([["acme", "refreshed"]]);
  });

  it("counts callbacks by outcome", async () => {
    const { json } = await call("StartAuthorization");
    const redirected = await growth("tokenbroker_callbacks_total", { outcome: "succeeded" }, async () => {
      const callback = await app.provider.authorize(String(json["authorizeUrl"]));
      await (await fetch(callback, { redirect: "manual" })).text();
    });
    const invalid = await growth("tokenbroker_callbacks_total", { outcome: "invalid" }, async () =>
      (await fetch(`${app.broker.httpUrl}/connect/callback/acme?code=x&state=${canary("state")}`)).text(),
    );
    expect([redirected, invalid]).toEqual([1, 1]);
  });

  it("tells how late the sweep is", async () => {
    const { refreshToken } = app.provider.grants.open({ clientId: "client", scopes: ["read"] });
    const aMinuteAgo = new Date(Date.now() - 60_000).toISOString();
    await call("ImportToken", { refreshToken, expiresAt: aMinuteAgo });
    await app.broker.app.tokens.sweep(AbortSignal.timeout(5000));
    const lag = valueOf(await metrics(), "tokenbroker_sweep_lag_seconds");
    expect(lag).toBeGreaterThan(60);
    await app.broker.app.tokens.sweep(AbortSignal.timeout(5000));
    expect(valueOf(await metrics(), "tokenbroker_sweep_lag_seconds")).toBeLessThan(lag);
  });

  it("tells how the database's connections are used", async () => {
    await call("ListConnections");
    const all = await metrics();
    const states = all.find(({ name }) => name === "tokenbroker_database_pool_connections")?.metrics ?? [];
    expect(new Set(states.map(({ labels }) => labels?.["state"]))).toEqual(
      new Set(["idle", "used", "waiting"]),
    );
    expect(states.reduce((sum, { value }) => sum + Number(value), 0)).toBeGreaterThan(0);
  });

  it("names no person, no connection and no token", async () => {
    const connectionId = randomUUID();
    const userId = `person-${randomUUID()}`;
    await call("ImportToken", { connectionId, userId });
    await call("GetToken", { connectionId, userId });
    const text = await (await fetch(`${app.broker.telemetryUrl}/metrics`)).text();
    for (const secret of [connectionId, userId, "CANARY"]) expect(text).not.toContain(secret);
  });
});

describe("the telemetry listener", () => {
  const app = useAcmeApp();

  it("says that it lives and is ready", async () => {
    expect(await get(`${app.broker.telemetryUrl}/healthz/live`)).toEqual({
      status: 200,
      body: { status: "live" },
    });
    expect(await get(`${app.broker.telemetryUrl}/healthz/ready?verbose=1`)).toEqual({
      status: 200,
      body: { status: "ready", degraded: [] },
    });
  });

  it("answers GET and HEAD alone", async () => {
    for (const path of ["/healthz/live", "/healthz/ready", "/metrics"]) {
      const head = await fetch(app.broker.telemetryUrl + path, { method: "HEAD" });
      const posted = await fetch(app.broker.telemetryUrl + path, { method: "POST", body: "x" });
      await posted.text();
      expect([head.status, await head.text(), posted.status, posted.headers.get("allow")]).toEqual([
        200,
        "",
        405,
        "GET, HEAD",
      ]);
    }
  });

  it.each([
    "/",
    "/healthz",
    "/metrics/",
    "/connect/callback/acme",
    "/tokenbroker.v1.TokenBrokerService/GetToken",
    "//",
    "/%zz",
  ])("has nothing at %s", async (path) => {
    const port = Number(app.broker.addresses.telemetry.split(":")[1]);
    const { status } = await sendRaw(
      port,
      `GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`,
    );
    expect(status).toBe(404);
  });
});

describe("a broker that is stopped", () => {
  const store = storeUnderTest("pglite");
  let provider: TestProvider;
  let broker: TestApp;

  beforeAll(async () => {
    const clientSecret = canary("client_secret");
    provider = await startTestProvider({ clients: { client: clientSecret } });
    broker = await startTestApp({ database: await store.open(), env: acmeEnv(provider, clientSecret) });
  });
  afterAll(() => provider.close());

  it("says so everywhere at once, finishes what it began, and is gone", async () => {
    const health = broker.clientOf(Health, "grpc binary h2c");
    const seen: (Status | "end")[] = [];
    const watching = (async () => {
      for await (const { status } of health.watch({ service: "" })) seen.push(status);
      seen.push("end");
    })();
    await expect.poll(() => seen).toEqual([Status.SERVING]);

    const answer = { access_token: canary("access_token"), token_type: "Bearer", expires_in: 3600 };
    provider.script("token", { delayMs: 600, json: answer });
    const refreshToken = canary("refresh_token");
    const slow = post(
      broker.rpcUrl,
      "ImportToken",
      validRequest("ImportToken", { refreshToken, verify: true }),
    );
    const begun = (): boolean => provider.requestsTo("token").length > 0;
    await expect.poll(begun).toBe(true);

    const stopped = broker.app.stop();
    await sleep(20);
    expect(await get(`${broker.telemetryUrl}/healthz/ready`)).toEqual({
      status: 503,
      body: { status: "not ready", degraded: [] },
    });
    expect((await get(`${broker.telemetryUrl}/healthz/live`)).status).toBe(200);
    expect((await slow).code).toBe("ok");
    await stopped;
    await watching;
    expect(seen).toEqual([Status.SERVING, Status.NOT_SERVING, "end"]);
    await expect(fetch(`${broker.telemetryUrl}/healthz/live`)).rejects.toThrow("fetch failed");
    await expect(fetch(broker.rpcUrl)).rejects.toThrow("fetch failed");
  });

  it("stops once, however often it is told", async () => {
    await Promise.all([broker.app.stop(), broker.app.stop(), broker[Symbol.asyncDispose]()]);
    expect(broker.logLines.filter(({ level }) => level === "error")).toEqual([]);
  });
});

describe("a broker that drains", () => {
  const readiness = createReadiness();
  const unreachable = {} as never;
  const handler = createRpcHandler({
    authorizations: unreachable,
    tokens: unreachable,
    registrations: unreachable,
    mcp: unreachable,
    oauthClients: unreachable,
    acquisition: unreachable,
    verification: unreachable,
    watching: unreachable,
    keyRotation: unreachable,
    authenticator: { authenticate: () => ({ id: "anonymous", method: "open" }) },
    policy: createAccessPolicy({ policyFile: undefined, mode: "development" }, { logger: silentLogger }),
    corsOrigins: [],
    defaultRedirectUri: undefined,
    readiness,
    draining: () => true,
    callTimeoutMs: 1000,
    logger: silentLogger,
    metrics: createMetrics(),
    rateLimits: unreachable,
    audit: { record: async () => {}, list: unreachable },
  });
  const server = createServer((request, response) => void handler(request, response));
  let url = "";
  beforeAll(async () => {
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => server.close());

  it.each(rpcNames)("sends callers of %s elsewhere", async (rpc) => {
    const { status, error, headers } = await post(url, rpc, validRequest(rpc));
    expect([status, error.code, error.reason]).toEqual([503, "unavailable", "DRAINING"]);
    expect([error.retryMs, headers.get("grpc-retry-pushback-ms")]).toEqual([1000, "1000"]);
  });

  it("still tells its health", async () => {
    const response = await fetch(`${url}/${Health.typeName}/Check`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: "{}",
    });
    expect(await response.json()).toEqual({ status: "NOT_SERVING" });
  });
});
