/**
 * How often a caller or a stranger may ask. Owns the limits, who shares one, and the words of a refusal. Does not own who is calling (access), which call
 * has which limit (server), nor the shared counters' statement (store).
 *
 * Laws:
 * - The hot path asks no database: tokens are limited in each replica's memory, what changes the database by counters that all replicas share.
 * - A key that is over its limit costs this replica no statement until it may ask again, however often it asks.
 * - No key of one caller, address or person ever stands in another's way; no address is stored as it is.
 */
export { clientKeyOf } from "./client-key.ts";
export { type CallbackLimit, createRateLimits, type RateLimits, type RateLimitsDeps } from "./rate-limits.ts";
