/** Runs in every worker before its test files. */
import { expect } from "vitest";
import { recordOutput } from "./canaries.ts";
import { recordProcessOutput } from "./record-process-output.ts";

const INSTALLED = Symbol.for("token-broker.test.output-recorded");
const globals = globalThis as { [INSTALLED]?: true };

if (!globals[INSTALLED]) {
  globals[INSTALLED] = true;
  recordProcessOutput((text) => recordOutput(`output of ${expect.getState().testPath ?? "a worker"}`, text));
}
