import type { MikroORM } from "@mikro-orm/core";
import { BrokerError } from "../../errors.ts";
import { SECOND } from "../../time.ts";
import { SCHEMA_VERSION } from "../migrations/index.ts";
import type { Database, NewClient } from "./database.ts";
import { translateDatabaseError } from "./errors.ts";
import type { Sql } from "./sql.ts";

export interface DatabaseParts {
  readonly kind: Database["kind"];
  readonly port: number | undefined;
  readonly orm: MikroORM;
  readonly sql: Sql;
  readonly newClient?: NewClient;
  /** Answers the names of the migrations it ran. */
  readonly migrate: () => Promise<readonly string[]>;
  readonly close: () => Promise<void>;
}

/** What every kind of database has in common. */
export const createDatabase = (parts: DatabaseParts): Database => {
  const { kind, port, orm, sql, newClient, migrate, close } = parts;
  const isMigrated = async (): Promise<boolean> => (await schemaVersion(sql)) >= SCHEMA_VERSION;
  const closeOnce = once(close);
  return {
    kind,
    port,
    orm,
    sql,
    newClient,
    isMigrated,
    migrate: async () => ((await isMigrated()) ? [] : migrate()),
    ping: createPing(sql),
    poolUse: () => sql.poolUse(),
    close: closeOnce,
    [Symbol.asyncDispose]: closeOnce,
  };
};

/** Probes give up after about this time themselves. A statement is given longer: it may be slow and still answer. */
const PING_TIMEOUT_MS = 1 * SECOND;

/** One at a time, however many ask: of a database that swallows statements, each would keep a connection. */
const createPing = (sql: Sql): (() => Promise<void>) => {
  let pinging: Promise<void> | undefined;
  return async () => {
    pinging ??= assertWritable(sql).finally(() => (pinging = undefined));
    const { promise: late, reject } = Promise.withResolvers<never>();
    const timer = setTimeout(
      reject,
      PING_TIMEOUT_MS,
      translateDatabaseError(new Error("Query read timeout")),
    );
    try {
      await Promise.race([pinging, late]);
    } finally {
      clearTimeout(timer);
    }
  };
};

const READ_ONLY = { code: "25006" };

const assertWritable = async (sql: Sql): Promise<void> => {
  const setting = "select current_setting('transaction_read_only')::boolean as read_only";
  const { rows } = await sql.run("ping", setting, []);
  if (rows[0]?.["read_only"] === true) throw translateDatabaseError(READ_ONLY);
};

const once = (close: () => Promise<void>): (() => Promise<void>) => {
  let closing: Promise<void> | undefined;
  return () => (closing ??= close());
};

/** 0 = never migrated. Not prepared: the function may be replaced or not be there. */
const schemaVersion = async (sql: Sql): Promise<number> => {
  const exists = await sql.run("", "select to_regproc('broker_schema_version') is not null as found", []);
  if (exists.rows[0]?.["found"] !== true) return 0;
  const { rows } = await sql.run("", "select broker_schema_version() as version", []);
  const version = rows[0]?.["version"];
  if (typeof version !== "number")
    throw new BrokerError("INTERNAL", "broker_schema_version() is not a number");
  return version;
};
