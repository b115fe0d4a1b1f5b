import type { RefreshRules } from "../catalog/index.ts";
import { type Clock, SECOND } from "../time.ts";
import type { Urgency } from "./pacer.ts";

export type RateLimit = NonNullable<RefreshRules["rateLimit"]>;

/** The calls of the last so many seconds, of which a vendor allows so many. */
export interface RateWindow {
  /** How many more may begin now. */
  room(urgency: Urgency): number;
  /** One begins. */
  take(): void;
  /** After how long there is room for one more. */
  waitMs(urgency: Urgency): number;
}

/** What is left to callers: work ahead of time must not use up what somebody waits for. */
const BACKGROUND_SHARE = 3 / 4;

export const createRateWindow = (
  { requests, perSeconds }: RateLimit,
  clock: Pick<Clock, "monotonicMs">,
): RateWindow => {
  const windowMs = perSeconds * SECOND;
  const begunMs: number[] = [];
  const most = (urgency: Urgency): number =>
    urgency === "read" ? requests : Math.max(1, Math.floor(requests * BACKGROUND_SHARE));
  const forgetOld = (): void => {
    const sinceMs = clock.monotonicMs() - windowMs;
    while (begunMs[0] !== undefined && begunMs[0] <= sinceMs) begunMs.shift();
  };
  return {
    room(urgency) {
      forgetOld();
      return Math.max(0, most(urgency) - begunMs.length);
    },
    take: () => void begunMs.push(clock.monotonicMs()),
    waitMs(urgency) {
      forgetOld();
      const blocking = begunMs.at(-most(urgency));
      return blocking === undefined ? 0 : Math.max(0, blocking + windowMs - clock.monotonicMs());
    },
  };
};
