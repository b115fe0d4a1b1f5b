import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Secret } from "../../src/config/index.ts";
import { type Database, migrations, openDatabase } from "../../src/store/index.ts";
import { silentLogger } from "../../src/telemetry/index.ts";
import { type BrokerProcess, runBrokerCommand } from "../support/broker-process.ts";
import { moveClock } from "../support/database.ts";
import { createDatabase } from "../support/postgres-databases.ts";
import { startTestProvider, type TestProvider } from "../support/provider.ts";
import { postgresServerUrl } from "../support/run-fixtures.ts";
import {
  PATIENCE,
  call,
  comeBack,
  connect,
  createDeployment,
  type Deployment,
  newClient,
  newSelector,
  refreshesAt,
  refusalOf,
  startAndConsent,
} from "./deployment.ts";
import { firstSweepOver } from "./telemetry.ts";

const MINUTE_MS = 60_000;

describe("replicas on one PostgreSQL", () => {
  const client = newClient();
  const other = newClient("other");
  let deployment: Deployment;
  let provider: TestProvider;
  let database: Database;
  let first: BrokerProcess;
  let second: BrokerProcess;

  const registration = (name: string, { id, secret } = client, namespace = "") => ({
    name,
    namespace,
    clientId: id,
    clientSecret: secret,
    authorizeUrl: provider.authorizeUrl,
    tokenUrl: provider.tokenUrl,
  });

  beforeAll(async () => {
    const url = await createDatabase(await postgresServerUrl());
    deployment = createDeployment(url, {
      BROKER_REFRESH_LEASE_SECONDS: "4",
      BROKER_PROVIDER_TIMEOUT_SECONDS: "3",
    });
    provider = await startTestProvider({ clients: { [client.id]: client.secret, [other.id]: other.secret } });
  });

  afterAll(async () => {
    await Promise.all([first?.stop(), second?.stop()]);
    await database?.close();
    await provider.close();
  });

  it("start at once on an empty database, beside a migration by hand, and all come up", async () => {
    const { BROKER_DATABASE_URL, CONNECT_TOKEN_ENCRYPTION_KEY } = deployment.env;
    const [byHand, ...replicas] = await Promise.all([
      runBrokerCommand(["migrate"], { BROKER_DATABASE_URL, CONNECT_TOKEN_ENCRYPTION_KEY }),
      deployment.start(),
      deployment.start(),
      deployment.start(),
    ]);
    [first, second] = replicas;
    expect(byHand).toMatchObject({ code: 0 });
    for (const replica of replicas) {
      expect(await call(replica, "ListConnections", {})).toEqual({});
      expect((await fetch(`${replica.telemetryUrl}/healthz/ready`)).status).toBe(200);
    }
    const migrated = replicas.flatMap((replica) =>
      replica.log().filter(({ event }) => event === "database migrated"),
    );
    const applied = byHand.output.split("\n").filter((line) => line.startsWith("  "));
    expect(migrated.length + applied.length).toBe(migrations.length);
    expect(await replicas[2]?.stop()).toEqual({ code: 0, signal: null });
    database = await openDatabase(
      { kind: "postgresql", url: new Secret(deployment.databaseUrl) },
      { logger: silentLogger },
    );
  });

  it("see a provider that another one registered on their next call, and finish each other's flows", async () => {
    await call(first, "RegisterProvider", registration("acme"));
    const selector = newSelector("acme");
    const { callback, authorizationId } = await startAndConsent(second, provider, selector);
    expect(await comeBack(first, callback)).toMatchObject({
      status: 303,
      query: { success: "true", connection_id: selector.connectionId },
    });
    const [here, there] = await Promise.all([first, second].map((at) => call(at, "GetToken", selector)));
    expect(there).toMatchObject({ accessToken: expect.stringMatching(/^at-/), tokenType: "Bearer" });
    expect(here).toEqual(there);
    const userinfo = await fetch(provider.userinfoUrl, {
      headers: { authorization: `Bearer ${String(there?.["accessToken"])}` },
    });
    expect(userinfo.status).toBe(200);
    expect(await call(second, "GetAuthorization", { authorizationId })).toMatchObject({
      status: "AUTHORIZATION_STATUS_SUCCEEDED",
    });
    expect((await comeBack(second, callback)).status).toBe(400);
    await call(second, "DeleteProvider", { name: "acme", force: true });
    expect(await refusalOf(call(first, "StartAuthorization", newSelector("acme")))).toMatchObject({
      reason: "PROVIDER_NOT_FOUND",
    });
  });

  it("redeem a ticket once, whichever of them is asked", async () => {
    await call(second, "RegisterProvider", registration("by-ticket"));
    const selector = newSelector("by-ticket");
    const { callback } = await startAndConsent(first, provider, {
      ...selector,
      completion: "COMPLETION_REQUIRED",
    });
    const { query } = await comeBack(second, callback);
    const exchanges = provider.requestsTo("token").length;
    const complete = { ticket: query?.["ticket"], userId: selector.userId };
    const answers = await Promise.all(
      [first, second, first, second].map((at) => call(at, "CompleteAuthorization", complete)),
    );
    for (const answer of answers) expect(answer["connection"]).toMatchObject(selector);
    expect(provider.requestsTo("token")).toHaveLength(exchanges + 1);
    const stranger = call(first, "CompleteAuthorization", { ...complete, userId: "eve" });
    expect(await refusalOf(stranger)).toMatchObject({ code: "permission_denied" });
  });

  it("make one refresh of a hundred calls for one expired token", async () => {
    await call(first, "RegisterProvider", registration("busy"));
    const selector = newSelector("busy");
    provider.settings.answerDelayMs = 500;
    const refreshes = refreshesAt(provider).length;
    // From here on a sweep may be the one that refreshes it.
    const expired = new Date(Date.now() - MINUTE_MS).toISOString();
    const { accessToken, refreshToken } = provider.grants.open({ clientId: client.id });
    const old = await call(first, "ImportToken", {
      ...selector,
      accessToken,
      refreshToken,
      expiresAt: expired,
    });
    const callers = Array.from({ length: 50 }, () => [first, second]).flat();
    const answers = await Promise.all(callers.map((at) => call(at, "GetToken", selector)));
    provider.settings.answerDelayMs = 0;
    expect(refreshesAt(provider)).toHaveLength(refreshes + 1);
    expect(new Set(answers.map((answer) => answer["accessToken"])).size).toBe(1);
    expect(new Set(answers.map((answer) => answer["version"])).size).toBe(1);
    const { version } = old["connection"] as { version: string };
    expect(BigInt(String(answers[0]?.["version"]))).toBeGreaterThan(BigInt(version));
  });

  it("keep two namespaces apart although every id in them is equal", async () => {
    const key = { connectionId: randomUUID(), userId: "ada", provider: "shared" };
    const red = { ...key, namespace: "red" };
    const blue = { ...key, namespace: "blue" };
    await call(first, "RegisterProvider", registration("shared", client, "red"));
    await call(second, "RegisterProvider", registration("shared", other, "blue"));
    const flow = await startAndConsent(first, provider, red);
    expect(flow.callback.pathname).toBe("/connect/callback/red/shared");
    const lost = new URL(flow.callback.href.replace("/red/", "/blue/"));
    expect((await comeBack(second, lost)).status).toBe(400);
    await connect(second, provider, red);
    expect(await refusalOf(call(first, "GetToken", blue))).toMatchObject({
      reason: "CONNECTION_NOT_FOUND",
    });
    await connect(first, provider, blue);

    const tokens = await Promise.all([call(second, "GetToken", red), call(first, "GetToken", blue)]);
    expect(tokens[0]["accessToken"]).not.toBe(tokens[1]["accessToken"]);
    expect(
      provider
        .requestsTo("token")
        .slice(-2)
        .map((request) => request.client.clientId),
    ).toEqual([client.id, other.id]);
    const inDefault = call(first, "GetAuthorization", { authorizationId: flow.authorizationId });
    expect(await refusalOf(inDefault)).toMatchObject({ reason: "AUTHORIZATION_NOT_FOUND" });
    const listed = (namespace: string) => call(second, "ListConnections", { namespace });
    expect((await listed("red"))["connections"]).toEqual([expect.objectContaining(red)]);
    await call(first, "RevokeConnection", red);
    expect(await refusalOf(call(second, "GetToken", red))).toMatchObject({ code: "not_found" });
    expect(await call(second, "GetToken", blue)).toEqual(tokens[1]);
    expect(await listed("red")).toEqual({});
    expect((await listed("blue"))["connections"]).toHaveLength(1);
  });

  it("lose nothing when all of them are killed", async () => {
    await call(first, "RegisterProvider", registration("lasting"));
    const [stored, pending, parked] = Array.from({ length: 3 }, () => newSelector("lasting"));
    await connect(first, provider, stored!);
    const token = await call(second, "GetToken", stored!);
    const started = await startAndConsent(second, provider, pending!);
    const { callback } = await startAndConsent(first, provider, {
      ...parked!,
      completion: "COMPLETION_REQUIRED",
    });
    const { query } = await comeBack(second, callback);

    for (const replica of [first, second]) replica.kill("SIGKILL");
    await Promise.all([first.exited, second.exited]);
    [first, second] = await Promise.all([deployment.start(), deployment.start()]);

    expect(await call(first, "GetToken", stored!)).toEqual(token);
    expect(await comeBack(first, started.callback)).toMatchObject({ query: { success: "true" } });
    expect(await call(second, "GetToken", pending!)).toMatchObject({ accessToken: expect.anything() });
    await call(second, "CompleteAuthorization", { ticket: query?.["ticket"], userId: "ada" });
    expect(await call(first, "GetToken", parked!)).toMatchObject({ accessToken: expect.anything() });
    expect(await call(second, "GetProvider", { name: "lasting" })).toMatchObject({
      provider: { active: true, clientId: client.id },
    });
  });

  it("take over a refresh whose owner was killed before the provider heard of it", async () => {
    await call(first, "RegisterProvider", registration("taken-over"));
    const selector = newSelector("taken-over");
    await Promise.all([first, second].map(firstSweepOver));
    provider.settings.expiresInSeconds = 60;
    await connect(first, provider, selector);
    provider.settings.expiresInSeconds = 3600;
    await moveClock(database, 2 * MINUTE_MS);
    provider.script("token", { fault: "hang" });
    const heard = provider.requestsTo("token").length;
    const unanswered = call(first, "GetToken", selector).catch(() => "nobody answered");
    await expect.poll(() => provider.requestsTo("token").length, PATIENCE).toBe(heard + 1);
    first.kill("SIGKILL");
    expect(await unanswered).toBe("nobody answered");
    expect(await call(second, "GetToken", selector)).toMatchObject({ accessToken: expect.anything() });
    first = await deployment.start();
    expect(await call(first, "GetToken", selector)).toEqual(await call(second, "GetToken", selector));
  });
});
