import { machine, today } from "../machine.ts";
import { cell, table } from "../table.ts";
import { type Plan, type Result } from "./measure.ts";

const HEADINGS = [
  "who answers, and after how long",
  "refreshes per second",
  "limit",
  "of the limit",
  "× one at a time",
  "broker CPU per refresh (ms)",
  "statements per refresh",
];

/** Each cell is the median, with minimum and maximum behind it. */
export function resultTable(results: readonly Result[]): string {
  return table(
    HEADINGS,
    results.map((result) => [
      result.name,
      cell(result.refreshesPerSecond, 1),
      result.limitPerSecond?.toFixed(1) ?? "",
      shareOfLimit(result),
      result.timesOneAtATime ? cell(result.timesOneAtATime, 1) : "",
      cell(result.cpuMillisecondsPerRefresh, 2),
      result.statementsPerRefresh ? cell(result.statementsPerRefresh, 2) : "not counted",
    ]),
  );
}

/** The plan and the machine. `loadBefore`: how many processes wanted to run before the bench began; ideally next to none. */
export function conditions({ rounds, durationMs }: Plan, loadBefore: number): string {
  return (
    `${rounds} rounds of ${durationMs / 1000} s for each row, once the sweep is up to speed; ${today()}.\n` +
    `Machine: ${machine()}; provider and database run on the same machine, whose load average was ${loadBefore.toFixed(1)} when the run began.`
  );
}

function shareOfLimit({ refreshesPerSecond, limitPerSecond }: Result): string {
  return limitPerSecond === undefined
    ? ""
    : `${Math.round((100 * refreshesPerSecond.median) / limitPerSecond)} %`;
}
