/** One at a time, reads before writes. */
export interface Turns {
  take<T>(kind: "read" | "write", work: () => Promise<T>): Promise<T>;
  /** Under way and waiting. */
  size(): number;
}

/** So many reads in a row pass a write that waits; a store that is read without a pause is still written. */
const READS_IN_A_ROW = 16;

/** Who only reads a token does not wait until forty refreshes have been claimed and saved. */
export const createTurns = (): Turns => {
  const waiting = { read: [] as (() => void)[], write: [] as (() => void)[] };
  let size = 0;
  let readsInARow = 0;

  const next = (): void => {
    const isReadsTurn = waiting.write.length === 0 || readsInARow < READS_IN_A_ROW;
    const kind = waiting.read.length > 0 && isReadsTurn ? "read" : "write";
    readsInARow = kind === "read" ? readsInARow + 1 : 0;
    waiting[kind].shift()?.();
  };

  return {
    async take(kind, work) {
      size += 1;
      if (size > 1) await new Promise<void>((resolve) => waiting[kind].push(resolve));
      try {
        return await work();
      } finally {
        size -= 1;
        next();
      }
    },
    size: () => size,
  };
};
