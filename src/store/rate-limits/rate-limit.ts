/** How often something may happen: once in each interval on average, and `burst` times at once. */
export interface Rate {
  readonly intervalMs: number;
  readonly burst: number;
}

export interface Taken {
  /** Of those wanted, from the first on. */
  readonly granted: number;
  /** How long until one more would be. */
  readonly nextInMs: number;
}

/** Limits that all replicas share. Losing the table costs nothing but its memory of the last minute. */
export interface RateLimitRepository {
  /** Takes up to `wanted` in one statement, by the database's clock. @throws BrokerError STORE_UNAVAILABLE. */
  take(key: string, wanted: number, rate: Rate): Promise<Taken>;
  /** Forgets keys that limit nothing any more. Answers how many; call again while it is `limit`. */
  deleteIdle(limit: number): Promise<number>;
}
