import { readFileSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus, release, totalmem, type as osType } from "node:os";
import { type Plan, type Result, type Spread } from "./measure.ts";

const BEGIN = "<!-- results: begin, written by `npm run bench -- --write` -->";
const END = "<!-- results: end -->";
const HEADINGS = [
  "what answers",
  "server CPU per call (µs)",
  "× bare http2",
  "× empty RPC",
  "calls per second",
];

/** A Markdown table whose columns also line up as plain text: each cell is the median, with minimum and maximum behind it. */
export function resultTable(results: readonly Result[]): string {
  const rows = results.map(({ name, cpuMicrosecondsPerCall, timesFloor, timesEmptyRpc, callsPerSecond }) => [
    name,
    cell(cpuMicrosecondsPerCall, 0),
    cell(timesFloor, 1),
    timesEmptyRpc ? cell(timesEmptyRpc, 1) : "",
    cell(callsPerSecond, 0),
  ]);
  const widths = HEADINGS.map((heading, column) =>
    Math.max(heading.length, ...rows.map((row) => (row[column] ?? "").length)),
  );
  const line = (cells: readonly string[]) =>
    `| ${cells.map((text, column) => pad(text, widths[column] ?? 0, column)).join(" | ")} |`;
  const rule = `| ${widths.map((width, column) => (column === 0 ? "-".repeat(width) : `${"-".repeat(width - 1)}:`)).join(" | ")} |`;
  return [line(HEADINGS), rule, ...rows.map(line)].join("\n");
}

/** The plan and the machine. `loadBefore`: how many processes wanted to run before the bench began; ideally next to none. */
export function conditions({ rounds, durationMs, streams }: Plan, loadBefore: number): string {
  const processor = cpus()[0]?.model.trim() ?? "unknown processor";
  const memory = Math.round(totalmem() / 2 ** 30);
  return (
    `${rounds} rounds of ${durationMs / 1000} s each, ${streams} calls at a time on one HTTP/2 connection; ` +
    `${new Date().toISOString().slice(0, 10)}.\n` +
    `Machine: ${availableParallelism()} cores of ${processor}, ${memory} GiB, ${osType()} ${release()}, Node ${process.versions.node}; ` +
    `the load runs on the same machine, whose load average was ${loadBefore.toFixed(1)} when the run began.`
  );
}

/** Puts the results between the markers of the page and leaves the rest of it alone. */
export function writeResults(page: string, text: string): void {
  const current = readFileSync(page, "utf8");
  const [before, rest] = current.split(BEGIN);
  const after = rest?.split(END)[1];
  if (before === undefined || after === undefined) {
    throw new Error(`${page} has no place for results: it needs the lines ${BEGIN} and ${END}`);
  }
  writeFileSync(page, `${before}${BEGIN}\n\n${text}\n\n${END}${after}`);
}

function cell({ min, median, max }: Spread, digits: number): string {
  return `${median.toFixed(digits)} (${min.toFixed(digits)}–${max.toFixed(digits)})`;
}

function pad(text: string, width: number, column: number): string {
  return column === 0 ? text.padEnd(width) : text.padStart(width);
}
