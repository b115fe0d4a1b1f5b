import type { Grant, TokenChange } from "../store/index.ts";
import { SECOND } from "../time.ts";
import { createDueTimes } from "./due-times.ts";
import type { WatchedToken } from "./watched-token.ts";

/** Who watches which grant, of all streams of this process. */
export interface WatchRegistry {
  add(grant: Grant, watch: WatchedToken): void;
  remove(grant: Grant, watch: WatchedToken): void;
  /** Wakes whoever watches a grant of which a row has changed. */
  changed(changes: readonly TokenChange[]): void;
  /** Wakes everybody, within the time: each look costs the database something. */
  wakeAll(withinMs: number, nowMs: number): void;
  /** The watch is to be looked at at this time. undefined = not before its row changes. */
  setDue(watch: WatchedToken, atMs: number | undefined): void;
  /** Wakes whose time has come. */
  tick(nowMs: number): void;
  /** Of the watches. */
  size(): number;
}

/** Rows of one grant depend on each other: a named token ends with the main one. */
const keyOf = ({ namespace, connectionId, userId, provider, mcpServerUrl }: Grant): string =>
  [namespace, connectionId, userId, provider, mcpServerUrl].join("\0");

export const createWatchRegistry = (): WatchRegistry => {
  const byGrant = new Map<string, Set<WatchedToken>>();
  const dueTimes = createDueTimes<WatchedToken>();
  let size = 0;
  return {
    add(grant, watch) {
      const key = keyOf(grant);
      const watches = byGrant.get(key);
      if (watches) watches.add(watch);
      else byGrant.set(key, new Set([watch]));
      size += 1;
    },
    remove(grant, watch) {
      const key = keyOf(grant);
      const watches = byGrant.get(key);
      dueTimes.set(watch, undefined);
      if (!watches?.delete(watch)) return;
      size -= 1;
      if (watches.size === 0) byGrant.delete(key);
    },
    changed(changes) {
      for (const change of changes) for (const watch of byGrant.get(keyOf(change)) ?? []) watch.wake(watch);
    },
    wakeAll(withinMs, nowMs) {
      const seconds = Math.max(1, Math.ceil(withinMs / SECOND));
      let turn = 0;
      for (const watches of byGrant.values())
        for (const watch of watches) {
          const inMs = (turn % seconds) * SECOND;
          turn += 1;
          if (inMs === 0) watch.wake(watch);
          else if (watch.dueSecond === undefined || watch.dueSecond * SECOND > nowMs + inMs)
            dueTimes.set(watch, nowMs + inMs);
        }
    },
    setDue: (watch, atMs) => dueTimes.set(watch, atMs),
    tick(nowMs) {
      for (const watch of dueTimes.take(nowMs)) watch.wake(watch);
    },
    size: () => size,
  };
};
