/** Resolves when the item is stored, together with what came in at about the same time. */
export type Commit<T> = (item: T) => Promise<void>;

/** More would make one statement long; the rest waits for the next one. */
const MOST = 1000;

interface Waiting<T> {
  readonly item: T;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Stores what comes in during one tick, or while the statement before is under way, by one statement: under load a statement carries dozens, and alone an
 * item waits for nobody. One statement at a time: a database that is slow gets longer ones, not more.
 */
export const createGroupCommit = <T>(store: (items: readonly T[]) => Promise<void>): Commit<T> => {
  let waiting: Waiting<T>[] = [];
  let isStoring = false;

  const storeAll = async (): Promise<void> => {
    while (waiting.length > 0) {
      const batch = waiting.slice(0, MOST);
      waiting = waiting.slice(MOST);
      try {
        await store(batch.map(({ item }) => item));
        for (const { resolve } of batch) resolve();
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    isStoring = false;
  };

  return (item) =>
    new Promise<void>((resolve, reject) => {
      waiting.push({ item, resolve, reject });
      if (isStoring) return;
      isStoring = true;
      setImmediate(() => void storeAll());
    });
};
