import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Secret } from "../../src/config/index.ts";
import { type Database, openDatabase, type Store, type TokenRow } from "../../src/store/index.ts";
import { silentLogger } from "../../src/telemetry/index.ts";
import { type PostgresCluster, startPostgresCluster } from "../support/postgres.ts";
import { grantKey, newToken, stored, storeOn, tokenUpdate } from "./fixtures.ts";

const POOL_SIZE = 3;

describe("the store while its PostgreSQL is in trouble", () => {
  let cluster: PostgresCluster;
  let url: string;
  let database: Database;
  let store: Store;
  let row: TokenRow;
  const open = () =>
    openDatabase({ kind: "postgresql", url: new Secret(url) }, { poolSize: POOL_SIZE, logger: silentLogger });

  beforeAll(async () => {
    cluster = await startPostgresCluster();
    url = await cluster.createDatabase();
    // The test cluster commits without waiting for its log; what is acknowledged here must survive a kill.
    await using setup = await open();
    await setup.sql.run(
      "",
      `alter database "${new URL(url).pathname.slice(1)}" set synchronous_commit = on`,
      [],
    );
    database = await open();
    await database.migrate();
    store = storeOn(database);
    row = await stored(store);
  });
  afterAll(async () => {
    await database.close();
    await cluster[Symbol.asyncDispose]();
  });

  const timed = async (work: () => Promise<unknown>) => {
    const began = performance.now();
    const answer = await work().then(
      (value) => ({ value }),
      (error: unknown) => ({ error }),
    );
    return { ...answer, ms: performance.now() - began };
  };
  const away = { code: "STORE_UNAVAILABLE", retryAfterMs: expect.any(Number) };
  const admin = (text: string) => database.sql.run("", text, []);

  it("says so in under a second when the server was killed, and recovers by itself", async () => {
    await cluster.stop("kill");
    for (const work of [
      () => store.tokens.find(row),
      () => database.ping(),
      () => store.tokens.putAuthorized(grantKey(), newToken()),
    ]) {
      const answer = await timed(work);
      expect(answer).toMatchObject({ error: away });
      expect(answer.ms).toBeLessThan(1000);
    }
    await cluster.start();
    expect(store.tokens.openAccessToken((await store.tokens.find(row))!)).toBe(
      store.tokens.openAccessToken(row),
    );
  });

  it("answers again after as many backends were ended in mid-statement as the pool is large, and more", async () => {
    for (let round = 0; round < 3; round += 1) {
      const slow = Array.from({ length: POOL_SIZE }, () => timed(() => admin("select pg_sleep(30)")));
      await using other = await open();
      for (let killed = 0; killed < POOL_SIZE;) {
        const { rows } = await other.sql.run(
          "",
          "select pg_terminate_backend(pid) from pg_stat_activity where query = 'select pg_sleep(30)'",
          [],
        );
        killed += rows.length;
      }
      for (const answer of await Promise.all(slow)) expect(answer).toMatchObject({ error: away });
      const read = await timed(() => store.tokens.find(row));
      expect(read).toMatchObject({ value: { id: row.id } });
      expect(read.ms).toBeLessThan(1000);
    }
  });

  it("says so within a second when all connections are in use, and recovers", async () => {
    const held = Array.from({ length: POOL_SIZE }, () => admin("select pg_sleep(2)"));
    const read = await timed(() => store.tokens.find(row));
    expect(read).toMatchObject({ error: away });
    expect(read.ms).toBeLessThan(1000);
    expect(database.poolUse()).toMatchObject({ used: POOL_SIZE });
    await Promise.all(held);
    expect(await store.tokens.find(row)).toBeDefined();
  });

  it("reads but claims nothing on a read-only database", async () => {
    const name = new URL(url).pathname.slice(1);
    await admin(`alter database "${name}" set default_transaction_read_only = on`);
    await using readOnly = await open();
    const reader = storeOn(readOnly);
    expect(await reader.tokens.find(row)).toBeDefined();
    await expect(reader.tokens.claim(row.id, row.version, "replica-1", 45)).rejects.toMatchObject({
      ...away,
      metadata: { cause: "25006" },
    });
    await admin("set default_transaction_read_only = off");
    await admin(`alter database "${name}" reset default_transaction_read_only`);
    expect((await store.tokens.find(row))?.leaseOwner).toBeNull();
  });

  it("keeps a save that could not be written repeatable until it is", async () => {
    const claim = await store.tokens.claim(row.id, row.version, "replica-1", 45);
    const update = tokenUpdate();
    await cluster.stop("immediate");
    await expect(store.tokens.saveRefreshed(claim!, update)).rejects.toMatchObject(away);
    await cluster.start();
    const saved = await store.tokens.saveRefreshed(claim!, update);
    expect(store.tokens.openAccessToken(saved!)).toBe(update.accessToken);
    expect(await store.tokens.saveRefreshed(claim!, update)).toMatchObject({ version: saved!.version });
  });

  it("reads a token with one statement that is prepared once", async () => {
    await using single = await openDatabase(
      { kind: "postgresql", url: new Secret(url) },
      { poolSize: 1, logger: silentLogger },
    );
    const reader = storeOn(single);
    for (let i = 0; i < 5; i += 1) await reader.tokens.find(row);
    const { rows } = await single.sql.run(
      "",
      "select generic_plans + custom_plans as runs from pg_prepared_statements where name = 'tokens.find'",
      [],
    );
    expect(rows).toEqual([{ runs: 5n }]);
  });

  it("goes on reading and writing while a newer version adds a column", async () => {
    const fresh = await stored(store);
    await admin("alter table connection_tokens add column from_the_future text not null default 'x'");
    const claim = await store.tokens.claim(fresh.id, fresh.version, "replica-1", 45);
    expect(await store.tokens.saveRefreshed(claim!, tokenUpdate())).toBeDefined();
    expect(await store.tokens.revoke(fresh, { owner: "replica-1", leaseSeconds: 1 })).toHaveLength(1);
    expect(await database.migrate()).toEqual([]);
  });
});
