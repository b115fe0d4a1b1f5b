import type { OAuthFailure, TokenSet } from "../oauth/index.ts";
import type { Clock } from "../time.ts";
import { type CallTimes, FIRST_PACE, MOST_CALLS, type Pace, paceAfter, rampCalls } from "./pace.ts";
import { createRateWindow, type RateLimit, type RateWindow } from "./rate-window.ts";

/** `read`: somebody waits for it. `background`: it is done ahead of time. */
export type Urgency = "read" | "background";

/** One call's place among those of its provider. */
export interface Turn {
  /** Tells the pacer how the call ended. */
  answered(answer: TokenSet | OAuthFailure, times: CallTimes): void;
  /** Lets the next one in. */
  leave(): void;
}

/** Keeps the calls of one replica to one provider to what that provider takes. A lane is a provider; lanes know nothing of each other. */
export interface Pacer {
  /** Waits its turn, readers before the background; undefined after `maxWaitMs`, or when the pacer closes. `rate`: what the vendor allows, of one lane always the same. */
  enter(lane: string, urgency: Urgency, maxWaitMs: number, rate?: RateLimit): Promise<Turn | undefined>;
  /** How many more background calls may begin, `underWay` of them being on their way to `enter` or behind it. */
  room(lane: string, underWay: number, now: Date): number;
  /** Until when nothing is to be called ahead of time; undefined = no pause. `now` is the database's. */
  pausedUntil(lane: string, now: Date): Date | undefined;
  /** For a minute the background begins with few calls and then allows more. */
  slowStart(): void;
  /** Whoever waits is sent away, and everybody who comes. */
  close(): void;
}

export interface PacerDeps {
  readonly clock: Clock;
  readonly random: () => number;
}

interface Lane {
  pace: Pace;
  active: number;
  /** Where the vendor allows so many calls in so many seconds. */
  window: RateWindow | undefined;
  /** Lets those in who wait for the window. */
  opening: NodeJS.Timeout | undefined;
  readonly waiting: Record<Urgency, Set<(enters: boolean) => void>>;
}

export const createPacer = ({ clock, random }: PacerDeps): Pacer => {
  const lanes = new Map<string, Lane>();
  let rampBegunMs = Number.NEGATIVE_INFINITY;
  let closed = false;

  const laneOf = (name: string): Lane => {
    const lane = lanes.get(name) ?? newLane();
    lanes.set(name, lane);
    return lane;
  };
  const mostOf = (lane: Lane, urgency: Urgency): number => {
    const ceiling = urgency === "read" ? MOST_CALLS : rampCalls(clock.monotonicMs() - rampBegunMs);
    return Math.min(Math.floor(lane.pace.limit), ceiling);
  };
  const roomIn = (lane: Lane, urgency: Urgency): number =>
    Math.min(mostOf(lane, urgency) - lane.active, lane.window?.room(urgency) ?? Infinity);
  const admit = (lane: Lane): void => {
    for (const urgency of ["read", "background"] as const)
      for (const enter of lane.waiting[urgency]) {
        if (roomIn(lane, urgency) <= 0) return openLater(lane, urgency);
        enter(true);
      }
  };
  /** Nobody leaves while nobody is in, so who waits for the window alone is let in by the clock. */
  const openLater = (lane: Lane, urgency: Urgency): void => {
    clearTimeout(lane.opening);
    lane.opening = undefined;
    if (lane.window === undefined || lane.window.room(urgency) > 0) return;
    lane.opening = setTimeout(admit, Math.ceil(lane.window.waitMs(urgency)), lane).unref();
  };
  const leave = (name: string, lane: Lane): void => {
    lane.active -= 1;
    admit(lane);
    const isForgettable = lane.pace === FIRST_PACE && lane.window === undefined;
    if (lane.active === 0 && isForgettable) lanes.delete(name);
  };

  return {
    async enter(name, urgency, maxWaitMs, rate) {
      if (closed) return undefined;
      const lane = laneOf(name);
      lane.window ??= rate && createRateWindow(rate, clock);
      const isFree = lane.waiting.read.size === 0 && roomIn(lane, urgency) > 0;
      if (isFree) letIn(lane);
      else {
        const entered = waitIn(lane, urgency, maxWaitMs);
        admit(lane);
        if (!(await entered)) return undefined;
      }
      return turnIn(lane, random, () => leave(name, lane));
    },
    room(name, underWay, now) {
      const lane = lanes.get(name) ?? newLane();
      if (isPaused(lane.pace, now)) return 0;
      const taken = Math.max(lane.active, underWay) + lane.waiting.read.size;
      const places = mostOf(lane, "background") - taken;
      return Math.max(0, Math.min(places, lane.window?.room("background") ?? Infinity));
    },
    pausedUntil(name, now) {
      const pace = lanes.get(name)?.pace;
      return pace && isPaused(pace, now) ? pace.pausedUntil : undefined;
    },
    slowStart() {
      rampBegunMs = clock.monotonicMs();
    },
    close() {
      closed = true;
      for (const { waiting, opening } of lanes.values()) {
        clearTimeout(opening);
        for (const enter of [...waiting.read, ...waiting.background]) enter(false);
      }
    },
  };
};

const newLane = (): Lane => ({
  pace: FIRST_PACE,
  active: 0,
  window: undefined,
  opening: undefined,
  waiting: { read: new Set(), background: new Set() },
});

const isPaused = ({ pausedUntil }: Pace, now: Date): boolean =>
  pausedUntil !== undefined && pausedUntil > now;

const letIn = (lane: Lane): void => {
  lane.active += 1;
  lane.window?.take();
};

/** Whoever is let in counts as active from that moment, so that nobody slips in between. */
const waitIn = (lane: Lane, urgency: Urgency, maxWaitMs: number): Promise<boolean> =>
  new Promise((resolve) => {
    const enter = (enters: boolean): void => {
      clearTimeout(timer);
      lane.waiting[urgency].delete(enter);
      if (enters) letIn(lane);
      resolve(enters);
    };
    const timer = setTimeout(enter, maxWaitMs, false);
    lane.waiting[urgency].add(enter);
  });

const turnIn = (lane: Lane, random: () => number, leave: () => void): Turn => {
  let left = false;
  return {
    answered(answer, times) {
      lane.pace = paceAfter(lane.pace, answer, times, random);
    },
    leave() {
      if (!left) leave();
      left = true;
    },
  };
};
