import { setTimeout as sleep } from "node:timers/promises";
import type { StopMode } from "../support/postgres.ts";
import type { Failpoint } from "../support/replica-failpoints.ts";
import type { Fleet } from "../system/refresh/fleet.ts";
import { type Kill, killReplica } from "../system/refresh/kills.ts";
import type { SoakOptions } from "./options.ts";

export interface DatabaseRestart {
  readonly mode: StopMode;
  readonly awayMs: number;
}

export interface Troubles {
  readonly kills: readonly Kill[];
  readonly restarts: readonly DatabaseRestart[];
  /** Never resolves; rejects when something does not come up again. */
  readonly failed: Promise<never>;
  /** No more of them; resolves when everything is up again. */
  stop(): Promise<void>;
}

/** The place of the replica that lives through the whole run: what leaks shows there. */
export const SPARED = 0;

/** Give or take. */
const SPREAD = 1 / 3;

const AWAY_FROM_MS = 2_000;
const AWAY_TO_MS = 8_000;
const MODES: readonly StopMode[] = ["fast", "immediate"];

/** Every other kill strikes in one of these, in turn: a random moment would seldom find a refresh under way. */
const WINDOWS: readonly Failpoint[] = ["after claim", "after send", "before save"];
const WINDOW_WITHIN_MS = 8_000;

/** Between one trouble and the next, at least: others take over what a kill has cut off. */
const REST_MS = 5_000;
const EVERY_SECONDS = 15;

/**
 * Kills replicas and restarts the database, one after the other with time between: a kill while the database is away can cost a connection whose grace
 * is over before anybody can ask again, and such a loss says nothing about the broker.
 */
export const startTroubles = (fleet: Fleet, options: SoakOptions): Troubles => {
  const kills: Kill[] = [];
  const restarts: DatabaseRestart[] = [];
  const stopping = new AbortController();
  const restartEveryMs = options.restartEveryMinutes * 60_000;
  let restartedMs = performance.now();

  const oneMore = async (): Promise<void> => {
    if (restartEveryMs > 0 && performance.now() - restartedMs >= restartEveryMs) {
      restarts.push(await restartDatabase(fleet, MODES[restarts.length % MODES.length]!));
      restartedMs = performance.now();
    } else if (options.killEverySeconds > 0) {
      const window = kills.length % 2 === 0 ? undefined : WINDOWS[((kills.length - 1) / 2) % WINDOWS.length];
      kills.push(await killAndReplace(fleet, window));
    }
  };
  const run = async (): Promise<void> => {
    let tookMs = 0;
    for (;;) {
      const everyMs = (options.killEverySeconds || EVERY_SECONDS) * 1000;
      await pause(Math.max(REST_MS, spread(everyMs) - tookMs), stopping.signal);
      if (stopping.signal.aborted) return;
      const beganMs = performance.now();
      await oneMore();
      tookMs = performance.now() - beganMs;
    }
  };
  const running = run();
  const failed = Promise.withResolvers<never>();
  running.catch(failed.reject);
  return {
    kills,
    restarts,
    failed: failed.promise,
    async stop() {
      stopping.abort();
      await running;
    },
  };
};

const spread = (ms: number): number => ms * (1 + SPREAD * (2 * Math.random() - 1));

const pause = async (ms: number, signal: AbortSignal): Promise<void> => {
  await sleep(ms, undefined, { signal }).catch((error: unknown) => {
    if (!signal.aborted) throw error;
  });
};

const restartDatabase = async ({ cluster }: Fleet, mode: StopMode): Promise<DatabaseRestart> => {
  const beganMs = performance.now();
  await cluster.stop(mode);
  await sleep(AWAY_FROM_MS + Math.random() * (AWAY_TO_MS - AWAY_FROM_MS));
  await cluster.start();
  return { mode, awayMs: performance.now() - beganMs };
};

const killAndReplace = async (fleet: Fleet, window: Failpoint | undefined): Promise<Kill> => {
  const place = SPARED + 1 + Math.floor(Math.random() * (fleet.replicas.length - 1));
  const replica = fleet.replicas[place]!;
  const kill = await killReplica(replica, window, WINDOW_WITHIN_MS);
  await fleet.restart(place);
  return kill;
};
