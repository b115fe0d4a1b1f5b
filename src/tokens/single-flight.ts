/** Work under way in this process, by key: whoever asks for the same again joins it. */
export interface SingleFlight<T> {
  /** The flight under way for `key`, else a new one. */
  join(key: string, begin: () => Promise<T>): Promise<T>;
  /** A flight of its own, after the one under way has landed. */
  follow(key: string, begin: () => Promise<T>): Promise<T>;
  has(key: string): boolean;
  /** Resolves when nothing is under way any more; failures are their joiners' affair. */
  landed(): Promise<void>;
}

/** The entry goes when the promise settles, so a later call begins anew. `begin` runs once per flight, whatever becomes of those who joined. */
export const createSingleFlight = <T>(): SingleFlight<T> => {
  const flights = new Map<string, Promise<T>>();
  const start = (key: string, begin: () => Promise<T>): Promise<T> => {
    const flight = begin().finally(() => flights.delete(key));
    flights.set(key, flight);
    return flight;
  };
  return {
    join: (key, begin) => flights.get(key) ?? start(key, begin),
    async follow(key, begin) {
      while (flights.has(key)) await Promise.allSettled([flights.get(key)]);
      return await start(key, begin);
    },
    has: (key) => flights.has(key),
    async landed() {
      while (flights.size > 0) await Promise.allSettled(flights.values());
    },
  };
};
