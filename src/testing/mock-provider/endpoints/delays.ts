import type { Random } from "../random.ts";

/** A share of the answers, 0–1, takes a time between the two, evenly spread. */
export interface DelayBand {
  readonly share: number;
  readonly fromMs: number;
  readonly toMs: number;
}

/** One answer's delay: the band that is drawn, or `restMs` where the shares leave room. */
export const drawDelayMs = (bands: readonly DelayBand[], restMs: number, random: Random): number => {
  if (bands.length === 0) return restMs;
  let drawn = random();
  for (const { share, fromMs, toMs } of bands) {
    if (drawn < share) return fromMs + random() * (toMs - fromMs);
    drawn -= share;
  }
  return restMs;
};
