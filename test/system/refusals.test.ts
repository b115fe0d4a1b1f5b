import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "pg";
import { afterAll, afterEach, beforeEach, describe, expect, it } from "vitest";
import { generateFernetKey } from "../../src/crypto/index.ts";
import { runBrokerCommand, startBrokerProcess } from "../support/broker-process.ts";
import { canary } from "../support/canaries.ts";
import { ALLOW_ALL_POLICY } from "../support/load-config.ts";
import { createDatabase } from "../support/postgres-databases.ts";
import { startTestProvider } from "../support/provider.ts";
import { postgresServerUrl } from "../support/run-fixtures.ts";
import { call, connect, createDeployment, declared, newClient, newSelector } from "./deployment.ts";

/** A refusal takes a second; what tries again, or spins, is still there after this on any machine. */
const AT_ONCE_MS = 30_000;
const PRODUCTION_KEY = generateFernetKey();

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "token-broker-refusal-"));
});

afterEach(() => rmSync(directory, { recursive: true, force: true }));

const ANY_PORTS = {
  BROKER_RPC_ADDR: "127.0.0.1:0",
  BROKER_HTTP_ADDR: "127.0.0.1:0",
  BROKER_TELEMETRY_ADDR: "127.0.0.1:0",
};

type Environment = Readonly<Record<string, string | undefined>>;

/** Starts a broker that must not come up: in an empty directory, with a data directory in it that does not exist. */
const start = async (env: Environment) => {
  const began = performance.now();
  const settings = { ...ANY_PORTS, BROKER_DATA_DIR: join(directory, "data"), ...env };
  const { code, output } = await runBrokerCommand(["serve"], settings, directory);
  expect(performance.now() - began).toBeLessThan(AT_ONCE_MS);
  expect(output).not.toContain("CANARY");
  return { code, output, written: readdirSync(directory) };
};

const production = (changes: Environment = {}): Environment => ({
  BROKER_MODE: "production",
  CONNECT_TOKEN_ENCRYPTION_KEY: PRODUCTION_KEY,
  CONNECT_API_BASE: "https://broker.example.com",
  BROKER_COMPLETION: "required",
  BROKER_POLICY_FILE: ALLOW_ALL_POLICY,
  BROKER_RPC_ADDR: `unix://${directory}/rpc.sock`,
  ...changes,
});

describe("a configuration with a mistake", () => {
  it.each<[string, () => Environment, string[]]>([
    [
      "no key in production",
      () => production({ CONNECT_TOKEN_ENCRYPTION_KEY: undefined }),
      ["CONNECT_TOKEN_ENCRYPTION_KEY is required", "token-broker keygen"],
    ],
    [
      "no key with PostgreSQL",
      () => ({ BROKER_DATABASE_URL: "postgres://broker@127.0.0.1:1/broker" }),
      ["CONNECT_TOKEN_ENCRYPTION_KEY is required", "token-broker keygen"],
    ],
    [
      "a key of another length",
      () => ({ CONNECT_TOKEN_ENCRYPTION_KEY: canary("key") }),
      ["CONNECT_TOKEN_ENCRYPTION_KEY cannot be used", "Fernet key"],
    ],
    [
      "an empty key in the list",
      () => ({ CONNECT_TOKEN_ENCRYPTION_KEY: `${generateFernetKey()},,${generateFernetKey()}` }),
      ["CONNECT_TOKEN_ENCRYPTION_KEY cannot be used"],
    ],
    [
      "a key file that is not there",
      () => ({ CONNECT_TOKEN_ENCRYPTION_KEY_FILE: "/nonexistent/key" }),
      ["CONNECT_TOKEN_ENCRYPTION_KEY_FILE", "/nonexistent/key"],
    ],
    [
      "a database URL of another kind",
      () => ({ BROKER_DATABASE_URL: `mysql://u:${canary("password")}@db/x` }),
      ["BROKER_DATABASE_URL is not a PostgreSQL URL", "postgres://user:password@host"],
    ],
    [
      "production without a public URL",
      () => production({ CONNECT_API_BASE: undefined }),
      ["CONNECT_API_BASE is required in production", "https"],
    ],
    [
      "a public URL over http",
      () => production({ CONNECT_API_BASE: "http://broker.example.com" }),
      ["CONNECT_API_BASE must be an https URL"],
    ],
    [
      "production without a choice of completion",
      () => production({ BROKER_COMPLETION: undefined }),
      ["BROKER_COMPLETION is required in production", "`required`"],
    ],
    [
      "production without a policy",
      () => production({ BROKER_POLICY_FILE: undefined }),
      ["BROKER_POLICY_FILE is required in production", 'callers: ["anonymous"]'],
    ],
    [
      "production by NODE_ENV",
      () => production({ BROKER_MODE: undefined, NODE_ENV: "production", BROKER_COMPLETION: undefined }),
      ["BROKER_COMPLETION is required in production"],
    ],
    [
      "production on loopback without API keys",
      () => production({ BROKER_RPC_ADDR: "127.0.0.1:0" }),
      ["BROKER_API_KEYS_FILE is required for BROKER_RPC_ADDR", "token-broker apikey new"],
    ],
    [
      "production without a place for the data",
      () => production({ BROKER_DATA_DIR: undefined }),
      ["BROKER_DATA_DIR is required in production"],
    ],
    [
      "production with plain http to this machine",
      () => production({ BROKER_ALLOW_INSECURE_LOOPBACK: "127.0.0.1:9" }),
      ["BROKER_ALLOW_INSECURE_LOOPBACK is refused in production", "remove it"],
    ],
    [
      "an open bind",
      () => ({ BROKER_MODE: "development", BROKER_RPC_ADDR: "[::]:0" }),
      ["BROKER_API_KEYS_FILE is required for BROKER_RPC_ADDR"],
    ],
    [
      "an open bind that is production for that reason",
      () => ({ BROKER_RPC_ADDR: "0.0.0.0:0" }),
      ["BROKER_API_KEYS_FILE is required", "CONNECT_API_BASE is required", "BROKER_COMPLETION is required"],
    ],
    [
      "API keys that are not there",
      () => ({ BROKER_API_KEYS_FILE: "/nonexistent/keys" }),
      ["BROKER_API_KEYS_FILE", "/nonexistent/keys"],
    ],
    [
      "a provider that cannot be activated",
      () => ({ CONNECT_PROVIDERS: "acme", CONNECT_ACME_CLIENT_SECRET: canary("client_secret") }),
      ["CONNECT_ACME_CLIENT_ID", "CONNECT_ACME_AUTHORIZE_URL", "CONNECT_ACME_TOKEN_URL"],
    ],
    [
      "a lease that is shorter than a provider may take",
      () => ({ BROKER_REFRESH_LEASE_SECONDS: "5" }),
      ["BROKER_REFRESH_LEASE_SECONDS is not longer than BROKER_PROVIDER_TIMEOUT_SECONDS"],
    ],
    ["a data directory below a file", () => ({ BROKER_DATA_DIR: "/dev/null/data" }), ["BROKER_DATA_DIR"]],
    [
      "a data directory below a file, with a key",
      () => ({ BROKER_DATA_DIR: "/dev/null/data", CONNECT_TOKEN_ENCRYPTION_KEY: PRODUCTION_KEY }),
      ["BROKER_DATA_DIR", "/dev/null/data"],
    ],
    [
      "a data directory where no file can be",
      () => ({ BROKER_DATA_DIR: "/proc/token-broker/data" }),
      ["BROKER_DATA_DIR", "/proc/token-broker/data"],
    ],
    [
      "a data directory where no file can be, with a key",
      () => ({ BROKER_DATA_DIR: "/proc/token-broker/data", CONNECT_TOKEN_ENCRYPTION_KEY: PRODUCTION_KEY }),
      ["BROKER_DATA_DIR", "/proc/token-broker/data"],
    ],
  ])("ends the start at once, named and with a cure, and nothing is written: %s", async (_, env, texts) => {
    const { code, output, written } = await start(env());
    expect(code).toBeGreaterThan(0);
    for (const text of texts) expect(output).toContain(text);
    expect(written).toEqual([]);
  });

  it("is told together with every other one, and with what looks like a typing error", async () => {
    const { code, output, written } = await start({
      BROKER_MODE: canary("mode"),
      CONNECT_TOKEN_ENCRYPTION_KEY: canary("key"),
      BROKER_DATABASE_URL: canary("database_url"),
      CONNECT_API_BASE: canary("api_base"),
      CONNECT_STATE_TTL_SECONDS: "1e9",
      BROKER_REFRESH_LEASE_SECONDS: "abc",
      BROKER_DRAIN_SECONDS: "-1",
      BROKER_COMPLETION: canary("completion"),
      CONNECT_PROVIDERS: "acme",
      CONNECT_ACME_CLIENT_ID: "id",
      CONNECT_ACME_PKCE: "maybe",
      BROKER_DRAIN_SECOND: canary("unknown"),
    });
    expect(code).toBe(2);
    for (const variable of [
      "BROKER_MODE",
      "CONNECT_TOKEN_ENCRYPTION_KEY",
      "BROKER_DATABASE_URL",
      "CONNECT_API_BASE",
      "CONNECT_STATE_TTL_SECONDS",
      "BROKER_REFRESH_LEASE_SECONDS",
      "BROKER_DRAIN_SECONDS",
      "BROKER_COMPLETION",
      "CONNECT_ACME_PKCE",
      "CONNECT_ACME_TOKEN_URL",
    ])
      expect(output).toMatch(new RegExp(`^ {2}${variable} `, "m"));
    expect(output).toContain(
      "BROKER_DRAIN_SECOND is not read by anything: did you mean BROKER_DRAIN_SECONDS?",
    );
    expect(written).toEqual([]);
  });

  it("is not made by a typing error alone: the start says so and goes on", async () => {
    const deployment = createDeployment(await createDatabase(await postgresServerUrl()));
    await using broker = await deployment.start({ BROKER_RPC_ADR: canary("unknown") });
    expect(broker.log()).toContainEqual(
      expect.objectContaining({
        level: "warn",
        message: expect.stringContaining("BROKER_RPC_ADR is not read by anything"),
      }),
    );
  });
});

describe("a database that cannot be used", () => {
  const servers: Server[] = [];
  afterAll(() => {
    for (const server of servers) server.close();
  });

  const listen = async (server: Server): Promise<number> => {
    servers.push(server);
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return (server.address() as AddressInfo).port;
  };

  /** A server that asks for a password and refuses it, as PostgreSQL's protocol has it. */
  const refusing = (): Server =>
    createServer((socket) => {
      const askForPassword = Buffer.from([0x52, 0, 0, 0, 8, 0, 0, 0, 3]);
      const fields = ["SFATAL", "VFATAL", "C28P01", 'Mpassword authentication failed for user "broker"', ""];
      const body = Buffer.from(`${fields.join("\0")}\0`);
      const refusal = Buffer.concat([Buffer.from([0x45, 0, 0, 0, 4 + body.length]), body]);
      socket.once("data", () => {
        socket.write(askForPassword);
        socket.once("data", () => socket.end(refusal));
      });
      socket.on("error", () => {});
    });

  const settings = (databaseUrl: string): Environment => ({
    BROKER_MODE: "development",
    BROKER_DATA_DIR: undefined,
    CONNECT_TOKEN_ENCRYPTION_KEY: PRODUCTION_KEY,
    BROKER_DATABASE_URL: databaseUrl,
  });

  it("is named by address, with the reason and never the password", async () => {
    const password = encodeURIComponent(`${canary("database_password")}@/#`);
    const port = await listen(refusing());
    for (const [address, reason] of [
      ["127.0.0.1:1", "nothing listens at its address"],
      [`127.0.0.1:${port}`, "it refuses the user or password"],
      ["no-such-host.invalid:5432", "its host name does not resolve"],
    ]) {
      const { code, output, written } = await start(
        settings(`postgres://broker:${password}@${address}/broker`),
      );
      expect(code).toBe(1);
      expect(output).toContain(`${address} cannot be used: ${reason}`);
      expect(output).toContain("BROKER_DATABASE_URL");
      expect(written).toEqual([]);
    }
  });

  it("is also one whose rows no configured key opens: none of them is changed", async () => {
    const client = newClient();
    await using provider = await startTestProvider({ clients: { [client.id]: client.secret } });
    const url = await createDatabase(await postgresServerUrl());
    const deployment = createDeployment(url, declared("acme", provider, client));
    const selector = newSelector("acme");
    {
      await using broker = await deployment.start();
      await connect(broker, provider, selector);
    }
    const before = await contentOf(url);
    const asked = provider.requests.length;
    const env = { ...deployment.env, BROKER_DATA_DIR: undefined };
    const refused = await start({ ...env, CONNECT_TOKEN_ENCRYPTION_KEY: generateFernetKey() });
    expect(refused.code).toBe(1);
    expect(refused.output).toContain("CONNECT_TOKEN_ENCRYPTION_KEY");
    expect(await contentOf(url)).toEqual(before);
    expect(provider.requests).toHaveLength(asked);

    await using broker = await deployment.start({
      CONNECT_TOKEN_ENCRYPTION_KEY: `${generateFernetKey()},${deployment.env["CONNECT_TOKEN_ENCRYPTION_KEY"]}`,
    });
    expect(await call(broker, "GetToken", selector)).toMatchObject({ accessToken: expect.anything() });
  });

  /** A digest of every row, by table. */
  const contentOf = async (url: string): Promise<Record<string, string>> => {
    const client = new Client({ connectionString: url });
    await client.connect();
    try {
      const { rows: tables } = await client.query<{ name: string }>(
        "select table_name as name from information_schema.tables where table_schema = 'public' order by 1",
      );
      const digests: Record<string, string> = {};
      for (const { name } of tables) {
        const { rows } = await client.query(`select t::text from "${name}" t order by 1`);
        digests[name] = createHash("sha256").update(JSON.stringify(rows)).digest("hex");
      }
      expect(Object.keys(digests)).toContain("connection_tokens");
      return digests;
    } finally {
      await client.end();
    }
  };
});

describe("a data directory", () => {
  it("that another broker uses is refused at once, and free at once when that one is killed", async () => {
    const dataDir = join(directory, "data");
    const env = { ...ANY_PORTS, BROKER_DATA_DIR: dataDir };
    const holder = await startBrokerProcess({ env });
    const before = readdirSync(dataDir, { recursive: true }).length;
    for (const key of [undefined, generateFernetKey()]) {
      const { code, output } = await start({ ...env, CONNECT_TOKEN_ENCRYPTION_KEY: key });
      expect(code).toBe(1);
      expect(output).toContain(`another process uses the data directory ${dataDir}`);
      expect(output).toContain("BROKER_DATA_DIR");
    }
    expect(readdirSync(dataDir, { recursive: true })).toHaveLength(before);
    expect(await call(holder, "ListConnections", {})).toEqual({});

    const token = { accessToken: canary("access_token"), provider: "github" };
    const client = { clientId: "id", clientSecret: canary("client_secret") };
    await call(holder, "RegisterProvider", { name: "github", template: "github", ...client });
    const selector = newSelector("github");
    await call(holder, "ImportToken", { ...selector, ...token });
    holder.kill("SIGKILL");
    await holder.exited;
    await using next = await startBrokerProcess({ env });
    expect(await call(next, "GetToken", selector)).toMatchObject({ accessToken: token.accessToken });
  });

  it("that is a file is refused and left as it is", async () => {
    writeFileSync(join(directory, "data"), "mine");
    const { code, output, written } = await start({});
    expect(code).toBe(2);
    expect(output).toContain(`BROKER_DATA_DIR is a file: ${join(directory, "data")}`);
    expect(written).toEqual(["data"]);
  });

  it("that holds a database but no key is refused by the name of its key file", async () => {
    mkdirSync(join(directory, "data/pglite"), { recursive: true });
    writeFileSync(join(directory, "data/pglite/PG_VERSION"), "17\n");
    const { code, output } = await start({});
    expect(code).toBe(2);
    expect(output).toContain(join(directory, "data/encryption.key"));
    expect(readdirSync(join(directory, "data"))).toEqual(["pglite"]);
  });
});

describe("an address that is taken", () => {
  it.each(["BROKER_RPC_ADDR", "BROKER_HTTP_ADDR", "BROKER_TELEMETRY_ADDR"])(
    "ends the start at once, by its name: %s",
    async (variable) => {
      const server = createServer().listen(0, "127.0.0.1");
      await once(server, "listening");
      try {
        const address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
        const { env } = createDeployment(await createDatabase(await postgresServerUrl()));
        const { code, output } = await start({ ...env, [variable]: address });
        expect(code).toBe(1);
        expect(output).toContain(`cannot listen on ${address} (EADDRINUSE)`);
        expect(output).toContain(variable);
      } finally {
        server.close();
      }
    },
  );
});
