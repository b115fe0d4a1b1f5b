import type { WritersSeen } from "../store/index.ts";
import { MILLISECOND, MINUTE } from "../time.ts";

/** Longer than a statement is between drawing its revision and having a transaction id, unless its server stands still. */
const DRAWN_TO_ID_MS = 250 * MILLISECOND;

/** No statement of the broker lives so long. Somebody else's transaction may, and holds nobody up: PostgreSQL counts all those of its cluster. */
const LONGEST_WRITE_MS = 1 * MINUTE;

/**
 * Up to where every change is there to be read. Revisions are drawn before they are committed, so that a lower one may appear after a higher: whoever
 * remembers only the highest misses it. A revision is settled when all transactions that began before a moment well after it was drawn are over.
 */
export interface Horizon {
  /** undefined = not known yet. */
  settled(): bigint | undefined;
  /** What a look at all rows after `settled()` saw of the writers. Answers whether there is a new horizon. */
  saw(seen: WritersSeen, nowMs: number): boolean;
}

interface Candidate {
  readonly revision: bigint;
  readonly sinceMs: number;
  /** Settled when nothing older than this transaction is under way. */
  readonly before?: bigint;
}

export const createHorizon = (): Horizon => {
  let settled: bigint | undefined;
  let candidate: Candidate | undefined;
  return {
    settled: () => settled,
    saw({ drawn, oldest, next }, nowMs) {
      candidate ??= { revision: drawn, sinceMs: nowMs };
      const ageMs = nowMs - candidate.sinceMs;
      if (candidate.before === undefined && ageMs >= DRAWN_TO_ID_MS)
        candidate = { ...candidate, before: next };
      const isOver = candidate.before !== undefined && oldest >= candidate.before;
      if (!isOver && ageMs < LONGEST_WRITE_MS) return false;
      settled = candidate.revision;
      candidate = { revision: drawn, sinceMs: nowMs };
      return true;
    },
  };
};
