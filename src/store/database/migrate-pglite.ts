import type { MikroORM } from "@mikro-orm/core";
import { MikroORM as PgliteMikroORM, type PgliteConnection } from "@mikro-orm/pglite";
import type { Logger } from "../../telemetry/index.ts";
import { translateDatabaseError } from "./errors.ts";
import { migrationOptions } from "./orm-options.ts";

/** On the one connection there is, a host's too; the data directory's lock keeps other processes out. */
export const migratePglite = async (orm: MikroORM, logger: Logger): Promise<readonly string[]> => {
  const connection = orm.em.getDriver().getConnection() as PgliteConnection;
  const migrating = await PgliteMikroORM.init({ ...migrationOptions, driverOptions: connection.getClient() });
  try {
    // Not closed: the connection is the other instance's.
    const applied = (await migrating.migrator.up()).map(({ name }) => name);
    for (const migration of applied) logger.info("database migrated", { migration });
    return applied;
  } catch (error) {
    throw translateDatabaseError(error);
  }
};
