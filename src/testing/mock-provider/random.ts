import { createHash } from "node:crypto";

/** 0 ≤ x < 1. */
export type Random = () => number;

const TWO_TO_32 = 2 ** 32;

/**
 * The same numbers for the same seed and name, so that a run can be repeated. Each user has a stream of its own: one more draw here moves nothing there.
 * (Mulberry32; for tests, never for secrets.)
 */
export const createRandom = (seed: number, name: string): Random => {
  let state = createHash("sha256").update(`${seed}:${name}`).digest().readUInt32LE();
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / TWO_TO_32;
  };
};

export const newSeed = (): number => Math.floor(Math.random() * TWO_TO_32);
