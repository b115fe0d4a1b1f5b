import { type Clock, SECOND } from "../time.ts";

/** True at most so many times a second. */
export const createSample = (perSecond: number, clock: Clock): (() => boolean) => {
  let begunAtMs = Number.NEGATIVE_INFINITY;
  let taken = 0;
  return () => {
    const nowMs = clock.monotonicMs();
    if (nowMs - begunAtMs >= SECOND) {
      begunAtMs = nowMs;
      taken = 0;
    }
    taken += 1;
    return taken <= perSecond;
  };
};
