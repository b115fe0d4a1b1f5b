import { describe, expect, it } from "vitest";
import { createGroupCommit } from "./group-commit.ts";

/** A store whose statements end when the test says so. */
const heldStore = () => {
  const batches: { readonly items: readonly number[]; readonly end: PromiseWithResolvers<void> }[] = [];
  const store = (items: readonly number[]): Promise<void> => {
    const end = Promise.withResolvers<void>();
    batches.push({ items, end });
    return end.promise;
  };
  return { batches, store };
};

describe("a group commit", () => {
  it("stores the items of one tick by one statement, and those that come meanwhile by the next", async () => {
    const { batches, store } = heldStore();
    const commit = createGroupCommit(store);
    const first = Promise.all([commit(1), commit(2), commit(3)]);
    await expect.poll(() => batches.length).toBe(1);
    const second = Promise.all([commit(4), commit(5)]);
    batches[0]?.end.resolve();
    await first;
    await expect
      .poll(() => batches.map(({ items }) => items))
      .toEqual([
        [1, 2, 3],
        [4, 5],
      ]);
    batches[1]?.end.resolve();
    await second;
  });

  it("fails those whose statement failed, and no others", async () => {
    const { batches, store } = heldStore();
    const commit = createGroupCommit(store);
    const lost = commit(1);
    await expect.poll(() => batches.length).toBe(1);
    const kept = commit(2);
    batches[0]?.end.reject(new Error("away"));
    await expect(lost).rejects.toThrow("away");
    await expect.poll(() => batches.length).toBe(2);
    batches[1]?.end.resolve();
    await kept;
    expect(batches.map(({ items }) => items)).toEqual([[1], [2]]);
  });

  it("puts no more than a thousand into a statement", async () => {
    const sizes: number[] = [];
    const commit = createGroupCommit(async (items: readonly number[]) => void sizes.push(items.length));
    await Promise.all(Array.from({ length: 2500 }, (_, index) => commit(index)));
    expect(sizes).toEqual([1000, 1000, 500]);
  });
});
