/** How many token requests a vendor admits. */
export interface RateLimit {
  readonly requests: number;
  readonly perSeconds: number;
  /** Who is counted together. */
  readonly by: "vendor" | "client" | "grant";
  /** How `Retry-After` says when the window ends. Any other text is sent as it stands. */
  readonly retryAfter: "seconds" | "date" | "none" | (string & {});
}

interface Window {
  readonly beganMs: number;
  admitted: number;
}

export interface Refusal {
  /** `Retry-After`; undefined = none is sent. */
  readonly retryAfter: string | undefined;
}

export type Limiter = (limit: RateLimit, key: string) => Refusal | undefined;

const SECOND = 1000;

/** Counts in fixed windows, each beginning with the first request after the last one ended. */
export const createLimiter = (now: () => number): Limiter => {
  const windows = new Map<string, Window>();
  return (limit, key) => {
    const nowMs = now();
    let window = windows.get(key);
    if (window === undefined || isOver(window, limit, nowMs))
      windows.set(key, (window = { beganMs: nowMs, admitted: 0 }));
    if (window.admitted < limit.requests) {
      window.admitted += 1;
      return undefined;
    }
    return { retryAfter: retryAfterOf(limit, window.beganMs + limit.perSeconds * SECOND, nowMs) };
  };
};

/** A clock that was moved back ends a window, too. */
const isOver = ({ beganMs }: Window, { perSeconds }: RateLimit, nowMs: number): boolean =>
  nowMs >= beganMs + perSeconds * SECOND || nowMs < beganMs;

const retryAfterOf = ({ retryAfter }: RateLimit, endsMs: number, nowMs: number): string | undefined => {
  switch (retryAfter) {
    case "none":
      return undefined;
    case "seconds":
      return String(Math.ceil((endsMs - nowMs) / SECOND));
    case "date":
      return new Date(Math.ceil(endsMs / SECOND) * SECOND).toUTCString();
    default:
      return retryAfter;
  }
};
