/** `npm run bench:refresh`: how fast one replica refreshes, beside what its limits allow and what a sweep without concurrency does. See docs/benchmarks.md. */
import { loadavg } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { positive, progress } from "../command-line.ts";
import { writeResults } from "../results-section.ts";
import { measure, type Plan } from "./measure.ts";
import { conditions, resultTable } from "./report.ts";
import { startSubjects } from "./subjects.ts";

const PAGE = join(import.meta.dirname, "../../docs/benchmarks.md");
const USAGE = `usage: npm run bench:refresh -- [--rounds 3] [--seconds 10] [--write]
  --write  puts the results into docs/benchmarks.md; without it nothing is written`;

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "3" },
    seconds: { type: "string", default: "10" },
    write: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});

if (values.help) {
  console.log(USAGE);
} else {
  const plan: Plan = {
    rounds: positive("rounds", values.rounds, USAGE),
    durationMs: positive("seconds", values.seconds, USAGE) * 1000,
  };
  const [loadBefore = 0] = loadavg();
  progress("starting the servers");
  await using subjects = await startSubjects(plan, progress);
  const results = await measure(subjects.list, plan, progress);
  progress("");
  const text = `${conditions(plan, loadBefore)}\n\n${resultTable(results)}`;
  console.log(text);
  if (values.write) {
    writeResults(PAGE, "npm run bench:refresh -- --write", text);
  }
}
