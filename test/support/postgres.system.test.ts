import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { Client } from "pg";
import { describe, expect, it } from "vitest";
import { createDatabase } from "./postgres-databases.ts";
import { startPostgresCluster } from "./postgres.ts";
import { pgliteTemplate, postgresServerUrl } from "./run-fixtures.ts";

async function query(url: string, sql: string): Promise<unknown[]> {
  const client = new Client({ connectionString: url });
  // A server that goes away while the client ends is no failure of the query.
  client.on("error", () => {});
  await client.connect();
  try {
    const { rows } = await client.query(sql);
    return rows;
  } finally {
    await client.end();
  }
}

describe("startPostgresCluster", () => {
  it.each(["any", "embedded"] as const)(
    "keeps data across every kind of stop (%s binaries)",
    async (source) => {
      await using cluster = await startPostgresCluster(source);
      const url = await cluster.createDatabase("kept");
      await query(url, "CREATE TABLE kept AS SELECT 1 AS value");
      for (const mode of ["fast", "immediate", "kill"] as const) {
        await cluster.stop(mode);
        await expect(query(url, "SELECT 1")).rejects.toThrow("ECONNREFUSED");
        await cluster.start();
        expect(await query(url, "SELECT value FROM kept")).toEqual([{ value: 1 }]);
      }
    },
  );

  it("is gone after its owner was killed", async () => {
    const program = `
      import { startPostgresCluster } from "${import.meta.dirname}/postgres.ts";
      console.log((await startPostgresCluster()).url);
      setInterval(() => {}, 1000);`;
    const owner = spawn(process.execPath, ["--input-type=module-typescript", "--eval", program], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const [url] = (await once(createInterface({ input: owner.stdout }), "line")) as [string];
    expect(await query(url, "SELECT 1 AS up")).toEqual([{ up: 1 }]);
    owner.kill("SIGKILL");
    await expect
      .poll(() => query(url, "SELECT 1").catch((error: unknown) => String(error)), { timeout: 10_000 })
      .toMatch("ECONNREFUSED");
  });
});

describe("the fixtures of a run", () => {
  it("give every test a database of its own", async () => {
    const server = await postgresServerUrl();
    const [first, second] = [await createDatabase(server), await createDatabase(server)];
    await query(first, "CREATE TABLE mine AS SELECT 1 AS value");
    expect(await query(second, "SELECT to_regclass('mine') AS mine")).toEqual([{ mine: null }]);
    const copy = await createDatabase(server, { template: new URL(first).pathname.slice(1) });
    expect(await query(copy, "SELECT value FROM mine")).toEqual([{ value: 1 }]);
  });

  it("make the PGlite template once", async () => {
    const [first, second] = await Promise.all([pgliteTemplate(), pgliteTemplate()]);
    expect(first).toBe(second);
    expect(existsSync(join(first, "pglite", "PG_VERSION"))).toBe(true);
  });
});
