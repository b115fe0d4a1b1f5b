import { chmodSync } from "node:fs";
import { join } from "node:path";
import { MikroORM } from "@mikro-orm/pglite";
import type { Logger } from "../../telemetry/index.ts";
import { entities } from "../entities/index.ts";
import { createDatabase } from "./create-database.ts";
import { type DataDirLock, lockDataDir, unusableDirectory } from "./data-dir-lock.ts";
import type { Database } from "./database.ts";
import { DatabaseFault } from "./errors.ts";
import { migratePglite } from "./migrate-pglite.ts";
import { quietLogger } from "./orm-options.ts";
import { createPgliteSql, type Pglite } from "./pglite-sql.ts";

const IN_MEMORY = "memory://";

export interface PgliteOptions {
  readonly dataDir: string;
  readonly logger: Logger;
}

/** Throws an Error that names the directory and the cure when another process holds it or it cannot be used. */
export const openPglite = async ({ dataDir, logger }: PgliteOptions): Promise<Database> => {
  const inMemory = dataDir === IN_MEMORY;
  const lock = inMemory ? undefined : lockDataDir(dataDir);
  try {
    const orm = await MikroORM.init({
      dbName: inMemory ? IN_MEMORY : clusterDirectory(dataDir),
      entities,
      loggerFactory: quietLogger,
    });
    const pglite = await start(orm, dataDir);
    return createDatabase({
      kind: "pglite",
      port: undefined,
      orm,
      sql: createPgliteSql(pglite),
      migrate: () => migratePglite(orm, logger),
      close: () => closeAndUnlock(orm, pglite, lock),
    });
  } catch (error) {
    lock?.release();
    throw error;
  }
};

/** The data directory also holds the lock and, in development, the key file. */
const clusterDirectory = (dataDir: string): string => join(dataDir, "pglite");

const start = async (orm: MikroORM, dataDir: string): Promise<Pglite> => {
  try {
    const pglite = await orm.em.getDriver().getConnection().getNativeClient();
    await pglite.waitReady;
    if (dataDir !== IN_MEMORY) chmodSync(clusterDirectory(dataDir), 0o700);
    return pglite;
  } catch (error) {
    throw unusableDirectory(dataDir, new DatabaseFault(error));
  }
};

/** MikroORM closes only what was used through it. */
const closeAndUnlock = async (
  orm: MikroORM,
  pglite: Pglite,
  lock: DataDirLock | undefined,
): Promise<void> => {
  try {
    await orm.close(true);
    if (!pglite.closed) await pglite.close();
  } finally {
    lock?.release();
  }
};
