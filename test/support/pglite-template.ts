/**
 * Builds the data directory that every test database on PGlite starts as a copy of: initialised and migrated once per run.
 * A program of its own, because building it would block the process that directs the test run.
 */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { openDatabase } from "../../src/store/index.ts";
import { silentLogger } from "../../src/telemetry/index.ts";

/** Leaves what `openDatabase({ kind: "pglite", dataDir: <a copy> })` opens. */
export async function buildPgliteTemplate(directory: string): Promise<void> {
  const database = await openDatabase({ kind: "pglite", dataDir: directory }, { logger: silentLogger });
  await database.migrate();
  await database.close();
  rmSync(join(directory, "lock"));
}

if (import.meta.main) {
  const [directory] = process.argv.slice(2);
  if (directory === undefined) {
    throw new Error("usage: node test/support/pglite-template.ts <directory>");
  }
  await buildPgliteTemplate(directory);
}
