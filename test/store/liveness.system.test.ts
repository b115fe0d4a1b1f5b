import { setTimeout as delay } from "node:timers/promises";
import { Client, type ClientConfig } from "pg";
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from "vitest";
import { Secret } from "../../src/config/index.ts";
import {
  createStore,
  type Database,
  type Liveness,
  type NewClient,
  openDatabase,
  openLiveness,
} from "../../src/store/index.ts";
import { type LogFields, type Logger, silentLogger } from "../../src/telemetry/index.ts";
import { type PostgresCluster, startPostgresCluster } from "../support/postgres.ts";
import { newKeyRing, stored } from "./fixtures.ts";

const WAIT = { timeout: 15_000, interval: 50 };

const recorder = () => {
  const events: (LogFields & { readonly event: string })[] = [];
  const log = (event: string, fields: LogFields = {}): void => void events.push({ event, ...fields });
  const logger: Logger = { ...silentLogger, info: log, warn: log, error: log };
  return { events, logger };
};

const lockOf = ({ owner }: Liveness): number => Number(/@([0-9]+)$/.exec(owner)?.[1]);

describe("a liveness lock", () => {
  let cluster: PostgresCluster;
  let database: Database;
  beforeAll(async () => {
    cluster = await startPostgresCluster();
    const url = await cluster.createDatabase();
    database = await openDatabase({ kind: "postgresql", url: new Secret(url) }, { logger: silentLogger });
    await database.migrate();
  });
  afterAll(async () => {
    await database.close();
    await cluster[Symbol.asyncDispose]();
  });

  const open = async (logger: Logger = silentLogger): Promise<Liveness> => {
    const liveness = await openLiveness(database, { logger });
    onTestFinished(() => liveness.close());
    return liveness;
  };
  /** The server's process behind the lock; undefined = it is free. */
  const backendOf = async (liveness: Liveness): Promise<number | undefined> => {
    const { rows } = await database.sql.run(
      "",
      "select pid from pg_locks where locktype = 'advisory' and objid = $1::bigint::oid and granted",
      [lockOf(liveness)],
    );
    return rows[0]?.["pid"] as number | undefined;
  };
  const end = (pid: number | undefined) =>
    database.sql.run("", "select pg_terminate_backend($1::int)", [pid ?? 0]);

  it("is one of its own for each opening, held until it is closed, outside of the pool", async () => {
    const [one, two] = [await open(), await open()];
    expect(lockOf(one)).not.toBe(lockOf(two));
    expect([one.held(), two.held(), one.seesOthers]).toEqual([true, true, true]);
    expect(await backendOf(one)).not.toBe(await backendOf(two));
    expect(one.steadyMs()).toBeLessThan(5000);
    expect(database.poolUse().used).toBe(0);
    await one.close();
    await one.close();
    await vi.waitFor(async () => expect(await backendOf(one)).toBeUndefined(), WAIT);
    expect(one.held()).toBe(false);
    expect(await backendOf(two)).toBeDefined();
  });

  it("is taken again under the same name after its connection was ended, and nothing is claimed in between", async () => {
    const { events, logger } = recorder();
    const liveness = await open(logger);
    const store = createStore(database, { keyRing: newKeyRing(), logger: silentLogger, liveness });
    const row = await stored(store);
    const { owner } = liveness;
    const first = await backendOf(liveness);
    await delay(300);
    const steady = liveness.steadyMs();
    await end(first);
    await vi.waitFor(() => expect(liveness.held()).toBe(false), { ...WAIT, interval: 1 });
    await expect(store.tokens.claim(row.id, row.version, owner, 45)).rejects.toMatchObject({
      code: "STORE_UNAVAILABLE",
      retryAfterMs: 1000,
    });
    await vi.waitFor(() => expect(liveness.held()).toBe(true), WAIT);
    expect(liveness.owner).toBe(owner);
    expect(await backendOf(liveness)).not.toBe(first);
    expect(liveness.steadyMs()).toBeLessThan(steady);
    expect(await store.tokens.claim(row.id, row.version, owner, 45)).toBeDefined();
    expect(events.map(({ event }) => event)).toEqual([
      "liveness lock lost, no refresh is claimed until it is back",
      "liveness lock regained",
    ]);
  });

  it("tells when another replica is gone, once", async () => {
    const [one, two] = [await open(), await open()];
    let gone = 0;
    one.onPeerGone(() => (gone += 1));
    await delay(2500);
    expect(gone).toBe(0);
    await end(await backendOf(two));
    await two.close();
    await vi.waitFor(() => expect(gone).toBe(1), WAIT);
    await delay(2500);
    expect(gone).toBe(1);
  }, 20_000);

  it("comes back with a server that was away, and counts its steadiness anew", async () => {
    const liveness = await open();
    await delay(200);
    await cluster.stop("immediate");
    await vi.waitFor(() => expect(liveness.held()).toBe(false), WAIT);
    await cluster.start();
    await vi.waitFor(() => expect(liveness.held()).toBe(true), WAIT);
    expect(liveness.steadyMs()).toBeLessThan(200);
    expect(await backendOf(liveness)).toBeDefined();
  });

  it("counts its steadiness anew when the server stood still, and lets nobody claim whom it has not answered for long", async () => {
    const liveness = await open();
    const pid = await backendOf(liveness);
    process.kill(pid ?? 0, "SIGSTOP");
    try {
      await vi.waitFor(() => expect(liveness.held()).toBe(false), WAIT);
    } finally {
      process.kill(pid ?? 0, "SIGCONT");
    }
    await vi.waitFor(() => expect(liveness.held()).toBe(true), WAIT);
    expect(liveness.steadyMs()).toBeLessThan(5000);
    expect(await backendOf(liveness)).not.toBe(pid);
  }, 30_000);

  it("refuses a pooler that lends server connections by the transaction", async () => {
    const pooler = await poolerOn(cluster.url);
    onTestFinished(() => pooler.close());
    await expect(openLiveness({ newClient: pooler.newClient }, { logger: silentLogger })).rejects.toThrow(
      "pooler in session mode",
    );
  });

  it("fails at once when the server cannot be reached", async () => {
    const newClient = (settings: ClientConfig) => new Client({ ...settings, host: "127.0.0.1", port: 1 });
    await expect(openLiveness({ newClient }, { logger: silentLogger })).rejects.toMatchObject({
      code: "ECONNREFUSED",
    });
  });
});

/** Lends one of its server connections for each statement outside a transaction, the one used last first. */
const poolerOn = async (url: string): Promise<{ newClient: NewClient; close(): Promise<void> }> => {
  const servers = [new Client(url), new Client(url)];
  await Promise.all(servers.map((server) => server.connect()));
  const idle = [...servers];
  const newClient = (): Client => {
    let lent: Client | undefined;
    const query = async (text: string, values?: unknown[]) => {
      const server = lent ?? idle.pop();
      if (!server) throw new Error("no server connection is idle");
      const result = await server.query(text, values);
      lent = text === "begin" ? server : undefined;
      if (!lent) idle.push(server);
      return result;
    };
    const nothing = async (): Promise<void> => {};
    const client = { connect: nothing, end: nothing, on: () => {}, once: () => {}, query };
    return client as unknown as Client;
  };
  return { newClient, close: async () => void (await Promise.all(servers.map((server) => server.end()))) };
};

it("on an embedded database looks at nobody, and has another name at each start", async () => {
  const embedded = { newClient: undefined };
  const open = () => openLiveness(embedded, { logger: silentLogger });
  const [one, two] = [await open(), await open()];
  expect(one.owner).toMatch(/^.+\/[0-9]+\/[\w-]+@0$/);
  expect(one.owner).not.toBe(two.owner);
  expect([one.held(), one.seesOthers, one.steadyMs()]).toEqual([true, false, Infinity]);
});
