import { type AccessToken, toAccessToken, usableForMs } from "./access-token.ts";
import { toWire, type TokenRequest } from "./connection.ts";
import { type BrokerClient, reconnectOf, TokenBrokerError, toTokenBrokerError } from "./errors.ts";
import { withRetries } from "./retry.ts";
import { type Caller, createSharedCalls } from "./shared-calls.ts";
import type { WatchedToken } from "./watcher.ts";

export interface TokenOptions {
  /** Refresh unless the token is good for so long; counts as at most four fifths of its lifetime. Default: the source's. */
  readonly minTtlMs?: number | undefined;
  /** How long to wait at most, retries included. Default: the source's, 20 s. */
  readonly timeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** The token of one connection, kept in memory and renewed in time. */
export interface TokenSource {
  readonly request: TokenRequest;
  /**
   * A token that works. From memory while it may be: as long as the stream of the broker tells of changes, or else until `refreshAfter`.
   *
   * @throws TokenBrokerError; AuthorizationRequiredError where a person must act; the signal's reason.
   */
  token(options?: TokenOptions): Promise<AccessToken>;
  /**
   * The successor of a token that the API answered 401 to. Many who report the same one make one call.
   *
   * @throws as `token`; with reason `TOKEN_REJECTED` the token is not at fault, a permission is missing.
   */
  replace(rejectedVersion: bigint, options?: TokenOptions): Promise<AccessToken>;
}

/** What the broker's client needs of a source besides. */
export interface ManagedSource extends TokenSource, WatchedToken {
  /** From memory, if it may be used. */
  peek(): AccessToken | undefined;
  /** A token that came another way. */
  accept(token: AccessToken): void;
  readonly lastUsedMs: number;
}

export interface SourceSettings {
  readonly client: BrokerClient;
  readonly minTtlMs: number;
  readonly timeoutMs: number;
  /** Called with every use, before anything else. */
  readonly onUse: (source: ManagedSource) => void;
}

/** While the token in hand still works, nobody waits longer than this for its successor. */
const WAIT_WHILE_USABLE_MS = 3000;

/** So long the broker's word that a connection is dead is repeated without asking again: a caller in a loop costs one call in this time. */
const REPEAT_DEATH_MS = 5000;

/** An older token in hand is better than these. */
const TRANSIENT: ReadonlySet<string> = new Set([
  "unavailable",
  "deadline_exceeded",
  "resource_exhausted",
  "aborted",
  "canceled",
  "internal",
  "unknown",
]);

/** `setTimeout` takes no more. */
const LONGEST_MS = 2 ** 31 - 1;

interface Held {
  readonly token: AccessToken;
  readonly sinceMs: number;
  /** What was demanded of it when it came. */
  readonly minTtlMs: number;
}

export const createTokenSource = (request: TokenRequest, settings: SourceSettings): ManagedSource => {
  const { client } = settings;
  const wire = toWire(request);
  const calls = createSharedCalls<AccessToken>();
  const reconnect = reconnectOf(client, request);
  const toError = (thrown: unknown): TokenBrokerError => toTokenBrokerError(thrown, request, reconnect);
  let held: Held | undefined;
  let rejectedVersion = 0n;
  let isLive = false;
  let death: { readonly error: TokenBrokerError; readonly atMs: number } | undefined;
  let lastUsedMs = performance.now();

  const isUsable = ({ token, sinceMs }: Held): boolean =>
    token.version > rejectedVersion && usableForMs(token, sinceMs, Date.now()) > 0;

  /** No call is needed. */
  const isCurrent = (it: Held, minTtlMs: number): boolean => {
    if (!isUsable(it)) return false;
    const nowMs = Date.now();
    const isBeforeRefresh = it.token.refreshAfter !== undefined && nowMs < it.token.refreshAfter.getTime();
    const leftMs = it.token.expiresAt ? it.token.expiresAt.getTime() - nowMs : Number.POSITIVE_INFINITY;
    // Of a short-lived token a long demand is never met, and the broker says with refreshAfter when it can do better.
    if (leftMs < minTtlMs && !(it.minTtlMs >= minTtlMs && isBeforeRefresh)) return false;
    return isLive || isBeforeRefresh;
  };

  const hold = (token: AccessToken, minTtlMs: number): void => {
    death = undefined;
    if (held !== undefined && token.version < held.token.version) return;
    const isSame = token.version === held?.token.version;
    held = {
      token,
      sinceMs: isSame && held ? held.sinceMs : Date.now(),
      minTtlMs: isSame && held ? Math.max(minTtlMs, held.minTtlMs) : minTtlMs,
    };
  };

  const ask = async (
    more: { readonly minTtl?: WireDuration; readonly rejectedVersion?: bigint },
    minTtlMs: number,
    key: string,
    caller: Caller,
  ): Promise<AccessToken> =>
    calls.join(key, caller, async ({ signal, deadlineMs }) => {
      const response = await withRetries((attempt) => client.getToken({ ...wire, ...more }, attempt), {
        signal,
        deadlineMs,
        toError,
      });
      const token = toAccessToken(response);
      hold(token, minTtlMs);
      return token;
    });

  const callerOf = ({ signal, timeoutMs = settings.timeoutMs }: TokenOptions): Caller => ({
    signal,
    timeoutMs: Math.min(timeoutMs, LONGEST_MS),
    onTimeout: () =>
      new TokenBrokerError(`no token within ${timeoutMs} ms`, {
        code: "deadline_exceeded",
        reason: "",
        metadata: {},
        retryAfterMs: undefined,
        connection: request,
      }),
  });

  /** The broker's word on this connection ends what is in memory; no word, or none for now, does not. */
  const drop = (error: unknown): void => {
    if (error instanceof TokenBrokerError && !TRANSIENT.has(error.code)) held = undefined;
  };

  const successorOf = async (version: bigint, options: TokenOptions): Promise<AccessToken> => {
    if (version > rejectedVersion) rejectedVersion = version;
    if (held && held.token.version > version && isUsable(held)) return held.token;
    try {
      return await ask({ rejectedVersion: version }, 0, `replace ${version}`, callerOf(options));
    } catch (error) {
      // A newer one would be rejected, too: this one is as good as any.
      if (error instanceof TokenBrokerError && error.reason === "TOKEN_REJECTED") rejectedVersion = 0n;
      throw error;
    }
  };

  const source: ManagedSource = {
    request,
    async token(options = {}) {
      options.signal?.throwIfAborted();
      use();
      const { minTtlMs = settings.minTtlMs } = options;
      if (held && isCurrent(held, minTtlMs)) return held.token;
      if (isLive && death && performance.now() - death.atMs < REPEAT_DEATH_MS) throw death.error;
      // The broker would answer with the same token, had it not heard of the rejection.
      if (held && held.token.version <= rejectedVersion) return await successorOf(rejectedVersion, options);
      const spare = held && isUsable(held) ? held.token : undefined;
      const caller = callerOf(options);
      const timeoutMs = spare ? Math.min(caller.timeoutMs, WAIT_WHILE_USABLE_MS) : caller.timeoutMs;
      const demand = minTtlMs > 0 ? { minTtl: durationOf(minTtlMs) } : {};
      try {
        return await ask(demand, minTtlMs, `token ${minTtlMs}`, { ...caller, timeoutMs });
      } catch (error) {
        options.signal?.throwIfAborted();
        if (spare && error instanceof TokenBrokerError && TRANSIENT.has(error.code)) return spare;
        drop(error);
        throw error;
      }
    },
    async replace(version, options = {}) {
      options.signal?.throwIfAborted();
      use();
      return await successorOf(version, options);
    },
    peek: () => (held && isCurrent(held, settings.minTtlMs) ? held.token : undefined),
    accept: (token) => hold(token, 0),
    wire,
    onToken: (response) => hold(toAccessToken(response), 0),
    onFailure(thrown) {
      const error = toError(thrown);
      if (TRANSIENT.has(error.code)) return;
      held = undefined;
      death = { error, atMs: performance.now() };
    },
    onLive(live) {
      isLive = live;
      if (!live) death = undefined;
    },
    get lastUsedMs() {
      return lastUsedMs;
    },
  };
  const use = (): void => {
    lastUsedMs = performance.now();
    settings.onUse(source);
  };
  return source;
};

interface WireDuration {
  readonly seconds: bigint;
  readonly nanos: number;
}

const durationOf = (ms: number): WireDuration => ({
  seconds: BigInt(Math.floor(ms / 1000)),
  nanos: Math.floor(ms % 1000) * 1_000_000,
});
