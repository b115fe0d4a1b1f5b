import { type BrokerError, invalidField } from "../errors.ts";
import { namespaceOf, parseGrant } from "../registrations/index.ts";
import type { Store } from "../store/index.ts";
import type { Logger, Metrics } from "../telemetry/index.ts";
import { type Clock, SECOND, systemClock } from "../time.ts";
import type { TokenManager } from "../tokens/index.ts";
import { createAudience, type StreamOptions } from "./audience.ts";
import { createChangeFeed } from "./change-feed.ts";
import { createSharedLooks } from "./shared-looks.ts";
import {
  type ConnectionEvent,
  createConnectionListeners,
  watchConnections,
  type WatchConnectionsRequest,
} from "./watch-connections.ts";
import { createWatchRegistry } from "./watch-registry.ts";
import { type TokenEvent, watchTokens } from "./watch-tokens.ts";
import type { TokenWatch } from "./watched-token.ts";

export interface WatchingDeps {
  readonly store: Pick<Store, "tokens" | "changeHints">;
  readonly tokens: Pick<TokenManager, "getTokens">;
  readonly logger: Logger;
  readonly metrics: Pick<Metrics, "watchStreams" | "watchedTokens">;
  readonly clock?: Clock;
  /** 0 ≤ n < 1, for jitter. */
  readonly random?: () => number;
}

export interface Watching {
  /** The state of each, then every change; of an error in the place of a watch, only that. @throws BrokerError DRAINING, WATCH_ENDED. */
  watchTokens(
    watches: readonly (TokenWatch | BrokerError)[],
    options: StreamOptions,
  ): AsyncIterable<TokenEvent>;
  /** Every grant of a namespace that was made, changed or went. @throws BrokerError INVALID_REQUEST, DRAINING, WATCH_ENDED, STORE_UNAVAILABLE. */
  watchConnections(
    request: Partial<WatchConnectionsRequest>,
    options: StreamOptions,
  ): AsyncIterable<ConnectionEvent>;
  /** Every stream ends, and none begins any more. */
  drain(): void;
}

/** When everybody is to look again, so many do in a second. */
const LOOKS_PER_SECOND = 1000;

export const createWatching = ({
  store,
  tokens,
  logger,
  metrics,
  clock = systemClock,
  random = Math.random,
}: WatchingDeps): Watching => {
  const registry = createWatchRegistry();
  const listeners = createConnectionListeners();
  const feed = createChangeFeed({ tokens: store.tokens, hints: store.changeHints, clock, logger });
  let stopFeed: (() => void) | undefined;

  const startFeed = (): void => {
    stopFeed = feed.start({
      changed(changes) {
        registry.changed(changes);
        listeners.changed(changes);
      },
      lostTrack() {
        registry.wakeAll((registry.size() / LOOKS_PER_SECOND) * SECOND, clock.monotonicMs());
        listeners.wakeAll();
      },
    });
  };

  const count = (): void => {
    metrics.watchStreams.set(audience.size());
    metrics.watchedTokens.set(registry.size());
  };

  const audience = createAudience({
    clock,
    onTick(nowMs) {
      registry.tick(nowMs);
      count();
    },
    onPresence(isPresent) {
      if (isPresent) startFeed();
      else stopFeed?.();
      count();
    },
  });

  const looks = createSharedLooks(tokens);

  return {
    watchTokens: (watches, options) =>
      watchTokens(
        { audience, registry, looks, clock, random, grantOf: (request) => parseGrant(request) },
        watches,
        options,
      ),
    watchConnections: ({ namespace, provider = "", sinceRevision = 0n }, options) => {
      if (sinceRevision < 0n) throw invalidField("since_revision", "must be 0 or more");
      const request = { namespace: namespaceOf(namespace), provider, sinceRevision };
      return watchConnections({ audience, listeners, feed, tokens: store.tokens }, request, options);
    },
    drain: () => audience.dismiss(),
  };
};
