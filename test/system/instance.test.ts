import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type BrokerProcess, runBrokerCommand } from "../support/broker-process.ts";
import { createDatabase } from "../support/postgres-databases.ts";
import { startTestProvider, type TestProvider } from "../support/provider.ts";
import { postgresServerUrl } from "../support/run-fixtures.ts";
import {
  call,
  connect,
  createDeployment,
  declared,
  type Deployment,
  newClient,
  newSelector,
  PATIENCE,
  refreshesAt,
  refusalOf,
} from "./deployment.ts";

describe("BROKER_INSTANCE_ID", () => {
  const client = newClient();
  let deployment: Deployment;
  let provider: TestProvider;
  let original: BrokerProcess;
  let copy: BrokerProcess;

  beforeAll(async () => {
    provider = await startTestProvider({ clients: { [client.id]: client.secret } });
    deployment = createDeployment(await createDatabase(await postgresServerUrl()), {
      ...declared("acme", provider, client),
      CONNECT_ACME_REVOKE_URL: provider.revokeUrl,
      BROKER_SWEEP_INTERVAL_SECONDS: "1",
    });
  });

  afterAll(async () => {
    await Promise.all([original, copy].map((replica) => replica?.stop()));
    await provider.close();
  });

  const healthOf = async ({ telemetryUrl }: BrokerProcess) => {
    const response = await fetch(`${telemetryUrl}/healthz/ready`);
    return [response.status, ((await response.json()) as { degraded: string[] }).degraded];
  };
  const pausedOf = async ({ telemetryUrl }: BrokerProcess): Promise<string | undefined> => {
    const metrics = await (await fetch(`${telemetryUrl}/metrics`)).text();
    return /^tokenbroker_instance_paused (\d)$/m.exec(metrics)?.[1];
  };

  it("is remembered at the first start; replicas with the same one, or none, work", async () => {
    original = await deployment.start({ BROKER_INSTANCE_ID: "production" });
    const [second, unchecked] = await Promise.all([
      deployment.start({ BROKER_INSTANCE_ID: "production" }),
      deployment.start(),
    ]);
    for (const replica of [original, second, unchecked]) {
      expect(await healthOf(replica)).toEqual([200, []]);
      expect(await pausedOf(replica)).toBe("0");
    }
    await Promise.all([second.stop(), unchecked.stop()]);
  });

  const valid = newSelector("acme");
  const expired = newSelector("acme");
  const revoked = newSelector("acme");

  it("keeps a start with another one from refreshing and from telling providers anything", async () => {
    await connect(original, provider, valid);
    await connect(original, provider, revoked);
    const { accessToken, refreshToken } = provider.grants.open({ clientId: client.id });
    await original.stop();
    copy = await deployment.start({ BROKER_INSTANCE_ID: "staging" });
    expect(await healthOf(copy)).toEqual([200, ["instance_paused"]]);
    expect(await pausedOf(copy)).toBe("1");
    expect(copy.log().find(({ level }) => level === "error")).toMatchObject({
      event: "this database belongs to another instance: nothing is refreshed until `token-broker resume`",
      variable: "BROKER_INSTANCE_ID",
    });
    // It ends at once, and is due for every sweep.
    const expiresAt = new Date(Date.now() - 1000).toISOString();
    await call(copy, "ImportToken", { ...expired, accessToken, refreshToken, expiresAt });

    expect(await call(copy, "GetToken", valid)).toMatchObject({ tokenType: "Bearer" });
    const refusal = await refusalOf(call(copy, "GetToken", expired));
    expect(refusal).toMatchObject({ reason: "STORE_UNAVAILABLE", cause: "instance_paused", status: 503 });
    expect(await refusalOf(call(copy, "RefreshToken", valid))).toMatchObject({ cause: "instance_paused" });
    const verified = { ...newSelector("acme"), accessToken, refreshToken, verify: true };
    expect(await refusalOf(call(copy, "ImportToken", verified))).toMatchObject({ cause: "instance_paused" });
    expect(await call(copy, "RevokeConnection", revoked)).toEqual({
      providerRevocation: "PROVIDER_REVOCATION_QUEUED",
    });
    await expect.poll(async () => await sweepsOf(copy), PATIENCE).toBeGreaterThan(1);
    expect(refreshesAt(provider)).toEqual([]);
    expect(provider.requestsTo("revoke")).toEqual([]);
  });

  it("goes on after `token-broker resume`, and stops whoever had the database before", async () => {
    const env = {
      BROKER_DATABASE_URL: deployment.databaseUrl,
      CONNECT_TOKEN_ENCRYPTION_KEY: deployment.env["CONNECT_TOKEN_ENCRYPTION_KEY"],
    };
    expect(await runBrokerCommand(["resume"], env)).toMatchObject({ code: 1 });
    const resumed = await runBrokerCommand(["resume"], { ...env, BROKER_INSTANCE_ID: "staging" });
    expect(resumed).toMatchObject({ code: 0 });
    expect(resumed.output).toContain("belongs to staging now, and no longer to production");
    await expect.poll(() => healthOf(copy), PATIENCE).toEqual([200, []]);
    expect(await call(copy, "GetToken", expired)).toMatchObject({ tokenType: "Bearer" });
    expect(refreshesAt(provider).length).toBeGreaterThan(0);

    await runBrokerCommand(["resume"], { ...env, BROKER_INSTANCE_ID: "production" });
    await expect.poll(() => healthOf(copy), PATIENCE).toEqual([200, ["instance_paused"]]);
    expect(await pausedOf(copy)).toBe("1");
  });
});

/** Turns of the sweep so far. */
const sweepsOf = async ({ telemetryUrl }: BrokerProcess): Promise<number> => {
  const metrics = await (await fetch(`${telemetryUrl}/metrics`)).text();
  const pattern = /^tokenbroker_job_runs_total\{job="connect:refresh_tokens",outcome="ok"\} (\d+)$/m;
  return Number(pattern.exec(metrics)?.[1] ?? 0);
};
