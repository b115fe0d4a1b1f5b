/**
 * Builds the data directory that every test database on PGlite starts as a copy of: initialised and migrated once per run.
 * A program of its own, because building it would block the process that directs the test run.
 */
import { PGlite } from "@electric-sql/pglite";

export async function buildPgliteTemplate(directory: string): Promise<void> {
  const database = await PGlite.create(directory);
  await database.close();
}

if (import.meta.main) {
  const [directory] = process.argv.slice(2);
  if (directory === undefined) {
    throw new Error("usage: node test/support/pglite-template.ts <directory>");
  }
  await buildPgliteTemplate(directory);
}
