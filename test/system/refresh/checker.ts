import { call, refusalOf, type Selector } from "../deployment.ts";
import { type Fleet, inParallel } from "./fleet.ts";
import type { RefreshCall } from "./refresh-log.ts";

/** What may never happen, found in a provider's log. */
export interface Findings {
  readonly refreshes: number;
  /** Pairs of calls for one grant that were under way at the same time. */
  readonly overlaps: number;
  /** Spent refresh tokens that came back. */
  readonly reuses: number;
  /** The fewest refreshes of any connection. */
  readonly fewest: number;
}

export const examineCalls = (calls: readonly RefreshCall[]): Findings => {
  const byConnection = Map.groupBy(calls, ({ connectionId }) => connectionId);
  const issued = (some: readonly RefreshCall[]): number =>
    some.filter(({ verdict }) => verdict === "issued").length;
  return {
    refreshes: issued(calls),
    overlaps: [...byConnection.values()].reduce((sum, some) => sum + overlapsIn(some), 0),
    reuses: calls.filter(({ verdict }) => verdict === "reused").length,
    fewest: Math.min(...[...byConnection.values()].map(issued)),
  };
};

const overlapsIn = (calls: readonly RefreshCall[]): number => {
  const sorted = calls.toSorted((left, right) => left.startMs - right.startMs);
  let endMs = Number.NEGATIVE_INFINITY;
  let overlaps = 0;
  for (const call of sorted) {
    if (call.startMs < endMs) overlaps += 1;
    endMs = Math.max(endMs, call.endMs ?? Number.POSITIVE_INFINITY);
  }
  return overlaps;
};

export interface Lost {
  readonly selector: Selector;
  readonly why: string;
}

/**
 * Refreshes every connection once more: one that the broker cannot refresh, or whose refresh the provider's log does not show as the next generation, is
 * lost.
 */
export const findLost = async (fleet: Fleet, selectors: readonly Selector[]): Promise<Lost[]> => {
  const before = fleet.watched.calls().length;
  const generations = new Map(
    selectors.map(({ connectionId }) => [connectionId, fleet.watched.generationOf(connectionId)]),
  );
  const answers = await inParallel(
    selectors.map((selector) => async (): Promise<Lost | undefined> => {
      const replica = fleet.replicas[Math.floor(Math.random() * fleet.replicas.length)]!;
      const refreshed = call(replica, "RefreshToken", selector);
      if (await refreshed.then(() => true, () => false)) return undefined;
      const { reason, message } = await refusalOf(refreshed);
      return { selector, why: `${reason}: ${message}` };
    }),
    16,
  );
  const later = fleet.watched.calls().slice(before);
  return selectors.flatMap((selector, index): Lost[] => {
    const refused = answers[index];
    if (refused) return [refused];
    const { connectionId } = selector;
    const wanted = (generations.get(connectionId) ?? 0) + 1;
    const shown = later.some((one) => one.connectionId === connectionId && one.verdict === "issued" && (one.generation ?? 0) >= wanted);
    return shown ? [] : [{ selector, why: "the provider's log shows no such refresh" }];
  });
};
