import type {
  ConnectionChange,
  ConnectionChangePage,
  Grant,
  TokenChange,
  TokenRepository,
} from "../store/index.ts";
import { connectionView, type ConnectionView } from "../tokens/index.ts";
import type { Audience, StreamOptions } from "./audience.ts";
import type { ChangeFeed } from "./change-feed.ts";

export interface WatchConnectionsRequest {
  readonly namespace: string;
  /** Empty = all. */
  readonly provider: string;
  /** 0 = every grant there is, then what changes. */
  readonly sinceRevision: bigint;
}

export type ConnectionEvent =
  | { readonly kind: "present"; readonly connection: ConnectionView; readonly position: bigint }
  | { readonly kind: "gone"; readonly grant: Grant; readonly revision: bigint; readonly position: bigint }
  | { readonly kind: "heartbeat"; readonly position: bigint };

export interface WatchConnectionsDeps {
  readonly audience: Audience;
  readonly listeners: ConnectionListeners;
  readonly feed: Pick<ChangeFeed, "settled">;
  readonly tokens: Pick<TokenRepository, "connectionsAfter" | "changesAfter">;
}

/** Streams that wait for a change in their namespace. */
export interface ConnectionListeners {
  add(listener: ConnectionListener): () => void;
  changed(changes: readonly TokenChange[]): void;
  wakeAll(): void;
}

interface ConnectionListener {
  readonly namespace: string;
  readonly provider: string;
  wake(): void;
}

export const createConnectionListeners = (): ConnectionListeners => {
  const listeners = new Set<ConnectionListener>();
  return {
    add(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    changed(changes) {
      if (listeners.size === 0) return;
      const touched = new Set(
        changes.flatMap(({ namespace, provider }) => [namespace, `${namespace}\0${provider}`]),
      );
      for (const listener of listeners) {
        const { namespace, provider } = listener;
        if (touched.has(provider === "" ? namespace : `${namespace}\0${provider}`)) listener.wake();
      }
    },
    wakeAll() {
      for (const listener of listeners) listener.wake();
    },
  };
};

const PAGE = 200;

/**
 * Every grant that was made, changed or went after a revision, in order of their latest states. The rows are the queue: a slow reader finds the latest state
 * of each, and nothing waits for it in memory but one page. What is told and not settled yet is remembered, so that it is not told again.
 *
 * @throws BrokerError DRAINING, WATCH_ENDED, STORE_UNAVAILABLE.
 */
export async function* watchConnections(
  deps: WatchConnectionsDeps,
  request: WatchConnectionsRequest,
  options: StreamOptions,
): AsyncGenerator<ConnectionEvent> {
  const { audience, listeners, tokens, feed } = deps;
  const seat = audience.seat(options);
  const { namespace, provider } = request;
  let isDirty = true;
  const wake = (): void => {
    isDirty = true;
    seat.bell.ring();
  };
  const stop = listeners.add({ namespace, provider, wake });
  let saidPosition = 0n;
  try {
    const told = createTold(await beginningOf(tokens, request.sinceRevision));
    // Who begins with everything has never heard of what went before.
    let isBeginning = told.position() === 0n;
    const read = (after: bigint): Promise<ConnectionChangePage> =>
      tokens.connectionsAfter({ namespace, provider }, after, PAGE);
    const heartbeat = (): ConnectionEvent => {
      seat.spoke();
      saidPosition = told.position();
      return { kind: "heartbeat", position: saidPosition };
    };
    while (seat.isOpen()) {
      if (isDirty) {
        isDirty = false;
        // Before the rows are read: what is settled is then among them.
        const settled = feed.settled();
        let after = told.position();
        for (let page = await read(after); ; page = await read(after)) {
          for (const change of page.changes) {
            if (!told.isNews(change)) continue;
            const position = told.note(change, settled);
            if (isBeginning && change.kind === "gone") continue;
            seat.spoke();
            saidPosition = position;
            yield eventOf(change, saidPosition);
            if (!seat.isOpen()) return;
          }
          if (page.last === undefined || !page.isFull) break;
          after = page.last;
        }
        told.settle(settled);
        isBeginning = false;
        if (saidPosition === 0n && told.position() > 0n) yield heartbeat();
      } else if (seat.owesHeartbeat()) {
        // Whatever was settled has woken this stream before.
        told.settle(feed.settled());
        yield heartbeat();
      } else {
        await seat.bell.heard();
      }
    }
  } finally {
    stop();
    seat.leave();
  }
}

const END = 2n ** 62n;

/** A revision that nobody has drawn is of a database that is no more: its caller learns everything anew. */
const beginningOf = async (
  tokens: WatchConnectionsDeps["tokens"],
  sinceRevision: bigint,
): Promise<bigint> => {
  if (sinceRevision === 0n) return 0n;
  const { drawn } = await tokens.changesAfter(END, 1);
  return sinceRevision > drawn ? 0n : sinceRevision;
};

const eventOf = (change: ConnectionChange, position: bigint): ConnectionEvent =>
  change.kind === "present"
    ? { kind: "present", connection: connectionView(change.row), position }
    : { kind: "gone", grant: change.key, revision: change.revision, position };

/** How far a stream has told everything, and what of the rest. */
const createTold = (sinceRevision: bigint) => {
  let position = sinceRevision;
  const unsettled = new Map<string, bigint>();
  const moveTo = (revision: bigint): void => {
    if (revision <= position) return;
    position = revision;
    for (const [id, told] of unsettled) if (told <= position) unsettled.delete(id);
  };
  return {
    position: () => position,
    isNews: ({ id, revision }: ConnectionChange): boolean => unsettled.get(id) !== revision,
    /** Changes come in order: when one is settled, all before it have been told. Answers the position after it. */
    note({ id, revision }: ConnectionChange, settled: bigint | undefined): bigint {
      if (settled !== undefined && revision <= settled) moveTo(revision);
      else {
        unsettled.set(id, revision);
        if (settled !== undefined) moveTo(settled);
      }
      return position;
    },
    /** Everything up to here has been read and told. */
    settle(settled: bigint | undefined): void {
      if (settled !== undefined) moveTo(settled);
    },
  };
};
