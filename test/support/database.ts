/**
 * Migrated databases for tests, on both stores.
 *
 * `describeEachStore("tokens.find", (store) => { … })` runs a suite twice; in it, `await store.open()` (in `beforeAll`) gives a database
 * of its own that is closed and removed after the suite. On PGlite each costs most of a second and 300 MB: open one for a suite and
 * keep its tests apart by namespace or connection id. `store.source()` is for whoever opens the database himself, in a child process too.
 */
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe } from "vitest";
import { type Database, openDatabase } from "../../src/store/index.ts";
import { silentLogger } from "../../src/telemetry/index.ts";
import { createDatabase } from "./postgres-databases.ts";
import { pgliteTemplate, postgresServerUrl } from "./run-fixtures.ts";

/** What `config.database` holds. */
export type TestDatabaseSource =
  | { readonly kind: "postgresql"; readonly url: { reveal(): string } }
  | { readonly kind: "pglite"; readonly dataDir: string };

export interface StoreUnderTest {
  readonly kind: "postgresql" | "pglite";
  /** A new migrated database, open until the suite ends. */
  open(): Promise<Database>;
  /** A new migrated database that nobody has opened. */
  source(): Promise<TestDatabaseSource>;
}

export const describeEachStore = (name: string, suite: (store: StoreUnderTest) => void): void => {
  describe.each(["pglite", "postgresql"] as const)(`${name} on %s`, (kind) => {
    suite(storeUnderTest(kind));
  });
};

/** One store, for suites that need only that; registers its own clean-up. */
export const storeUnderTest = (kind: StoreUnderTest["kind"]): StoreUnderTest => {
  const open: Database[] = [];
  const directories: string[] = [];
  afterAll(async () => {
    await Promise.all(open.map((database) => database.close()));
    for (const directory of directories) rmSync(directory, { recursive: true, force: true });
  });
  const source = kind === "postgresql" ? newPostgresqlDatabase : () => copyPgliteTemplate(directories);
  return {
    kind,
    source,
    async open() {
      const database = await openDatabase(await source(), { logger: silentLogger });
      open.push(database);
      return database;
    },
  };
};

const newPostgresqlDatabase = async (): Promise<TestDatabaseSource> => {
  const url = await createDatabase(await postgresServerUrl());
  const source = { kind: "postgresql", url: { reveal: () => url } } as const;
  await using database = await openDatabase(source, { logger: silentLogger });
  await database.migrate();
  return source;
};

const copyPgliteTemplate = async (directories: string[]): Promise<TestDatabaseSource> => {
  const directory = mkdtempSync(join(tmpdir(), "token-broker-pglite-"));
  directories.push(directory);
  cpSync(await pgliteTemplate(), directory, { recursive: true });
  return { kind: "pglite", dataDir: directory };
};

/** Databases whose clock can be moved. */
const movable = new WeakSet<Database>();

/**
 * Moves the only clock of the product, `broker_now()`, by so many milliseconds from where it is. Works for every process on that database.
 */
export const moveClock = async (database: Database, ms: number): Promise<void> => {
  if (!movable.has(database)) await makeMovable(database);
  movable.add(database);
  await database.sql.run("", "update test_clock set moved = moved + $1::float8 * interval '1 millisecond'", [
    ms,
  ]);
};

const makeMovable = async ({ sql }: Database): Promise<void> => {
  await sql.run("", "create table if not exists test_clock (moved interval not null)", []);
  await sql.run(
    "",
    "insert into test_clock select interval '0' where not exists (select 1 from test_clock)",
    [],
  );
  await sql.run(
    "",
    "create or replace function broker_now() returns timestamptz language sql stable as 'select now() + (select moved from test_clock)'",
    [],
  );
};
