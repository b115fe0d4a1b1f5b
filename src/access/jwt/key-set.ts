import { errors } from "jose";
import { followFile } from "../../config/index.ts";
import { BrokerError } from "../../errors.ts";
import { errorClass, type Logger } from "../../telemetry/index.ts";
import { type Clock, HOUR, MINUTE, SECOND } from "../../time.ts";
import { type FindKey, parseKeySet } from "./parse-key-set.ts";

export interface KeySetDependencies {
  readonly logger: Logger;
  readonly clock: Clock;
  /** The text behind a URL. Rejects for whatever is not an answer with 200. */
  readonly fetchText: (url: string) => Promise<string>;
}

/** A token of a key that is not known makes the keys be fetched again, at most so often, however many such tokens come. */
const COOLDOWN_MS = 30 * SECOND;
/** While there is no key at all, waiting as long would keep callers out longer than the issuer is away. */
const FIRST_COOLDOWN_MS = 5 * SECOND;
const RENEW_AFTER_MS = 10 * MINUTE;
/** An issuer that is away does not keep its callers out, for a day. */
const KEEP_MS = 24 * HOUR;

/** The keys behind a URL: fetched when first needed, renewed in the background, the last good ones kept for a day. */
export const keysOfUrl = (url: string, { logger, clock, fetchText }: KeySetDependencies): FindKey => {
  let good: { readonly find: FindKey; readonly atMs: number } | undefined;
  let triedAtMs = Number.NEGATIVE_INFINITY;
  let running: Promise<void> | undefined;

  const fetchKeys = async (): Promise<void> => {
    try {
      const find = parseKeySet(await fetchText(url));
      good = { find, atMs: clock.monotonicMs() };
    } catch (error) {
      logger.warn("an issuer's keys could not be fetched", {
        host: new URL(url).host,
        error_class: errorClass(error),
      });
    } finally {
      running = undefined;
    }
  };

  const renew = (): Promise<void> => {
    const nowMs = clock.monotonicMs();
    const isTooSoon = nowMs - triedAtMs < (good ? COOLDOWN_MS : FIRST_COOLDOWN_MS);
    if (running || isTooSoon) return running ?? Promise.resolve();
    triedAtMs = nowMs;
    return (running = fetchKeys());
  };

  const current = (): FindKey | undefined =>
    good && clock.monotonicMs() - good.atMs < KEEP_MS ? good.find : undefined;

  return async (header, token) => {
    if (!current()) await renew();
    const find = current();
    if (!find) throw unavailable();
    if (good && clock.monotonicMs() - good.atMs > RENEW_AFTER_MS) void renew();
    try {
      return await find(header, token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
    }
    await renew();
    return (current() ?? find)(header, token);
  };
};

/** The keys in a file, which is followed. */
export const keysOfFile = (path: string, { logger, clock }: KeySetDependencies): FindKey => {
  const onProblem = (error: unknown): void =>
    logger.error("an issuer's keys were not reloaded, the last good ones stay in force", {
      path,
      error_class: errorClass(error),
    });
  const file = followFile({ path, parse: parseKeySet, onProblem, clock });
  return (header, token) => file.current()(header, token);
};

const unavailable = (): BrokerError =>
  new BrokerError("CALLER_KEYS_UNAVAILABLE", "the keys of the token's issuer cannot be fetched now; retry", {
    retryAfterMs: FIRST_COOLDOWN_MS,
  });
