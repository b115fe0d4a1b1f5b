import { type SerializedError } from "vitest";
import { type Reporter, type TestModule, type TestRunEndReason } from "vitest/node";
import { findLeaks, OUTPUT_FILE_VARIABLE } from "./canaries.ts";

interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

/**
 * Ends the run with one plain line `N passed, N failed` (`, N skipped` when there are any). What fails outside a test counts as a
 * failure too: a file that does not load, a hook, an unhandled error, and every canary that came out.
 */
export class PlainLineReporter implements Reporter {
  async onTestRunEnd(
    modules: ReadonlyArray<TestModule>,
    unhandled: ReadonlyArray<SerializedError>,
    reason: TestRunEndReason,
  ): Promise<void> {
    const counts = countTests(modules);
    counts.failed += unhandled.length + (await reportLeaks());
    if (reason !== "passed") {
      counts.failed = Math.max(counts.failed, 1);
    }
    if (counts.failed > 0) {
      process.exitCode = 1;
    }
    const skipped = counts.skipped > 0 ? `, ${counts.skipped} skipped` : "";
    process.stdout.write(`${counts.passed} passed, ${counts.failed} failed${skipped}\n`);
  }
}

function countTests(modules: ReadonlyArray<TestModule>): Counts {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  for (const module of modules) {
    counts.failed += [module, ...module.children.allSuites()].filter(
      (part) => part.errors().length > 0,
    ).length;
    for (const test of module.children.allTests()) {
      const { state } = test.result();
      counts[state === "pending" ? "skipped" : state] += 1;
    }
  }
  return counts;
}

/** Names where secrets came out, never their values; returns how many. */
async function reportLeaks(): Promise<number> {
  const leaks = await findLeaks(process.env[OUTPUT_FILE_VARIABLE] ?? "");
  for (const { source, kind } of leaks) {
    process.stderr.write(`SECRET IN OUTPUT: the canary of ${kind} came out in: ${source}\n`);
  }
  return leaks.length;
}
