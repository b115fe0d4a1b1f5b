/** `npm run soak`: whether the broker keeps every connection for as long as you like, while replicas are killed and the database restarts. See docs/soak.md. */
import { loadavg } from "node:os";
import { join } from "node:path";
import { writeResults } from "../../bench/results-section.ts";
import { problemsOf } from "./judge.ts";
import { readOptions, type SoakCommand, USAGE } from "./options.ts";
import { conditions, resultTable } from "./report.ts";
import { soak } from "./soak.ts";

const PAGE = join(import.meta.dirname, "../../docs/soak.md");

const run = async (options: SoakCommand): Promise<void> => {
  const [loadBefore = 0] = loadavg();
  const result = await soak(options, (line) => console.error(line));
  const problems = problemsOf(options, result);
  const verdict = problems.length === 0 ? "It held." : "It did not hold:";
  const judgement = [verdict, ...problems.map((problem) => `- ${problem}`)].join("\n");
  const text = `${conditions(options, loadBefore)}\n\n${judgement}\n\n${resultTable(options, result)}`;
  console.log(text);
  if (options.write) writeResults(PAGE, "npm run soak -- --write", text);
  if (problems.length > 0) process.exitCode = 1;
};

const options = readOptions(process.argv.slice(2));
if (options === undefined) console.log(USAGE);
else await run(options);
