import type { Lost } from "../system/refresh/lost.ts";
import type { SoakOptions } from "./options.ts";
import type { SoakResult } from "./soak.ts";
import type { Footprint } from "./watch.ts";

/** What callers may be told while replicas die and the database restarts, whatever its cause. */
const PASSING: ReadonlySet<string> = new Set([
  "ok",
  "degraded",
  "no answer",
  "STORE_UNAVAILABLE",
  "PROVIDER_UNAVAILABLE",
  "DEADLINE_EXCEEDED",
]);

/** What a caller is told of a connection that a crash without grace has cost. */
const LOST_TO_A_CRASH = "REAUTHORIZATION_REQUIRED/refresh_outcome_unknown";

/** Of the refreshes that kills cut off, with a grace. */
const LOST_SHARE = 0.02;

/** A token is refreshed when four fifths of its life are over, so every run that refreshed half as often as tokens end has stood still for long. */
const FEWEST_SHARE = 0.5;

/** A process that collects its garbage when it likes goes up and down, but in the end not much above where it has been in the first half. */
const GROWTH = 1.2;

const POOL_SIZE = 10;
const LIVENESS_SESSIONS = 1;
const OWN_SESSIONS = 4;

/** How many connections the kills may have cost. */
export const mostLost = ({ graceSeconds }: SoakOptions, { cutOff }: Pick<SoakResult, "cutOff">): number =>
  graceSeconds > 0 ? Math.floor(cutOff.length * LOST_SHARE) : cutOff.length;

/** What a run has shown to be wrong, in sentences; none = it has held. */
export const problemsOf = (options: SoakOptions, result: SoakResult): string[] => [
  ...problemsOfRefreshes(options, result),
  ...problemsOfLost(options, result),
  ...problemsOfAnswers(options, result),
  ...problemsOfFootprint(options, result),
];

const problemsOfRefreshes = (options: SoakOptions, { seconds, log, lost }: SoakResult): string[] => {
  const fewest = Math.floor((options.connections * seconds * FEWEST_SHARE) / options.tokenSeconds);
  const mostReuses = options.graceSeconds > 0 ? 0 : lost.length;
  return [
    ...when(log.refreshes < fewest, `only ${log.refreshes} refreshes, and ${fewest} are the least`),
    ...when(log.overlaps.length > 0, `${log.overlaps.length} refreshes of a connection overlap`),
    ...when(log.unknownTokens.length > 0, `${log.unknownTokens.length} refresh tokens were never issued`),
    ...when(log.reuseDetections.length > mostReuses, `${log.reuseDetections.length} reuse detections`),
  ];
};

const problemsOfLost = (options: SoakOptions, result: SoakResult): string[] => {
  const most = mostLost(options, result);
  const { lost, cutOff } = result;
  const cutOffIds = new Set(cutOff.map(({ connectionId }) => connectionId));
  const untouched = lost.filter(({ connectionId }) => !cutOffIds.has(connectionId));
  const isMislabelled = ({ why }: Lost): boolean => why !== LOST_TO_A_CRASH;
  return [
    ...when(lost.length > most, `${lost.length} connections lost, and ${most} are allowed`),
    ...when(untouched.length > 0, `${untouched.length} connections lost that no kill has touched`),
    ...when(lost.some(isMislabelled), `lost by another reason than ${LOST_TO_A_CRASH}`),
  ];
};

const problemsOfAnswers = (
  { graceSeconds }: SoakOptions,
  { calls, badTokens, leaks }: SoakResult,
): string[] => {
  const isExpected = (outcome: string): boolean =>
    PASSING.has(outcome.split("/")[0] ?? "") || (graceSeconds === 0 && outcome === LOST_TO_A_CRASH);
  const others = Object.entries(calls.outcomes).filter(([outcome]) => !isExpected(outcome));
  return [
    ...others.map(([outcome, count]) => `${count} callers were told ${outcome}`),
    ...when(badTokens > 0, `${badTokens} answered tokens do not work at the provider`),
    ...leaks.map((leak) => `a secret was printed: ${leak}`),
  ];
};

const problemsOfFootprint = ({ replicas }: SoakOptions, { footprints, leftovers }: SoakResult): string[] => {
  const { leases, lent, waiting, spooled } = leftovers;
  const mostSessions = replicas * (POOL_SIZE + LIVENESS_SESSIONS) + OWN_SESSIONS;
  const sessions = Math.max(0, ...footprints.map(({ databaseConnections = 0 }) => databaseConnections));
  const { most, late } = memoryOf(footprints);
  return [
    ...when(leases > 0, `${leases} leases are still held`),
    ...when(lent > 0, `${lent} database connections were not given back`),
    ...when(waiting > 0, `${waiting} callers still wait for a database connection`),
    ...when(spooled > 0, `${spooled} refreshed tokens are still in a spool`),
    ...when(sessions > mostSessions, `${sessions} database sessions, and ${mostSessions} are the most`),
    ...when(late > most * GROWTH, `memory has grown from at most ${megabytes(most)} to ${megabytes(late)}`),
  ];
};

const when = (isWrong: boolean, problem: string): string[] => (isWrong ? [problem] : []);

/** Of the replica that is never killed: the most in the first half of the run, and the median of its last quarter. */
export const memoryOf = (
  footprints: readonly Footprint[],
): { readonly most: number; readonly late: number } => {
  const bytes = footprints.map(({ sparedBytes }) => sparedBytes);
  const lastQuarter = bytes.slice(Math.floor((bytes.length * 3) / 4)).toSorted((left, right) => left - right);
  return {
    most: Math.max(0, ...bytes.slice(0, Math.ceil(bytes.length / 2))),
    late: lastQuarter[Math.floor(lastQuarter.length / 2)] ?? 0,
  };
};

export const megabytes = (bytes: number): string => `${Math.round(bytes / 2 ** 20)} MiB`;
