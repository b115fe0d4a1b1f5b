/** Counts what PostgreSQL executes, by its own `pg_stat_statements`: every statement of every session, transaction control included. */
import { Client } from "pg";
import { type PostgresCluster } from "../../test/support/postgres.ts";

export interface StatementCounts extends AsyncDisposable {
  /** Executed in a database so far; undefined where the server comes without the extension. */
  executed(database: string): Promise<number | undefined>;
}

/** Restarts the server with the extension loaded, so nobody may be connected yet. */
export async function countStatements(cluster: PostgresCluster): Promise<StatementCounts> {
  const isCounted = await loadExtension(cluster);
  const client = await connect(cluster);
  if (isCounted) {
    await client.query("create extension pg_stat_statements");
  }
  return {
    async executed(database) {
      return isCounted ? await sumOfCalls(client, database) : undefined;
    },
    [Symbol.asyncDispose]: () => client.end(),
  };
}

async function loadExtension(cluster: PostgresCluster): Promise<boolean> {
  const client = await connect(cluster);
  const { rowCount } = await client.query(
    "select from pg_available_extensions where name = 'pg_stat_statements'",
  );
  if (rowCount) {
    await client.query("alter system set shared_preload_libraries = 'pg_stat_statements'");
  }
  await client.end();
  await cluster.restart();
  return rowCount === 1;
}

async function connect({ url }: PostgresCluster): Promise<Client> {
  const client = new Client({ connectionString: url });
  await client.connect();
  return client;
}

async function sumOfCalls(client: Client, database: string): Promise<number> {
  const { rows } = await client.query<{ calls: string }>(
    `select coalesce(sum(s.calls), 0) as calls
     from pg_stat_statements s join pg_database d on d.oid = s.dbid where d.datname = $1`,
    [database],
  );
  return Number(rows[0]?.calls);
}
