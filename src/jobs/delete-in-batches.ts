/** Deletes at most `limit` rows that are over; resolves to how many it deleted. */
export type DeleteBatch = (limit: number) => Promise<number>;

const BATCH = 1000;

/** Deletes what is over in batches, so that a million rows hold no lock for long. */
export const deleteInBatches = async (deleteBatch: DeleteBatch, signal: AbortSignal): Promise<number> => {
  let total = 0;
  while (!signal.aborted) {
    const deleted = await deleteBatch(BATCH);
    total += deleted;
    if (deleted < BATCH) break;
  }
  return total;
};
