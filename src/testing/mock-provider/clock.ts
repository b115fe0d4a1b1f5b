/**
 * The provider's time: what lifetimes, grace, limits and windows are measured by. Tests move it together with the broker's. Delays and paces are real
 * time.
 */
export interface ProviderClock {
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly offsetMs: number;
  /** Moves it on from where it is; a negative number moves it back. */
  move(ms: number): void;
}

export const createClock = (
  now: () => number = wallMs,
  onMove: (offsetMs: number) => void = () => undefined,
): ProviderClock => {
  let offsetMs = 0;
  return {
    now: () => now() + offsetMs,
    get offsetMs() {
      return offsetMs;
    },
    move(ms) {
      offsetMs += ms;
      onMove(offsetMs);
    },
  };
};

const wallMs = (): number => performance.timeOrigin + performance.now();

/** When something happened, for the log. Both in microseconds. */
export interface Instant {
  /** `CLOCK_MONOTONIC`: never moved, and the same for every process of this machine. */
  readonly monotonicUs: number;
  /** Since the epoch. */
  readonly wallUs: number;
}

export const instant = (): Instant => ({
  monotonicUs: Number(process.hrtime.bigint() / 1000n),
  wallUs: Math.round(wallMs() * 1000),
});
