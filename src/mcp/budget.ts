import { type Clock, SECOND } from "../time.ts";
import { refuse } from "./refusal.ts";

/** For everything that one discovery and the registration after it ask for. */
export const DISCOVERY_MS = 15 * SECOND;

/** The time that is left. */
export interface Budget {
  /** @throws BrokerError PROVIDER_UNAVAILABLE when there is none. */
  remainingMs(): number;
}

export const createBudget = (clock: Clock, limitMs: number): Budget => {
  const endMs = clock.monotonicMs() + limitMs;
  return {
    remainingMs() {
      const leftMs = endMs - clock.monotonicMs();
      if (leftMs >= 1) return leftMs;
      throw refuse("PROVIDER_UNAVAILABLE", "time_limit", "discovery took too long: retry later");
    },
  };
};
