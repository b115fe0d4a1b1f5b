import { machine, today } from "../../bench/machine.ts";
import { table } from "../../bench/table.ts";
import { percentile } from "../system/refresh/callers.ts";
import { countReasons } from "../system/refresh/lost.ts";
import { megabytes, memoryOf, mostLost } from "./judge.ts";
import type { SoakOptions } from "./options.ts";
import type { SoakResult } from "./soak.ts";

/** What was asked for, and where. */
export const conditions = (options: SoakOptions, loadBefore: number): string =>
  `${options.minutes} minutes on ${today()}: ${options.replicas} replicas, ${options.connections} connections, access tokens of ${options.tokenSeconds} s, ` +
  `${options.callsPerSecond} calls a second; the provider takes a spent refresh token for ${options.graceSeconds} s.\n` +
  `Machine: ${machine()}; everything runs on it, and its load average was ${loadBefore.toFixed(1)} when the run began.`;

export const resultTable = (options: SoakOptions, result: SoakResult): string =>
  table(
    ["", "count"],
    [
      ...rowsOfRefreshes(result),
      ...rowsOfTroubles(result),
      ...rowsOfLost(options, result),
      ...rowsOfAnswers(result),
      ...rowsOfFootprint(result),
    ],
  );

type Row = readonly [what: string, count: string];

const rowsOfRefreshes = ({ log }: SoakResult): Row[] => [
  ["refreshes", String(log.refreshes)],
  ["of a connection while another one was under way", String(log.overlaps.length)],
  ["asked again within the grace", String(log.graceReplays.length)],
  ["reuse detections", String(log.reuseDetections.length)],
];

const rowsOfTroubles = ({ kills, cutOff, restarts }: SoakResult): Row[] => {
  const takeoversMs = cutOff.flatMap(({ takenOverAfterMs = [] }) => takenOverAfterMs);
  const longestMs = Math.max(0, ...takeoversMs);
  const crashes = restarts.filter(({ mode }) => mode !== "fast").length;
  const awayMs = Math.max(0, ...restarts.map((restart) => restart.awayMs));
  return [
    ["`kill -9` of a replica", String(kills.length)],
    ["… and refreshes that they cut off", String(cutOff.length)],
    ["… the longest until the provider was asked again", seconds(longestMs)],
    ["restarts of the database, crashes among them", `${restarts.length}, ${crashes}`],
    ["… the longest time it was away", seconds(awayMs)],
  ];
};

const rowsOfLost = (options: SoakOptions, result: SoakResult): Row[] => [
  ["connections lost", String(result.lost.length)],
  ["… allowed", String(mostLost(options, result))],
  ...Object.entries(countReasons(result.lost)).map(([why, count]): Row => [`… ${why}`, String(count)]),
];

const rowsOfAnswers = ({
  calls: { calls, callsPerSecond, outcomes, latenciesMs },
  badTokens,
}: SoakResult): Row[] => [
  ["calls", `${calls} (${callsPerSecond.toFixed(0)} a second)`],
  ...Object.entries(outcomes)
    .toSorted(([, left], [, right]) => right - left)
    .map(([outcome, count]): Row => [`… ${outcome}`, String(count)]),
  ["… median and 99th percentile", `${milliseconds(latenciesMs, 0.5)}, ${milliseconds(latenciesMs, 0.99)}`],
  ["answered tokens that did not work", String(badTokens)],
];

const rowsOfFootprint = ({ footprints, leftovers }: SoakResult): Row[] => {
  const { most, late } = memoryOf(footprints);
  const first = footprints[0]?.sparedBytes ?? 0;
  const last = footprints.at(-1)?.sparedBytes ?? 0;
  const sessions = footprints.flatMap(({ databaseConnections = [] }) => databaseConnections);
  return [
    ["memory of the replica that is never killed, first and last", `${megabytes(first)}, ${megabytes(last)}`],
    [
      "… the most in the first half, the median of the last quarter",
      `${megabytes(most)}, ${megabytes(late)}`,
    ],
    ["… the most of any other", megabytes(Math.max(0, ...footprints.map(({ othersBytes }) => othersBytes)))],
    ["database sessions, at most and last", `${Math.max(0, ...sessions)}, ${sessions.at(-1) ?? 0}`],
    [
      "left at the end: leases, lent connections, waiting callers, spooled tokens",
      Object.values(leftovers).join(", "),
    ],
  ];
};

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;

const milliseconds = (sorted: readonly number[], share: number): string =>
  `${percentile(sorted, share).toFixed(1)} ms`;
