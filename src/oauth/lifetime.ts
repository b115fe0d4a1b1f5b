import type { ExpiryRules } from "../catalog/index.ts";
import { DAY, MILLISECOND, MINUTE, SECOND } from "../time.ts";
import { type JsonObject, valueAt } from "./json-path.ts";

/** Beyond it `Date` and PostgreSQL begin to fail on what vendors send for "for ever" (1e18). */
export const MAX_LIFETIME_SECONDS = (3650 * DAY) / SECOND;

/**
 * How long the access token works, counted from its receipt: `expires_in`, else the absolute field that the catalog declares, else its default.
 * Undefined = not known, or never where the catalog says that 0 means it. A value that is no length of time counts as absent.
 */
export const lifetimeSeconds = (
  rules: ExpiryRules,
  answer: JsonObject,
  expiresInPath: string,
  receivedAtMs: number,
): number | undefined => {
  const expiresIn = parseLength(valueAt(answer, expiresInPath), rules.format);
  if (expiresIn === 0 && rules.zeroMeansNever) return undefined;
  return expiresIn ?? untilAbsolute(rules, answer, receivedAtMs) ?? rules.defaultSeconds;
};

const untilAbsolute = (rules: ExpiryRules, answer: JsonObject, receivedAtMs: number): number | undefined => {
  if (rules.absolute === undefined) return undefined;
  const value = valueAt(answer, rules.absolute.field);
  const atMs = rules.absolute.format === "iso8601" ? parseIsoMs(value) : parseUnixMs(value);
  if (atMs === undefined) return undefined;
  if (atMs === 0 && rules.zeroMeansNever) return undefined;
  return clamp(Math.max(0, (atMs - receivedAtMs) / SECOND));
};

/** A length in seconds: a number or its decimal text, not negative. Fractions are cut. */
export const parseSeconds = (value: unknown): number | undefined => {
  const number = parseDecimal(value);
  return number === undefined ? undefined : clamp(number);
};

const SECONDS_IN = { milliseconds: MILLISECOND / SECOND, seconds: 1, minutes: MINUTE / SECOND } as const;

const parseLength = (value: unknown, format: ExpiryRules["format"]): number | undefined => {
  const number = parseDecimal(value);
  return number === undefined ? undefined : clamp(number * SECONDS_IN[format]);
};

/** Vendors change between seconds and milliseconds without notice. As seconds, 1e11 is the year 5138; as milliseconds it is 1973. */
const parseUnixMs = (value: unknown): number | undefined => {
  const number = parseDecimal(value);
  return number === undefined || number >= 1e11 ? number : number * SECOND;
};

const parseIsoMs = (value: unknown): number | undefined => {
  if (typeof value !== "string" || !/^\d{4}-\d{2}-\d{2}/.test(value)) return undefined;
  // Without an offset the text is taken as UTC: a vendor never means this machine's zone.
  const time = Date.parse(/(Z|[+-]\d{2}:?\d{2})$/i.test(value) || value.length === 10 ? value : `${value}Z`);
  return Number.isNaN(time) ? undefined : time;
};

const parseDecimal = (value: unknown): number | undefined => {
  if (typeof value === "string" && /^\d+(\.\d+)?$/.test(value.trim())) return Number(value);
  return typeof value === "number" && value >= 0 && Number.isFinite(value) ? value : undefined;
};

const clamp = (seconds: number): number => Math.min(Math.floor(seconds), MAX_LIFETIME_SECONDS);
