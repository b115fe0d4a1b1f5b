import { setTimeout as delay } from "node:timers/promises";
import { MikroORM } from "@mikro-orm/postgresql";
import { Client, type ClientConfig } from "pg";
import { OperatorError } from "../../errors.ts";
import { errorClass, type Logger } from "../../telemetry/index.ts";
import { MINUTE, SECOND } from "../../time.ts";
import { entities } from "../entities/index.ts";
import { readConnectionUrl } from "./connection-url.ts";
import { createDatabase } from "./create-database.ts";
import type { Database } from "./database.ts";
import { DatabaseFault, reasonFor } from "./errors.ts";
import { migratePostgresql } from "./migrate-postgresql.ts";
import { quietLogger } from "./orm-options.ts";
import { createPostgresqlSql, type PgPool } from "./postgresql-sql.ts";

/** For a connection of the pool, new or awaited: a database that is away, and a pool that is used up, are noticed in under a second. */
const ACQUIRE_TIMEOUT_MS = 0.8 * SECOND;
/** A statement that runs longer is given up together with its connection; longer than a slow database needs, shorter than a lease. */
const STATEMENT_TIMEOUT_MS = 10 * SECOND;
/** At start there is time for a name to resolve and TLS to be agreed. */
const FIRST_CONNECT_TIMEOUT_MS = 5 * SECOND;
const IDLE_TIMEOUT_MS = 5 * MINUTE;
const CLOSE_TIMEOUT_MS = 1 * SECOND;
const DEFAULT_POOL_SIZE = 10;

export interface PostgresqlOptions {
  readonly url: { reveal(): string };
  readonly poolSize?: number | undefined;
  readonly logger: Logger;
}

/** Throws an Error that names BROKER_DATABASE_URL, what is wrong and the cure, and no part of the URL but host and port. */
export const openPostgresql = async (options: PostgresqlOptions): Promise<Database> => {
  const connectionString = options.url.reveal();
  const connection = readConnectionUrl(connectionString);
  const settings: ClientConfig = {
    connectionString,
    application_name: "token-broker",
    keepAlive: true,
    connectionTimeoutMillis: FIRST_CONNECT_TIMEOUT_MS,
  };
  await tryConnection(settings, connection.address);
  const orm = await createOrm(connection.database, settings, options);
  const pool = await orm.em.getDriver().getConnection().getNativeClient();
  return createDatabase({
    kind: "postgresql",
    port: new Client(settings).port,
    orm,
    sql: createPostgresqlSql(pool),
    newClient: (more) => new Client({ ...settings, ...more }),
    migrate: () => migratePostgresql(connection.database, settings, options.logger),
    close: () => closePool(orm, pool),
  });
};

/** MikroORM ends only a pool that was used through it. A statement that hangs holds nobody up. */
const closePool = async (orm: MikroORM, pool: PgPool): Promise<void> => {
  const ended = orm.close(true).then(() => (pool.ending ? undefined : pool.end()));
  await Promise.race([ended, delay(CLOSE_TIMEOUT_MS, undefined, { ref: false })]);
};

const tryConnection = async (settings: ClientConfig, address: string): Promise<void> => {
  const client = new Client(settings);
  // An error after a failed connect has no other listener and would end the process.
  client.on("error", () => {});
  try {
    await client.connect();
  } catch (error) {
    throw unusableServer(address, new DatabaseFault(error));
  } finally {
    await client.end();
  }
};

const unusableServer = (address: string, fault: DatabaseFault): Error =>
  new OperatorError(
    `the PostgreSQL database at ${address} cannot be used: ${reasonFor(fault.code)}. Check BROKER_DATABASE_URL and that the server runs`,
    { cause: fault },
  );

const createOrm = (database: string, settings: ClientConfig, options: PostgresqlOptions): Promise<MikroORM> =>
  MikroORM.init({
    dbName: database,
    entities,
    loggerFactory: quietLogger,
    driverOptions: {
      ...settings,
      connectionTimeoutMillis: ACQUIRE_TIMEOUT_MS,
      query_timeout: STATEMENT_TIMEOUT_MS,
      idleTimeoutMillis: IDLE_TIMEOUT_MS,
      min: 1,
      max: options.poolSize ?? DEFAULT_POOL_SIZE,
      onPoolCreated: (pool: { on(event: "error", listener: (error: unknown) => void): void }) => {
        pool.on("error", (error) =>
          options.logger.warn("database connection lost", { error_class: errorClass(error) }),
        );
      },
    },
  });
