import type { TokenUse } from "../store/index.ts";
import type { Clock } from "../time.ts";

/** Notes which token rows were handed out; the store learns of it in batches. */
export interface LastUsed {
  note(id: string): void;
  /** Writes what was noted since the last time; resolves to how many rows. */
  flush(): Promise<number>;
}

const BATCH = 1000;

/**
 * Keeps the last use of each row in memory between two flushes: a write on every read would cost the hot read its one statement. A crash loses the notes
 * of the last seconds, which only `last_used_at` shows.
 */
export const createLastUsed = (
  touch: (uses: readonly TokenUse[]) => Promise<void>,
  clock: Clock,
): LastUsed => {
  let noted = new Map<string, number>();
  return {
    note: (id) => void noted.set(id, clock.monotonicMs()),
    async flush() {
      const taken = noted;
      noted = new Map();
      try {
        for (const batch of batches([...taken])) await touch(batch.map((entry) => useOf(entry, clock)));
      } catch (error) {
        noted = new Map([...taken, ...noted]);
        throw error;
      }
      return taken.size;
    },
  };
};

const batches = <T>(items: readonly T[]): T[][] =>
  Array.from({ length: Math.ceil(items.length / BATCH) }, (_, index) =>
    items.slice(index * BATCH, (index + 1) * BATCH),
  );

const useOf = ([id, atMs]: readonly [string, number], clock: Clock): TokenUse => ({
  id,
  usedAgoMs: Math.max(0, clock.monotonicMs() - atMs),
});
