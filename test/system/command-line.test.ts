import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { newApiKey } from "../../src/access/index.ts";
import { generateFernetKey } from "../../src/crypto/index.ts";
import { runBrokerCommand, startBrokerProcess } from "../support/broker-process.ts";
import { canary } from "../support/canaries.ts";

let directory: string;
let dataDir: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "token-broker-command-"));
  dataDir = join(directory, "data");
});

afterEach(() => rmSync(directory, { recursive: true, force: true }));

const ANY_PORTS = {
  BROKER_RPC_ADDR: "127.0.0.1:0",
  BROKER_HTTP_ADDR: "127.0.0.1:0",
  BROKER_TELEMETRY_ADDR: "127.0.0.1:0",
};

const call = async (rpcUrl: string, headers: Record<string, string> = {}): Promise<number> => {
  const response = await fetch(`${rpcUrl}/tokenbroker.v1.TokenBrokerService/ListProviders`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: "{}",
  });
  await response.body?.cancel();
  return response.status;
};

describe("serve", () => {
  it("reads its policy again on SIGHUP, and when it changes", async () => {
    const policy = join(directory, "policy.yaml");
    const rule = "{callers: anonymous, methods: ListProviders}";
    writeFileSync(policy, `rules: [${rule}]\n`);
    await using broker = await startBrokerProcess({
      env: { BROKER_POLICY_FILE: policy, BROKER_DATA_DIR: "memory://" },
    });
    expect(await call(broker.rpcUrl)).toBe(200);
    writeFileSync(policy, "rules: []\n");
    broker.kill("SIGHUP");
    const events = () => broker.log().map(({ event }) => event);
    await expect.poll(events, { timeout: 5000 }).toContain("policy reloaded");
    expect(await call(broker.rpcUrl)).toBe(403);
    writeFileSync(policy, "rules: [{}]\n");
    await expect
      .poll(async () => (await call(broker.rpcUrl), events()), { timeout: 5000 })
      .toContain("policy not reloaded, the last good one stays in force");
    expect(await call(broker.rpcUrl)).toBe(403);
    writeFileSync(policy, `rules: [${rule}]\n`);
    await expect.poll(() => call(broker.rpcUrl), { timeout: 5000 }).toBe(200);
  });

  it("starts without configuration, says what it created, and refuses a second process on the directory", async () => {
    await using broker = await startBrokerProcess({
      env: {
        ...ANY_PORTS,
        BROKER_DATA_DIR: dataDir,
        CONNECT_GITHUB_CLIENT_ID: "id",
        CONNECT_GITHUB_CLIENT_SECRET: canary("client_secret"),
        CONNECT_GITHUB_LOGIN_ENABLED: "true",
        BROKER_TYPO: "1",
      },
    });
    const [first, ...lines] = broker.log();
    expect(first).toMatchObject({ event: "starting", mode: "development" });
    expect(first?.["reason"]).toContain("BROKER_MODE is unset");
    const keyFile = join(dataDir, "encryption.key");
    expect(lines.some(({ message }) => String(message).includes(keyFile))).toBe(true);
    expect(lines.some(({ message }) => String(message).includes("BROKER_TYPO is not read"))).toBe(true);
    expect(statSync(keyFile).mode & 0o777).toBe(0o600);
    expect(await call(broker.rpcUrl)).toBe(200);
    expect(await call(broker.rpcUrl, { origin: "http://evil.example" })).toBe(403);

    const port = broker.callbackAddress.split(":").at(-1);
    expect(broker.log().find(({ event }) => event === "provider active")).toMatchObject({
      provider: "github",
      callback_url: `http://localhost:${port}/connect/callback/github`,
      login_callback_url: `http://localhost:${port}/connect/login/callback/github`,
    });

    const second = await runBrokerCommand(["serve"], { ...ANY_PORTS, BROKER_DATA_DIR: dataDir });
    expect(second.code).toBe(1);
    expect(second.output).toContain(`another process uses the data directory ${dataDir}`);

    expect(await broker.stop()).toEqual({ code: 0, signal: null });
    expect(broker.log().at(-1)).toMatchObject({ event: "stopped" });
  });

  it("asks for a key off loopback, and lets nobody in without one", async () => {
    const { key, line } = newApiKey("mesh");
    const keys = join(directory, "keys");
    writeFileSync(keys, `${line}\n`);
    await using broker = await startBrokerProcess({
      env: {
        ...ANY_PORTS,
        BROKER_DATA_DIR: dataDir,
        BROKER_MODE: "development",
        BROKER_RPC_ADDR: "0.0.0.0:0",
        BROKER_API_KEYS_FILE: keys,
      },
    });
    const url = broker.rpcUrl.replace("0.0.0.0", "127.0.0.1");
    expect(await call(url)).toBe(401);
    expect(await call(url, { authorization: `Bearer ${key.slice(0, -1)}x` })).toBe(401);
    expect(await call(url, { authorization: `Bearer ${key}` })).toBe(200);
  });

  it("names the address that is taken", async () => {
    const taken = createServer();
    const { promise, resolve } = Promise.withResolvers<number>();
    taken.listen(0, "127.0.0.1", () => {
      const address = taken.address();
      resolve(typeof address === "object" && address ? address.port : 0);
    });
    try {
      const BROKER_RPC_ADDR = `127.0.0.1:${await promise}`;
      const env = { ...ANY_PORTS, BROKER_RPC_ADDR, BROKER_DATA_DIR: dataDir };
      const { code, output } = await runBrokerCommand(["serve"], env);
      expect(code).toBe(1);
      expect(output).toContain(`cannot listen on ${BROKER_RPC_ADDR} (EADDRINUSE)`);
    } finally {
      taken.close();
    }
  });

  it.each([
    [
      "an unusable key",
      { CONNECT_TOKEN_ENCRYPTION_KEY: canary("encryption_key") },
      "CONNECT_TOKEN_ENCRYPTION_KEY",
    ],
    ["an unusable database URL", { BROKER_DATABASE_URL: canary("database_url") }, "BROKER_DATABASE_URL"],
    ["production without a key", { BROKER_MODE: "production" }, "CONNECT_TOKEN_ENCRYPTION_KEY"],
    ["an open bind", { BROKER_MODE: "development", BROKER_RPC_ADDR: "0.0.0.0:0" }, "BROKER_API_KEYS_FILE"],
  ])("ends with 2 and writes nothing for %s", async (_, wrong, variable) => {
    const env = { ...ANY_PORTS, BROKER_DATA_DIR: dataDir, ...wrong };
    const { code, output } = await runBrokerCommand(["serve"], env, directory);
    expect(code).toBe(2);
    expect(output).toContain(variable);
    expect(output).not.toContain("CANARY");
    expect(readdirSync(directory)).toEqual([]);
  });

  it("names the database that does not answer, without its password", async () => {
    const env = {
      ...ANY_PORTS,
      BROKER_DATABASE_URL: `postgres://broker:${canary("database_password")}@127.0.0.1:1/tokens`,
      CONNECT_TOKEN_ENCRYPTION_KEY: generateFernetKey(),
    };
    const { code, output } = await runBrokerCommand(["serve"], env, directory);
    expect(code).toBe(1);
    expect(output).toContain("127.0.0.1:1");
    expect(output).toContain("BROKER_DATABASE_URL");
    expect(output).not.toContain("CANARY");
    expect(readdirSync(directory)).toEqual([]);
  });
});

describe("migrate", () => {
  it("makes the schema once; a start with another key then refuses and changes nothing", async () => {
    const env = { BROKER_DATA_DIR: dataDir };
    const first = await runBrokerCommand(["migrate"], env);
    expect(first).toMatchObject({ code: 0 });
    expect(first.output).toContain("Applied");
    expect((await runBrokerCommand(["migrate"], env)).output).toContain("up to date");

    const started = await startBrokerProcess({ env: { ...ANY_PORTS, ...env } });
    await started.stop();
    const other = { ...ANY_PORTS, ...env, CONNECT_TOKEN_ENCRYPTION_KEY: generateFernetKey() };
    const refused = await runBrokerCommand(["serve"], other);
    expect(refused.code).toBe(1);
    expect(refused.output).toContain("CONNECT_TOKEN_ENCRYPTION_KEY");

    rmSync(join(dataDir, "encryption.key"));
    const orphaned = await runBrokerCommand(["serve"], { ...ANY_PORTS, ...env });
    expect(orphaned.code).toBe(2);
    expect(orphaned.output).toContain("holds a database whose key file");
    expect(existsSync(join(dataDir, "encryption.key"))).toBe(false);
  });
});
