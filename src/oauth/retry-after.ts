import { HOUR, SECOND } from "../time.ts";

const MAX_RETRY_AFTER_MS = HOUR;
const HTTP_DATE = /^[A-Z][a-z]{2,8},? .*GMT$/;

/** Milliseconds of a Retry-After header: seconds or an HTTP date (RFC 9110 section 10.2.3), at most an hour. Undefined for anything else. */
export const parseRetryAfter = (header: string | null, nowMs: number): number | undefined => {
  const text = header?.trim() ?? "";
  const delayMs = /^\d+$/.test(text) ? Number(text) * SECOND : millisecondsUntil(text, nowMs);
  return delayMs === undefined ? undefined : Math.min(delayMs, MAX_RETRY_AFTER_MS);
};

const millisecondsUntil = (text: string, nowMs: number): number | undefined => {
  const delayMs = HTTP_DATE.test(text) ? Date.parse(text) - nowMs : Number.NaN;
  return delayMs > 0 ? delayMs : undefined;
};
