/** `npm run bench`: what GetToken costs, beside what the same reply costs without the broker. See docs/benchmarks.md. */
import { loadavg } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { positive, progress } from "./command-line.ts";
import { measure, type Plan } from "./measure.ts";
import { conditions, resultTable } from "./report.ts";
import { writeResults } from "./results-section.ts";
import { startSubjects } from "./subjects.ts";

const PAGE = join(import.meta.dirname, "../docs/benchmarks.md");
const USAGE = `usage: npm run bench -- [--rounds 5] [--seconds 1.5] [--streams 16] [--write]
  --write  puts the results into docs/benchmarks.md; without it nothing is written`;

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "5" },
    seconds: { type: "string", default: "1.5" },
    streams: { type: "string", default: "16" },
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
    streams: positive("streams", values.streams, USAGE),
  };
  const [loadBefore = 0] = loadavg();
  progress("starting the servers");
  await using subjects = await startSubjects();
  const results = await measure(subjects, plan, progress);
  progress("");
  const text = `${conditions(plan, loadBefore)}\n\n${resultTable(results)}`;
  console.log(text);
  if (values.write) {
    writeResults(PAGE, "npm run bench -- --write", text);
  }
}
