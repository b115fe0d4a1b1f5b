import { describe, expect, it } from "vitest";
import { deleteInBatches } from "./delete-in-batches.ts";

/** A table of so many expired rows. */
const expiredRows = (count: number) => {
  let left = count;
  const limits: number[] = [];
  const deleteExpired = async (limit: number): Promise<number> => {
    limits.push(limit);
    const deleted = Math.min(limit, left);
    left -= deleted;
    return deleted;
  };
  return { deleteExpired, limits };
};

describe("deleteInBatches", () => {
  it("deletes everything that has expired, batch by batch", async () => {
    const table = expiredRows(2500);
    expect(await deleteInBatches(table.deleteExpired, new AbortController().signal)).toBe(2500);
    expect(table.limits).toEqual([1000, 1000, 1000]);
  });

  it("stops between two batches", async () => {
    const stopping = new AbortController();
    const table = expiredRows(5000);
    const deleteExpired = async (limit: number): Promise<number> => {
      stopping.abort();
      return table.deleteExpired(limit);
    };
    expect(await deleteInBatches(deleteExpired, stopping.signal)).toBe(1000);
  });
});
