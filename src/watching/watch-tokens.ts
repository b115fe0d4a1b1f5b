import { BrokerError } from "../errors.ts";
import type { Grant } from "../store/index.ts";
import type { Clock } from "../time.ts";
import type { TokenAnswer } from "../tokens/index.ts";
import type { Audience, Seat, StreamOptions } from "./audience.ts";
import { nextLookMs } from "./next-look.ts";
import type { SharedLooks } from "./shared-looks.ts";
import type { WatchRegistry } from "./watch-registry.ts";
import { isNews, stateOf, type TokenWatch, type WatchedToken } from "./watched-token.ts";

/** What a stream says: the state of one of its watches, or that it is still there. */
export type TokenEvent =
  | { readonly kind: "state"; readonly index: number; readonly answer: TokenAnswer }
  | { readonly kind: "heartbeat" };

export interface WatchTokensDeps {
  readonly audience: Audience;
  readonly registry: WatchRegistry;
  readonly looks: SharedLooks;
  readonly clock: Clock;
  readonly random: () => number;
  /** @throws BrokerError INVALID_REQUEST. */
  readonly grantOf: (request: TokenWatch["request"]) => Grant;
}

/** Answers of one stream that wait for its reader at most; what changes beyond is looked at when there is room. */
const ROOM = 50;

interface Said {
  readonly index: number;
  readonly answer: TokenAnswer;
}

interface Answered {
  readonly watch: WatchedToken;
  readonly answer: TokenAnswer;
}

/**
 * The state of each watch, then every change of it. Nothing is queued but what is being looked at: a watch that changes while its stream is slow is
 * looked at once, when the reader is there again, and tells of the latest state alone. A malformed watch says so and nothing else.
 *
 * @throws BrokerError DRAINING, WATCH_ENDED.
 */
export async function* watchTokens(
  deps: WatchTokensDeps,
  asked: readonly (TokenWatch | BrokerError)[],
  options: StreamOptions,
): AsyncGenerator<TokenEvent> {
  const seat = deps.audience.seat(options);
  const line = createLine(deps, asked, seat);
  try {
    while (seat.isOpen()) {
      const next = line.next();
      if (next) {
        seat.spoke();
        yield { kind: "state", ...next };
      } else if (seat.owesHeartbeat()) {
        seat.spoke();
        yield { kind: "heartbeat" };
      } else {
        await seat.bell.heard();
      }
    }
  } finally {
    line.close();
    seat.leave();
  }
}

/** The watches of one stream: which of them are to be looked at, and what the looks found. */
const createLine = (deps: WatchTokensDeps, asked: readonly (TokenWatch | BrokerError)[], { bell }: Seat) => {
  const { registry, looks, clock, random } = deps;
  const dirty: WatchedToken[] = [];
  const answered: Answered[] = [];
  const members: { readonly grant: Grant; readonly watch: WatchedToken }[] = [];
  /** Malformed watches: told once, and no more. */
  const refused: Said[] = [];
  let looking = 0;
  let isClosed = false;

  const wake = (watch: WatchedToken): void => {
    if (watch.isDirty) return;
    watch.isDirty = true;
    dirty.push(watch);
    bell.ring();
  };

  const found = (watch: WatchedToken, answer: TokenAnswer): void => {
    looking -= 1;
    watch.isBusy = false;
    if (isClosed) return;
    const inMs = nextLookMs(answer, random);
    registry.setDue(watch, inMs === undefined ? undefined : clock.monotonicMs() + inMs);
    answered.push({ watch, answer });
    bell.ring();
  };

  const look = (watch: WatchedToken): void => {
    watch.isDirty = false;
    watch.isBusy = true;
    looking += 1;
    const { request } = watch;
    // A report of a refused token counts once.
    if (request.rejectedVersion !== undefined) watch.request = { ...request, rejectedVersion: undefined };
    void looks.look(request).then((answer) => found(watch, answer));
  };

  /** A watch whose look is under way waits for its end: its answer may be of before the change. */
  const lookAtSome = (): void => {
    for (let left = dirty.length; left > 0 && looking + answered.length < ROOM; left -= 1) {
      const watch = dirty.shift()!;
      if (watch.isBusy) dirty.push(watch);
      else look(watch);
    }
  };

  const enter = (index: number, { request, sinceRevision }: TokenWatch): void => {
    const watch: WatchedToken = {
      index,
      request,
      sinceRevision,
      isDirty: false,
      isBusy: false,
      said: undefined,
      dueSecond: undefined,
      wake,
    };
    const grant = deps.grantOf(request);
    members.push({ grant, watch });
    registry.add(grant, watch);
    wake(watch);
  };

  for (const [index, watch] of asked.entries()) {
    try {
      if (watch instanceof BrokerError) throw watch;
      enter(index, watch);
    } catch (reason) {
      refused.push({ index, answer: { ok: false, revision: 0n, reason } });
    }
  }

  return {
    /** The next thing to say; undefined = nothing for now. */
    next(): Said | undefined {
      const refusal = refused.shift();
      if (refusal) return refusal;
      lookAtSome();
      for (let one = answered.shift(); one; one = answered.shift()) {
        // What has changed since is looked at again.
        if (one.watch.isDirty || !isNews(one.watch, one.answer)) continue;
        one.watch.said = stateOf(one.answer);
        return { index: one.watch.index, answer: one.answer };
      }
      lookAtSome();
      return undefined;
    },
    close(): void {
      isClosed = true;
      for (const { grant, watch } of members) registry.remove(grant, watch);
    },
  };
};
