/** `npm run bench:client`: what a consuming service costs the broker, and what a batch saves. See docs/benchmarks.md. */
import { loadavg } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { startPostgresCluster } from "../../test/support/postgres.ts";
import { positive, progress } from "../command-line.ts";
import { machine, today } from "../machine.ts";
import { writeResults } from "../results-section.ts";
import { cell, table } from "../table.ts";
import { batchAgainstSingle } from "./batch-against-single.ts";
import { callsForUses } from "./calls-for-uses.ts";
import { startKitProcess } from "./kit-process.ts";

const PAGE = join(import.meta.dirname, "../../docs/benchmarks.md");
const USAGE = `usage: npm run bench:client -- [--rounds 20] [--uses 10000] [--size 50] [--write]
  --write  puts the results into docs/benchmarks.md; without it nothing is written`;

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "20" },
    uses: { type: "string", default: "10000" },
    size: { type: "string", default: "50" },
    write: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});

if (values.help) {
  console.log(USAGE);
} else {
  const rounds = positive("rounds", values.rounds, USAGE);
  const uses = positive("uses", values.uses, USAGE);
  const size = positive("size", values.size, USAGE);
  const [loadBefore = 0] = loadavg();
  await using cluster = await startPostgresCluster();
  const stores = { PGlite: undefined, PostgreSQL: await cluster.createDatabase("bench") };
  const callRows: string[][] = [];
  const batchRows: string[][] = [];
  for (const [store, url] of Object.entries(stores)) {
    progress(`${store}: starting`);
    await using broker = await startKitProcess(url);
    if (store === "PGlite")
      for (const watch of [true, false]) {
        const { how, calls, streams, microsecondsPerUse } = await callsForUses(broker, uses, { watch });
        callRows.push([how, String(uses), String(calls), String(streams), microsecondsPerUse.toFixed(1)]);
      }
    progress(`${store}: ${size} tokens`);
    const result = await batchAgainstSingle(broker, size, rounds);
    batchRows.push([
      store,
      cell(result.batchMs, 1),
      cell(result.inParallelMs, 1),
      cell(result.timesInParallel, 1),
      cell(result.oneByOneMs, 1),
      cell(result.timesOneByOne, 1),
    ]);
  }
  progress("");
  const calls = table(["the token is", "uses", "GetToken", "streams", "µs per use"], callRows);
  const batch = table(
    [
      "store",
      `batch of ${size} (ms)`,
      `${size} at once (ms)`,
      "× batch",
      `${size} one by one (ms)`,
      "× batch",
    ],
    batchRows,
  );
  const text = `${rounds} rounds; ${today()}.\nMachine: ${machine()}; load average ${loadBefore.toFixed(1)} when the run began.\n\n${calls}\n\n${batch}`;
  console.log(text);
  if (values.write) writeResults(PAGE, "npm run bench:client -- --write", text);
}
