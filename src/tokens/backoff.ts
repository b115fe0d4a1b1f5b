import { MINUTE, SECOND } from "../time.ts";

const BASE_MS = 5 * SECOND;
const CAP_MS = 15 * MINUTE;

/** Full jitter may draw nothing at all; a provider that has just failed is still left alone this long. */
const FLOOR_MS = 1 * SECOND;

/**
 * How long to leave a provider alone after the `consecutive`th failure in a row (1 = the first): full jitter, a uniform draw from zero to 5 s, 10 s,
 * 20 s … capped at 15 minutes, so that connections that failed together do not come back together. A `Retry-After` (RFC 9110 section 10.2.3) is a
 * lower bound, and the draw is added to it for the same reason.
 */
export const retryDelayMs = (
  consecutive: number,
  retryAfterMs: number | undefined,
  random: () => number = Math.random,
): number => {
  const ceilingMs = Math.min(CAP_MS, BASE_MS * 2 ** Math.min(consecutive - 1, 30));
  const jitteredMs = Math.max(FLOOR_MS, random() * ceilingMs);
  return retryAfterMs === undefined ? jitteredMs : retryAfterMs + Math.min(jitteredMs, BASE_MS);
};

const LATER_FROM_MS = 5 * SECOND;
const LATER_TO_MS = 30 * SECOND;

/** When to try again what was rejected while most are, once a probe may be made: whoever was not rejected yet is the better probe, and so comes first. */
export const afterOthers = (probeAt: Date, random: () => number): Date =>
  new Date(probeAt.getTime() + jitterMs(LATER_FROM_MS, LATER_TO_MS, random));

/** A uniform draw between the two: polling and retries of several replicas drift apart. */
export const jitterMs = (fromMs: number, toMs: number, random: () => number = Math.random): number =>
  fromMs + random() * (toMs - fromMs);
