import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { OUTPUT_FILE_VARIABLE, recordOutput } from "./support/canaries.ts";
import { RUN_VARIABLE } from "./support/postgres-databases.ts";
import { recordProcessOutput } from "./support/record-process-output.ts";
import { FIXTURES_VARIABLE, serveRunFixtures } from "./support/run-fixtures.ts";

/** Runs once in the main process, around the whole run. What workers and child processes need to know of it, they inherit as variables. */
export async function setup(): Promise<() => Promise<void>> {
  const directory = mkdtempSync(join(tmpdir(), "token-broker-test-"));
  const removeDirectory = () => rmSync(directory, { recursive: true, force: true });
  process.once("exit", removeDirectory);
  process.env[RUN_VARIABLE] = randomBytes(4).toString("hex");
  process.env[OUTPUT_FILE_VARIABLE] = join(directory, "output.jsonl");
  recordProcessOutput((text) => recordOutput("output of the test run", text));
  const fixtures = await serveRunFixtures(directory);
  process.env[FIXTURES_VARIABLE] = fixtures.url;
  return async () => fixtures[Symbol.asyncDispose]();
}
