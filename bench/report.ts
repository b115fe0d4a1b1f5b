import { machine, today } from "./machine.ts";
import { type Plan, type Result } from "./measure.ts";
import { cell, table } from "./table.ts";

const HEADINGS = [
  "what answers",
  "server CPU per call (µs)",
  "× bare http2",
  "× empty RPC",
  "calls per second",
];

/** Each cell is the median, with minimum and maximum behind it. */
export function resultTable(results: readonly Result[]): string {
  const rows = results.map(({ name, cpuMicrosecondsPerCall, timesFloor, timesEmptyRpc, callsPerSecond }) => [
    name,
    cell(cpuMicrosecondsPerCall, 0),
    cell(timesFloor, 1),
    timesEmptyRpc ? cell(timesEmptyRpc, 1) : "",
    cell(callsPerSecond, 0),
  ]);
  return table(HEADINGS, rows);
}

/** The plan and the machine. `loadBefore`: how many processes wanted to run before the bench began; ideally next to none. */
export function conditions({ rounds, durationMs, streams }: Plan, loadBefore: number): string {
  return (
    `${rounds} rounds of ${durationMs / 1000} s each, ${streams} calls at a time on one HTTP/2 connection; ${today()}.\n` +
    `Machine: ${machine()}; the load runs on the same machine, whose load average was ${loadBefore.toFixed(1)} when the run began.`
  );
}
