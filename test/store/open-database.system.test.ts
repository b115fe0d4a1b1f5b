import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MikroORM as PgliteOrm } from "@mikro-orm/pglite";
import { MikroORM as PostgresqlOrm } from "@mikro-orm/postgresql";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { Secret } from "../../src/config/index.ts";
import { entities, openDatabase } from "../../src/store/index.ts";
import { silentLogger as logger } from "../../src/telemetry/index.ts";
import { describeEachStore } from "../support/database.ts";
import { createDatabase } from "../support/postgres-databases.ts";
import { postgresServerUrl } from "../support/run-fixtures.ts";
import { grantKey, newToken, storeOn } from "./fixtures.ts";

const MIGRATIONS = [
  "Migration001_initial",
  "Migration002_refresh_guards",
  "Migration003_mcp",
  "Migration004_instance",
  "Migration005_account_pins",
  "Migration006_audit",
  "Migration007_kill_switches",
  "Migration008_rate_limits",
  "Migration009_watching",
];

const scratch = mkdtempSync(join(tmpdir(), "token-broker-open-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const postgresql = (url: string) => openDatabase({ kind: "postgresql", url: new Secret(url) }, { logger });
const pglite = (dataDir: string) => openDatabase({ kind: "pglite", dataDir }, { logger });

describe("openDatabase on a new PGlite directory", () => {
  it("creates it for its owner alone, changes nothing before migrate(), and migrates once", async () => {
    const dataDir = join(scratch, "deep", "new");
    await using database = await pglite(dataDir);
    expect(statSync(dataDir).mode & 0o777).toBe(0o700);
    expect(readdirSync(dataDir).toSorted()).toEqual(["lock", "pglite"]);
    expect(statSync(join(dataDir, "pglite")).mode & 0o777).toBe(0o700);
    expect(statSync(join(dataDir, "lock")).mode & 0o777).toBe(0o600);
    expect(await database.isMigrated()).toBe(false);
    await expect(storeOn(database).tokens.find(grantKey())).rejects.toMatchObject({
      code: "INTERNAL",
      message: expect.stringContaining("token-broker migrate"),
    });
    expect(await database.migrate()).toEqual(MIGRATIONS);
    expect(await database.migrate()).toEqual([]);
    expect(await database.isMigrated()).toBe(true);
    await expect(pglite(dataDir)).rejects.toThrow(`another process uses the data directory ${dataDir}`);
    await database.ping();
  });

  it("opens again after close(), and closing twice is one close", async () => {
    const dataDir = join(scratch, "deep", "new");
    const database = await pglite(dataDir);
    expect(await database.isMigrated()).toBe(true);
    await Promise.all([database.close(), database.close()]);
    await expect(database.ping()).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });
  });

  it("names a path that cannot be a directory, and the cure", async () => {
    const dataDir = join(scratch, "file");
    writeFileSync(dataDir, "");
    await expect(pglite(dataDir)).rejects.toThrow(`${dataDir} cannot be used`);
    await expect(pglite(dataDir)).rejects.toThrow("BROKER_DATA_DIR");
  });

  it("names a directory whose database is damaged, and gives the lock back", async () => {
    const dataDir = join(scratch, "deep", "new");
    rmSync(join(dataDir, "pglite", "global"), { recursive: true });
    await expect(pglite(dataDir)).rejects.toThrow(`${dataDir} cannot be used`);
    await expect(pglite(dataDir)).rejects.toThrow(`${dataDir} cannot be used`);
  });

  it("leaves no file behind in memory", async () => {
    await using database = await pglite("memory://");
    await database.ping();
    expect(existsSync("memory:")).toBe(false);
  });
});

describe("openDatabase on PostgreSQL", () => {
  const silent: Server[] = [];
  afterEach(() => {
    for (const server of silent.splice(0)) server.close();
  });

  it("refuses what cannot be used with the variable, the address and the cure, and no secret", async () => {
    const url = new URL(await postgresServerUrl());
    url.password = "s3cret";
    const { host } = url;
    url.pathname = "/no_such_database";
    const noDatabase = postgresql(url.href);
    await expect(noDatabase).rejects.toThrow(
      `${host} cannot be used: a database of this name does not exist`,
    );
    await expect(noDatabase).rejects.toThrow("BROKER_DATABASE_URL");
    await expect(noDatabase).rejects.not.toThrow("s3cret");
    await expect(postgresql("postgres://u:s3cret@127.0.0.1:1/db")).rejects.toThrow(
      "nothing listens at its address",
    );
    await expect(postgresql("postgres://u:s3cret@no-such-host.invalid/db")).rejects.toThrow(
      "does not resolve",
    );
    await expect(postgresql("mysql://u:s3cret@h/db")).rejects.toThrow(
      "BROKER_DATABASE_URL is not a PostgreSQL URL",
    );
  });

  it("gives up on a server that never answers", async () => {
    const server = createServer(() => {}).listen(0, "127.0.0.1");
    silent.push(server);
    await new Promise((resolve) => server.once("listening", resolve));
    const address = server.address();
    const port = typeof address === "object" ? address?.port : 0;
    const began = performance.now();
    await expect(postgresql(`postgres://u@127.0.0.1:${port}/db`)).rejects.toThrow("took too long");
    expect(performance.now() - began).toBeLessThan(7000);
  });

  it("logs each migration it ran, and tells the pool's use", async () => {
    const events: unknown[] = [];
    const url = await createDatabase(await postgresServerUrl());
    await using database = await openDatabase(
      { kind: "postgresql", url: new Secret(url) },
      { poolSize: 3, logger: { ...logger, info: (event, fields) => events.push([event, fields]) } },
    );
    await database.migrate();
    expect(events).toEqual(MIGRATIONS.map((migration) => ["database migrated", { migration }]));
    const queries = Array.from({ length: 5 }, () => database.sql.run("", "select pg_sleep(0.2)", []));
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(database.poolUse()).toMatchObject({ used: 3, waiting: 2 });
    await Promise.all(queries);
    expect(database.poolUse()).toMatchObject({ used: 0, waiting: 0 });
  });
});

describeEachStore("openDatabase with a host's own MikroORM", (backend) => {
  it("migrates apart from the host's migrations, serves the store, and leaves the instance open", async () => {
    const orm =
      backend.kind === "pglite"
        ? await PgliteOrm.init({ entities, dbName: "memory://" })
        : await PostgresqlOrm.init({
            entities,
            clientUrl: await createDatabase(await postgresServerUrl()),
          });
    try {
      const database = await openDatabase({ kind: "orm", orm }, { logger });
      expect(database.kind).toBe(backend.kind);
      expect(await database.migrate()).toEqual(MIGRATIONS);
      const store = storeOn(database);
      const token = newToken();
      const key = grantKey();
      await store.tokens.putAuthorized(key, token);
      const row = await store.tokens.find(key);
      expect(row).toMatchObject({ scopes: token.scopes, providerMetadata: token.providerMetadata });
      expect(row!.version).toBeTypeOf("bigint");
      expect(row!.expiresAt).toBeInstanceOf(Date);
      expect(store.tokens.openAccessToken(row!)).toBe(token.accessToken);
      await database.close();
      const tables = await orm.em
        .getDriver()
        .execute<{ name: string }[]>(
          "select table_name as name from information_schema.tables where table_name like '%migrations'",
        );
      expect(tables).toMatchObject([{ name: "token_broker_migrations" }]);
      expect(await openDatabase({ kind: "orm", orm }, { logger }).then((again) => again.migrate())).toEqual(
        [],
      );
    } finally {
      await orm.close(true);
    }
  });
});

it("refuses an instance whose connection it cannot use", async () => {
  const native = await PgliteOrm.init({ entities, dbName: "memory://" });
  const orm = await PgliteOrm.init({ entities, driverOptions: native.em.getConnection().getClient() });
  await expect(openDatabase({ kind: "orm", orm }, { logger })).rejects.toThrow(
    "@mikro-orm/postgresql or @mikro-orm/pglite",
  );
  await native.close(true);
});
