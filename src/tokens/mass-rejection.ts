/** How many refreshes ended how within a few seconds. */
export interface OutcomeCount {
  readonly succeeded: number;
  /** Grants refused for the first time; not those that an earlier doubt had already spared. */
  readonly rejected: number;
}

/** The past that counts. */
export const REJECTIONS_WITHIN_SECONDS = 600;

const REJECTED_AT_LEAST = 5;

/**
 * Whether a provider rejects so many refresh tokens that it is more likely wrong than they are dead: at least 5 of a registration, and more than half of
 * its refreshes, within ten minutes or any shorter time up to now. The shorter times matter: with tokens of a few minutes, one good quarter of an hour
 * would outvote an outage until every grant had been rejected once.
 *
 * @param counts of the last ten minutes, newest first.
 */
export const isMassRejection = (counts: readonly OutcomeCount[]): boolean => {
  let succeeded = 0;
  let rejected = 0;
  return counts.some((count) => {
    succeeded += count.succeeded;
    rejected += count.rejected;
    return rejected >= REJECTED_AT_LEAST && rejected > succeeded;
  });
};
