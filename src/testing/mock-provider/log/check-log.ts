import type { EndReason } from "../grants/grant.ts";
import type { LogEntry, RequestEntry } from "./log-entry.ts";

export interface CheckOptions {
  /** Ids or labels of the grants that are judged. Default: all. One that the log does not know is an error of the test. */
  readonly grants?: Iterable<string> | undefined;
  /** Leaves out requests that began before (monotonic microseconds): a warm-up. Grants and ends count all the same. */
  readonly sinceUs?: number | undefined;
}

export interface GrantCounts {
  /** Refresh requests that came, whatever became of them. */
  attempts: number;
  refreshes: number;
  graceReplays: number;
  reuseDetections: number;
  rejections: number;
  /** Answered by a script or a rate limit, without a deed. */
  evaded: number;
}

/** Two refreshes of one grant that were under way at the same time. */
export interface Overlap {
  readonly grantId: string;
  readonly label: string | undefined;
  /** `seq` of the one that began first, and of the other. */
  readonly first: number;
  readonly second: number;
  readonly byUs: number;
}

export interface DeadFamily {
  readonly grantId: string;
  readonly label: string | undefined;
  readonly reason: EndReason;
}

export interface LogReport {
  /** Refreshes that issued a new token. Replays within the grace are not among them. */
  readonly refreshes: number;
  readonly attempts: number;
  readonly overlaps: readonly Overlap[];
  readonly graceReplays: readonly RequestEntry[];
  readonly reuseDetections: readonly RequestEntry[];
  /** Refresh requests with a token that no grant ever had. */
  readonly unknownTokens: readonly RequestEntry[];
  /** Refreshes whose new token reached nobody: the answer was never handed over whole. */
  readonly undelivered: readonly RequestEntry[];
  readonly deadFamilies: readonly DeadFamily[];
  /** Grant ids. */
  readonly liveFamilies: readonly string[];
  /** By grant id; grants that were never refreshed stand with zeros. */
  readonly perGrantCounts: ReadonlyMap<string, GrantCounts>;
}

interface Family {
  readonly grantId: string;
  readonly label: string | undefined;
  ended: EndReason | undefined;
  readonly counts: GrantCounts;
  readonly refreshes: RequestEntry[];
}

/**
 * Judges what clients did by the provider's log alone. Pure: give it a file's entries (`readLog`) or those of a running server, of one run or several.
 */
export const checkLog = (log: Iterable<LogEntry>, options: CheckOptions = {}): LogReport => {
  const entries = [...log];
  const families = selectFamilies(familiesIn(entries), options.grants);
  const chosen = new Map(families.map((family) => [family.grantId, family]));
  const attempts = entries.filter(isRefresh).filter(({ startUs }) => startUs >= (options.sinceUs ?? 0));
  for (const entry of attempts) count(chosen.get(entry.grantId ?? ""), entry);
  const judged = families.flatMap(({ refreshes }) => refreshes).toSorted((a, b) => a.seq - b.seq);
  const withVerdict = (verdict: string) => judged.filter((entry) => entry.verdict === verdict);
  return {
    refreshes: withVerdict("issued").length,
    attempts: judged.length,
    overlaps: families.flatMap(overlapsOf),
    graceReplays: withVerdict("grace_replay"),
    reuseDetections: withVerdict("reuse_detected"),
    unknownTokens: attempts.filter(({ grantId }) => grantId === undefined),
    undelivered: withVerdict("issued").filter(({ delivered }) => !delivered),
    deadFamilies: families.flatMap(({ grantId, label, ended }) =>
      ended === undefined ? [] : [{ grantId, label, reason: ended }],
    ),
    liveFamilies: families.filter(({ ended }) => ended === undefined).map(({ grantId }) => grantId),
    perGrantCounts: new Map(families.map(({ grantId, counts }) => [grantId, counts])),
  };
};

const isRefresh = (entry: LogEntry): entry is RequestEntry =>
  entry.kind === "token" && entry.grantType === "refresh_token";

const familiesIn = (entries: readonly LogEntry[]): Family[] => {
  const families = new Map<string, Family>();
  for (const entry of entries)
    if (entry.kind === "grant") families.set(entry.grantId, newFamily(entry.grantId, entry.label));
    else if (entry.kind === "end") {
      const family = families.get(entry.grantId);
      if (family) family.ended = entry.reason;
    }
  return [...families.values()];
};

const newFamily = (grantId: string, label: string | undefined): Family => ({
  grantId,
  label,
  ended: undefined,
  counts: { attempts: 0, refreshes: 0, graceReplays: 0, reuseDetections: 0, rejections: 0, evaded: 0 },
  refreshes: [],
});

const selectFamilies = (families: readonly Family[], grants: Iterable<string> | undefined): Family[] => {
  if (grants === undefined) return [...families];
  const named = new Map<string, Family>();
  for (const family of families)
    for (const name of [family.label, family.grantId]) named.set(name ?? "", family);
  return [...new Set(grants)].map((name) => {
    const family = name === "" ? undefined : named.get(name);
    if (family) return family;
    throw new Error(`the log knows no grant "${name}": give ids or labels of grants that were opened here`);
  });
};

const count = (family: Family | undefined, entry: RequestEntry): void => {
  if (family === undefined) return;
  family.refreshes.push(entry);
  family.counts.attempts += 1;
  family.counts[COUNT_OF[entry.verdict] ?? "evaded"] += 1;
};

const COUNT_OF: Readonly<Partial<Record<string, keyof GrantCounts>>> = {
  issued: "refreshes",
  grace_replay: "graceReplays",
  reuse_detected: "reuseDetections",
  rejected: "rejections",
};

/** Every refresh that began before an earlier one had ended, with the one that lasted longest of those. */
const overlapsOf = ({ grantId, label, refreshes }: Family): Overlap[] => {
  const overlaps: Overlap[] = [];
  let longest: RequestEntry | undefined;
  for (const entry of refreshes.toSorted((a, b) => a.startUs - b.startUs)) {
    if (longest && entry.startUs < longest.endUs)
      overlaps.push({
        grantId,
        label,
        first: longest.seq,
        second: entry.seq,
        byUs: Math.min(longest.endUs, entry.endUs) - entry.startUs,
      });
    if (longest === undefined || entry.endUs > longest.endUs) longest = entry;
  }
  return overlaps;
};

/** One line of counts, for a test to print. */
export const summarize = (report: LogReport): string =>
  [
    `${report.refreshes} refreshes in ${report.attempts} attempts`,
    `${report.overlaps.length} overlaps`,
    `${report.graceReplays.length} grace replays`,
    `${report.reuseDetections.length} reuse detections`,
    `${report.undelivered.length} undelivered`,
    `${report.unknownTokens.length} unknown tokens`,
    `${report.liveFamilies.length} grants alive, ${report.deadFamilies.length} dead`,
  ].join(", ");
