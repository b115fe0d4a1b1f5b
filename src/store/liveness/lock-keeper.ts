import { randomInt } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { errorClass, type Logger } from "../../telemetry/index.ts";
import { type Clock, SECOND } from "../../time.ts";
import type { Liveness } from "./liveness.ts";
import type { HeldLocks, LockSession } from "./lock-session.ts";

export interface KeeperOptions {
  readonly logger: Logger;
  readonly clock: Clock;
}

export type LockKeeper = Pick<Liveness, "held" | "steadyMs" | "onPeerGone" | "close">;

const BEAT_INTERVAL_MS = 2 * SECOND;
/** A database that took longer to say that all is well may have been away. */
const SLOW_BEAT_MS = 2 * SECOND;
/** Longer than a beat and the wait for its answer. Who knows nothing newer was cut off, or asleep itself. */
const KNOWN_FOR_MS = 6 * SECOND;
const REOPEN_FROM_MS = 100;
const REOPEN_TO_MS = 500;

/** Looks after a lock session, and opens another one whenever it is lost. */
export const createLockKeeper = (
  first: LockSession,
  reopen: (backendPid: number) => Promise<LockSession | undefined>,
  { logger, clock }: KeeperOptions,
): LockKeeper => {
  const closing = new AbortController();
  const watch = createWatch(clock);
  const listeners: (() => void)[] = [];

  const lose = async (session: LockSession, reason: string): Promise<void> => {
    if (watch.lose(session) && !closing.signal.aborted)
      logger.warn("liveness lock lost, no refresh is claimed until it is back", { reason });
    await session.end();
  };

  const attend = async (session: LockSession): Promise<void> => {
    const lost = new AbortController();
    void session.ended.then(() => lost.abort());
    const either = AbortSignal.any([lost.signal, closing.signal]);
    while (await asleep(BEAT_INTERVAL_MS, either)) {
      const beat = await takeBeat(clock, session);
      if ("reason" in beat) return await lose(session, beat.reason);
      if (watch.beat(beat)) for (const listener of listeners) listener();
    }
    await lose(session, "connection_ended");
  };

  const regain = async (backendPid: number): Promise<LockSession | undefined> => {
    for (;;) {
      const session = await reopen(backendPid).catch(() => undefined);
      if (session) return session;
      if (!(await asleep(randomInt(REOPEN_FROM_MS, REOPEN_TO_MS), closing.signal))) return undefined;
    }
  };

  const keep = async (): Promise<void> => {
    for (let session: LockSession | undefined = first; session;) {
      watch.begin(session);
      await attend(session);
      if (closing.signal.aborted) return;
      session = await regain(session.backendPid);
      if (session) logger.info("liveness lock regained");
    }
  };

  const keeping = keep();
  return {
    held: watch.held,
    steadyMs: watch.steadyMs,
    onPeerGone: (listener) => void listeners.push(listener),
    async close() {
      closing.abort();
      await keeping;
    },
  };
};

interface Beat {
  readonly peers: ReadonlySet<number>;
  readonly tookMs: number;
}

const takeBeat = async (clock: Clock, session: LockSession): Promise<Beat | { readonly reason: string }> => {
  const askedMs = clock.monotonicMs();
  try {
    const { mine, peers }: HeldLocks = await session.look();
    return mine ? { peers, tookMs: clock.monotonicMs() - askedMs } : { reason: "lock_not_held" };
  } catch (error) {
    return { reason: errorClass(error) };
  }
};

/** What is known of the lock, by this process's monotonic clock. */
const createWatch = (clock: Clock) => {
  let current: LockSession | undefined;
  let steadySinceMs = 0;
  let knownAtMs = 0;
  let peers: ReadonlySet<number> = new Set();
  return {
    begin(session: LockSession): void {
      current = session;
      steadySinceMs = knownAtMs = clock.monotonicMs();
    },
    /** Whether a replica that was there is gone. */
    beat(beat: Beat): boolean {
      knownAtMs = clock.monotonicMs();
      if (beat.tookMs > SLOW_BEAT_MS) steadySinceMs = knownAtMs;
      const someoneWent = [...peers].some((peer) => !beat.peers.has(peer));
      peers = beat.peers;
      return someoneWent;
    },
    /** False = it was lost before. */
    lose(session: LockSession): boolean {
      const isNews = current === session;
      current = undefined;
      return isNews;
    },
    held: () => current !== undefined && clock.monotonicMs() - knownAtMs <= KNOWN_FOR_MS,
    steadyMs: () => clock.monotonicMs() - steadySinceMs,
  };
};

/** False = woken. */
const asleep = async (ms: number, signal: AbortSignal): Promise<boolean> => {
  try {
    await delay(ms, undefined, { signal, ref: false });
    return true;
  } catch {
    return false;
  }
};
