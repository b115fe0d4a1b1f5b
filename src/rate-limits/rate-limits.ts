import type { RateLimitConfig } from "../config/index.ts";
import { BrokerError } from "../errors.ts";
import type { RateLimitRepository } from "../store/index.ts";
import { type Clock, MINUTE, systemClock } from "../time.ts";
import { createSharedLimit, type SharedLimit } from "./shared-limit.ts";
import { createTokenBuckets, type TakeToken } from "./token-buckets.ts";

/** Each by the caller's id, unless it says otherwise. */
export interface RateLimits {
  /** In this replica's memory; `count` = how many a call asks for, default 1. @throws BrokerError RATE_LIMITED. */
  takeToken(caller: string, count?: number): void;
  /** Of flows that begin. @throws BrokerError RATE_LIMITED, STORE_UNAVAILABLE. */
  takeStart(caller: string): Promise<void>;
  /** Of administrative acts. @throws BrokerError RATE_LIMITED, STORE_UNAVAILABLE. */
  takeAdmin(caller: string): Promise<void>;
  readonly callback: CallbackLimit;
}

/** Of callbacks that name no flow, by the client's address. */
export interface CallbackLimit {
  /** How long nothing more is looked up for the address; undefined = it may ask. */
  refusedForMs(client: string): number | undefined;
  /** The address came with a state that no flow has. Never rejects. */
  countInvalid(client: string): Promise<void>;
  /** A state of ours gets through from an address that is refused, this often. */
  letsThrough(state: string): boolean;
}

export interface RateLimitsDeps {
  readonly config: RateLimitConfig;
  readonly limits: Pick<RateLimitRepository, "take">;
  /** Whether this broker made the state, told without the database. */
  readonly isOwnState: (state: string) => boolean;
  readonly clock?: Clock;
}

/** A bucket holds what comes in two seconds: callers work in bursts. */
const BURST_SECONDS = 2;

const OWN_STATE = { perSecond: 0.1, burst: 5 };

export const createRateLimits = ({
  config,
  limits,
  isOwnState,
  clock = systemClock,
}: RateLimitsDeps): RateLimits => {
  const perMinute = (scope: string, count: number): SharedLimit =>
    count === 0
      ? UNLIMITED
      : createSharedLimit({ scope, rate: { intervalMs: MINUTE / count, burst: count }, limits, clock });
  const { getTokenPerSecond, callbackPerMinute } = config;
  const takeToken: TakeToken =
    getTokenPerSecond === 0
      ? () => undefined
      : createTokenBuckets({ perSecond: getTokenPerSecond, burst: BURST_SECONDS * getTokenPerSecond, clock });
  const start = perMinute("start", config.startPerMinute);
  const admin = perMinute("admin", config.adminPerMinute);
  const callback = perMinute("callback", callbackPerMinute);
  const ownStates = createTokenBuckets({ ...OWN_STATE, clock });
  return {
    takeToken: (caller, count) =>
      assertTaken(takeToken(caller, count), "BROKER_RATE_LIMIT_GET_TOKEN_PER_SECOND"),
    takeStart: async (caller) => assertTaken(await start.take(caller), "BROKER_RATE_LIMIT_START_PER_MINUTE"),
    takeAdmin: async (caller) => assertTaken(await admin.take(caller), "BROKER_RATE_LIMIT_ADMIN_PER_MINUTE"),
    callback: {
      refusedForMs: (client) => callback.refusedForMs(client),
      async countInvalid(client) {
        await callback.take(client).catch(() => {});
      },
      letsThrough: (state) => isOwnState(state) && ownStates(state) === undefined,
    },
  };
};

const UNLIMITED: SharedLimit = { take: async () => undefined, refusedForMs: () => undefined };

const assertTaken = (waitMs: number | undefined, variable: string): void => {
  if (waitMs === undefined) return;
  throw new BrokerError(
    "RATE_LIMITED",
    `this caller asks more often than ${variable} allows: wait, or let an operator raise it`,
    { retryAfterMs: Math.max(1, Math.ceil(waitMs)), metadata: { variable } },
  );
};
