import { instant } from "../clock.ts";
import type { LogEntry, RequestEntry } from "./log-entry.ts";

/** Now, on the clock of the log's `…Us`: to note when a process was killed. */
export const monotonicUs = (): number => instant().monotonicUs;

/**
 * The refreshes that were under way at a moment: what a kill at that moment could have cost. Those of the killed process are among them, because a request
 * ends no sooner than its connection is gone.
 */
export const underWayAt = (log: Iterable<LogEntry>, atUs: number): RequestEntry[] =>
  [...log].filter(
    (entry): entry is RequestEntry =>
      entry.kind === "token" &&
      entry.grantType === "refresh_token" &&
      entry.startUs <= atUs &&
      entry.endUs >= atUs,
  );
