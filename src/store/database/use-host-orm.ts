import type { Connection, MikroORM } from "@mikro-orm/core";
import { Client, type ClientConfig } from "pg";
import { OperatorError } from "../../errors.ts";
import type { Logger } from "../../telemetry/index.ts";
import { createDatabase } from "./create-database.ts";
import type { Database } from "./database.ts";
import { migratePglite } from "./migrate-pglite.ts";
import { migratePostgresql } from "./migrate-postgresql.ts";
import { createPgliteSql, type Pglite } from "./pglite-sql.ts";
import { createPostgresqlSql, type PgPool } from "./postgresql-sql.ts";

/**
 * A host's own MikroORM instance: its pool, limits and time-outs apply, and it stays open when the broker closes. The tables lie where
 * its search path leads. Throws when the instance is of no usable driver.
 */
export const useHostOrm = async (orm: MikroORM, logger: Logger): Promise<Database> => {
  const client = await nativeClient(orm.em.getDriver().getConnection());
  const close = async (): Promise<void> => {};
  if (isPgPool(client)) {
    const settings = poolSettings(client);
    const database = orm.config.get("dbName") ?? "";
    const migrate = () => migratePostgresql(database, settings, logger);
    return createDatabase({
      kind: "postgresql",
      port: new Client(settings).port,
      orm,
      sql: createPostgresqlSql(client),
      newClient: (more) => new Client({ ...settings, ...more }),
      migrate,
      close,
    });
  }
  if (isPglite(client)) {
    const migrate = () => migratePglite(orm, logger);
    return createDatabase({
      kind: "pglite",
      port: undefined,
      orm,
      sql: createPgliteSql(client),
      migrate,
      close,
    });
  }
  throw unusable();
};

const unusable = (cause?: unknown): Error =>
  new OperatorError(
    "the MikroORM instance given to the broker cannot be used: open it with @mikro-orm/postgresql or @mikro-orm/pglite, without a Kysely client or dialect of its own in driverOptions",
    { cause },
  );

const nativeClient = async (connection: Connection): Promise<unknown> => {
  try {
    return await connection.getNativeClient();
  } catch (error) {
    throw unusable(error);
  }
};

/** By shape: a host may bring another copy of the package. */
const isPgPool = (client: unknown): client is PgPool =>
  typeof client === "object" && client !== null && "totalCount" in client && "waitingCount" in client;

const isPglite = (client: unknown): client is Pglite =>
  typeof client === "object" && client !== null && "execProtocol" in client && "query" in client;

/** `pg-pool` hides the password from enumeration. */
const poolSettings = (pool: PgPool): ClientConfig => {
  const options = pool.options as ClientConfig;
  return {
    ...options,
    ...(options.password !== undefined && { password: options.password }),
    query_timeout: 0,
  };
};
