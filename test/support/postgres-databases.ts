/** Creates and drops test databases on a running server. */
import { randomBytes } from "node:crypto";
import { Client, escapeIdentifier } from "pg";

/** Tells runs apart on a shared server; set by the global setup, so that its workers create what it drops. */
export const RUN_VARIABLE = "BROKER_TEST_RUN";

export interface NewDatabase {
  /** Default: a random name. */
  name?: string;
  /** A database to copy; nobody may be connected to it. */
  template?: string;
}

/** Creates a database on the server of `serverUrl` and returns its URL. */
export async function createDatabase(
  serverUrl: string,
  { name, template }: NewDatabase = {},
): Promise<string> {
  const database = name ?? `${runPrefix()}_${randomBytes(6).toString("hex")}`;
  const copy = template === undefined ? "" : ` TEMPLATE ${escapeIdentifier(template)}`;
  await execute(serverUrl, `CREATE DATABASE ${escapeIdentifier(database)}${copy}`);
  const url = new URL(serverUrl);
  url.pathname = `/${database}`;
  return url.href;
}

/** Drops every database that this run created under a random name, whoever is connected. */
export async function dropRunDatabases(serverUrl: string): Promise<void> {
  const rows = await execute(
    serverUrl,
    `SELECT datname FROM pg_database WHERE starts_with(datname, '${runPrefix()}')`,
  );
  for (const { datname } of rows as { datname: string }[]) {
    await execute(serverUrl, `DROP DATABASE IF EXISTS ${escapeIdentifier(datname)} WITH (FORCE)`);
  }
}

/** Every database of this run starts with it. */
function runPrefix(): string {
  process.env[RUN_VARIABLE] ??= randomBytes(4).toString("hex");
  return `token_broker_test_${process.env[RUN_VARIABLE]}`;
}

async function execute(url: string, sql: string): Promise<unknown[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query(sql);
    return rows;
  } finally {
    await client.end();
  }
}
