import type { ProviderEndpoint } from "./request.ts";

/** What one vendor has seen since it began. */
export interface Counters {
  readonly requests: Record<ProviderEndpoint, number>;
  /** Of token and revocation requests, by the log's verdicts. */
  readonly verdicts: Record<string, number>;
  /** HTTP statuses that were sent. */
  readonly statuses: Record<string, number>;
  /** Requests under way, at the moment and at most. */
  inFlight: number;
  maxInFlight: number;
}

export const createCounters = (): Counters => ({
  requests: { authorize: 0, token: 0, revoke: 0, userinfo: 0, other: 0 },
  verdicts: {},
  statuses: {},
  inFlight: 0,
  maxInFlight: 0,
});

export const countBegin = (counters: Counters, endpoint: ProviderEndpoint): void => {
  counters.requests[endpoint] += 1;
  counters.inFlight += 1;
  counters.maxInFlight = Math.max(counters.maxInFlight, counters.inFlight);
};

export const increment = (counts: Record<string, number>, name: string): void => {
  counts[name] = (counts[name] ?? 0) + 1;
};
