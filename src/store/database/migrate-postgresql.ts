import { MikroORM } from "@mikro-orm/postgresql";
import { Client, type ClientConfig } from "pg";
import type { Logger } from "../../telemetry/index.ts";
import { MINUTE } from "../../time.ts";
import { translateDatabaseError } from "./errors.ts";
import { migrationOptions } from "./orm-options.ts";

/** One migration at a time in a database, of all processes: any number, but always this one ("tbmig" in ASCII). */
const LOCK_ID = "500068215143";
/** How long a process waits for another one's migration before it gives up. */
const LOCK_TIMEOUT_MS = 10 * MINUTE;

/**
 * Migrates under an advisory lock, which the migrator itself does not take: the lock is held on a connection of its own and ends with
 * it, also when this process dies. Migrations run on another connection, without the time limit of the pool's statements.
 */
export const migratePostgresql = async (
  database: string,
  settings: ClientConfig,
  logger: Logger,
): Promise<readonly string[]> => {
  const lock = new Client(settings);
  lock.on("error", () => {});
  try {
    await lock.connect();
    await lock.query(`set lock_timeout = ${LOCK_TIMEOUT_MS}`);
    await lock.query(`select pg_advisory_lock(${LOCK_ID})`);
    return await runMigrations(database, settings, logger);
  } catch (error) {
    throw translateDatabaseError(error);
  } finally {
    await lock.end();
  }
};

const runMigrations = async (
  database: string,
  settings: ClientConfig,
  logger: Logger,
): Promise<readonly string[]> => {
  const orm = await MikroORM.init({
    ...migrationOptions,
    dbName: database,
    driverOptions: { ...settings, min: 0, max: 1 },
  });
  try {
    const applied = (await orm.migrator.up()).map(({ name }) => name);
    for (const migration of applied) logger.info("database migrated", { migration });
    return applied;
  } finally {
    await orm.close(true);
  }
};
