/** Creates and drops test databases on a running server. */
import { randomBytes } from "node:crypto";
import { Client, escapeIdentifier } from "pg";

/** Every database of this run starts with it, so that a shared server can be cleaned afterwards and two runs never meet. */
const RUN_PREFIX = `token_broker_test_${process.env["BROKER_TEST_RUN"] ?? randomBytes(4).toString("hex")}`;

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
  const database = name ?? `${RUN_PREFIX}_${randomBytes(6).toString("hex")}`;
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
    `SELECT datname FROM pg_database WHERE starts_with(datname, '${RUN_PREFIX}')`,
  );
  for (const { datname } of rows as { datname: string }[]) {
    await execute(serverUrl, `DROP DATABASE IF EXISTS ${escapeIdentifier(datname)} WITH (FORCE)`);
  }
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
