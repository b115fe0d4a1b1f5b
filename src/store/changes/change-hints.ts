/**
 * Hints that token rows may have changed. Only hints: they are late, doubled or lost when a connection breaks, a pooler sits in between or a replica is
 * of another version. Who must not miss a change reads the rows (`tokens.changesAfter`) from time to time as well.
 */
export interface ChangeHints {
  /** A statement of this process drew a revision. */
  drawn(): void;
  /** Calls back soon after a change, here or on another replica; answers a function that ends it. */
  onHint(listener: () => void): () => void;
}

/** Of one process: what others change is found by reading. */
export const createLocalHints = (): ChangeHints => {
  const listeners = new Set<() => void>();
  return {
    drawn() {
      for (const listener of listeners) listener();
    },
    onHint(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
};
