import type { Logger as OrmLogger } from "@mikro-orm/core";
import { Migrator } from "@mikro-orm/migrations";
import { entities } from "../entities/index.ts";
import { migrations } from "../migrations/index.ts";

/** MikroORM's messages quote parameters and connection strings: nothing of it is printed. */
export const quietLogger = (): OrmLogger => ({
  log: () => {},
  error: () => {},
  warn: () => {},
  logQuery: () => {},
  setDebugMode: () => {},
  isEnabled: () => false,
});

/** For the instance that migrates. The table of its own keeps it apart from a host's migrations in the same database. */
export const migrationOptions = {
  entities,
  extensions: [Migrator],
  loggerFactory: quietLogger,
  migrations: {
    tableName: "token_broker_migrations",
    migrationsList: migrations,
    snapshot: false,
    // Would need a superuser, and there are no foreign keys.
    disableForeignKeys: false,
  },
};
