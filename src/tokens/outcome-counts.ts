import { setTimeout as delay } from "node:timers/promises";
import type { RegistrationOutcomes } from "../store/index.ts";
import { SECOND } from "../time.ts";

/** Counts how refreshes of each registration end; the store learns of it in batches. */
export interface OutcomeCounts {
  succeeded(registrationId: string): void;
  rejected(registrationId: string): void;
  /** Writes what was counted. Rejects with what the store says; nothing is lost then. */
  flush(): Promise<void>;
}

/** Successes may be known to other replicas this much later: they only decide whether rejections are too many. */
const WRITE_AFTER_MS = 1 * SECOND;

export const createOutcomeCounts = (
  write: (outcomes: readonly RegistrationOutcomes[]) => Promise<void>,
): OutcomeCounts => {
  const counted = new Map<string, RegistrationOutcomes>();
  let writing: Promise<void> = Promise.resolve();
  let isScheduled = false;

  const add = (outcomes: RegistrationOutcomes): void => {
    const before = counted.get(outcomes.registrationId);
    counted.set(outcomes.registrationId, before ? sum(before, outcomes) : outcomes);
  };
  const writeCounted = async (): Promise<void> => {
    const taken = [...counted.values()];
    counted.clear();
    if (taken.length === 0) return;
    try {
      await write(taken);
    } catch (error) {
      const since = [...counted.values()];
      counted.clear();
      [...taken, ...since].forEach(add);
      throw error;
    }
  };
  const flush = (): Promise<void> => {
    writing = writing.catch(() => {}).then(writeCounted);
    return writing;
  };
  const schedule = async (): Promise<void> => {
    if (isScheduled) return;
    isScheduled = true;
    await delay(WRITE_AFTER_MS, undefined, { ref: false });
    isScheduled = false;
    // The next count tries again.
    await flush().catch(() => {});
  };
  const count = (outcome: RegistrationOutcomes): void => {
    add(outcome);
    void schedule();
  };

  return {
    succeeded: (registrationId) => count({ registrationId, succeeded: 1, rejected: 0, rejectedLast: 0 }),
    rejected: (registrationId) => count({ registrationId, succeeded: 0, rejected: 1, rejectedLast: 1 }),
    flush,
  };
};

const sum = (before: RegistrationOutcomes, after: RegistrationOutcomes): RegistrationOutcomes => ({
  registrationId: before.registrationId,
  succeeded: before.succeeded + after.succeeded,
  rejected: before.rejected + after.rejected,
  rejectedLast: (after.succeeded > 0 ? 0 : before.rejectedLast) + after.rejectedLast,
});
