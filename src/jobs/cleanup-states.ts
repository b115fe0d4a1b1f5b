/** Deletes at most `limit` authorization rows that are over; resolves to how many it deleted. */
export type DeleteExpired = (limit: number) => Promise<number>;

const BATCH = 1000;

/** Deletes what has expired in batches, so that a million rows hold no lock for long. */
export const cleanupStates = async (deleteExpired: DeleteExpired, signal: AbortSignal): Promise<number> => {
  let total = 0;
  while (!signal.aborted) {
    const deleted = await deleteExpired(BATCH);
    total += deleted;
    if (deleted < BATCH) break;
  }
  return total;
};
