import { BrokerError } from "../errors.ts";
import type { Store, TokenRepository } from "../store/index.ts";

/** Makes the broker say UNAVAILABLE as it does when its database is away: the same path, the same details. */
export interface StoreFaults {
  readonly wrap: (store: Store) => Store;
  /** The next reads of a token fail, and tell callers to come back after so long. */
  fail(times: number, retryAfterMs: number): void;
  reset(): void;
}

export const createStoreFaults = (): StoreFaults => {
  let left = 0;
  let retryMs = 0;
  const failOnce = (): void => {
    if (left <= 0) return;
    left -= 1;
    throw new BrokerError("STORE_UNAVAILABLE", "the database is away: the test kit was asked to say so", {
      retryAfterMs: retryMs,
    });
  };
  return {
    wrap: (store) => ({ ...store, tokens: failing(store.tokens, failOnce) }),
    fail(times, retryAfterMs) {
      left = times;
      retryMs = retryAfterMs;
    },
    reset() {
      left = 0;
    },
  };
};

/** `find` and what reads several at once; not what looks for an account or a revoked row. */
const READS_TOKENS = /^find(?!Account|Revoked)/;

const failing = (tokens: TokenRepository, failOnce: () => void): TokenRepository =>
  new Proxy(tokens, {
    get(target, name, receiver) {
      const member: unknown = Reflect.get(target, name, receiver);
      if (typeof member !== "function" || typeof name !== "string" || !READS_TOKENS.test(name)) return member;
      return async (...parameters: unknown[]): Promise<unknown> => {
        failOnce();
        return (await Reflect.apply(member, target, parameters)) as unknown;
      };
    },
  });
