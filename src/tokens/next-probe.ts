import { MINUTE } from "../time.ts";

const PROBE_INTERVAL_MS = 1 * MINUTE;

/** When a provider in trouble may be asked again. A probe whose time has come is somebody else's by now. */
export const nextProbe = (nextProbeAt: Date, now: Date): Date =>
  nextProbeAt > now ? nextProbeAt : new Date(now.getTime() + PROBE_INTERVAL_MS);
