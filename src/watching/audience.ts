import { BrokerError } from "../errors.ts";
import { type Clock, SECOND } from "../time.ts";
import { type Bell, createBell } from "./bell.ts";

export interface StreamOptions {
  /** Ends with the caller. */
  readonly signal: AbortSignal;
  /** Asks again whether the caller may still watch. Throws, or rejects, when its right has ended. Default: it may. */
  readonly stillAllowed?: (() => void | Promise<void>) | undefined;
}

/** One open stream. */
export interface Seat {
  readonly bell: Bell;
  /** @throws BrokerError when the stream is to end: DRAINING, WATCH_ENDED. False = its caller went away. */
  isOpen(): boolean;
  /** Something was said just now. */
  spoke(): void;
  /** Nothing has been said for so long that the caller may doubt it. */
  owesHeartbeat(): boolean;
  readonly leave: () => void;
}

/** All open streams of this process, behind one timer. */
export interface Audience {
  /** @throws BrokerError DRAINING. */
  seat(options: StreamOptions): Seat;
  size(): number;
  /** Every stream ends, and none begins any more. */
  dismiss(): void;
}

export interface AudienceDeps {
  readonly clock: Clock;
  /** A second has passed, about. */
  readonly onTick: (nowMs: number) => void;
  /** The first stream has come (true), or the last one has gone (false). */
  readonly onPresence: (isPresent: boolean) => void;
}

const TICK_MS = 1 * SECOND;
export const HEARTBEAT_MS = 30 * SECOND;
/** A key that was taken away, or a certificate or a token that ran out, ends its streams within this time. */
export const ASK_AGAIN_MS = 10 * SECOND;

interface Member {
  readonly bell: Bell;
  readonly stillAllowed: StreamOptions["stillAllowed"];
  spokeAtMs: number;
  askAtMs: number;
  end: BrokerError | undefined;
}

export const createAudience = ({ clock, onTick, onPresence }: AudienceDeps): Audience => {
  const members = new Set<Member>();
  let ticking: NodeJS.Timeout | undefined;
  let isDismissed = false;

  const tick = (): void => {
    const nowMs = clock.monotonicMs();
    for (const member of members) {
      if (nowMs - member.spokeAtMs >= HEARTBEAT_MS) member.bell.ring();
      if (member.stillAllowed && nowMs >= member.askAtMs) {
        member.askAtMs = nowMs + ASK_AGAIN_MS;
        void askAgain(member);
      }
    }
    onTick(nowMs);
  };

  return {
    seat({ signal, stillAllowed }) {
      if (isDismissed) throw draining();
      const bell = createBell();
      const nowMs = clock.monotonicMs();
      // From a moment within the interval, so that those who come together are not asked about together.
      const askAtMs = nowMs + Math.random() * ASK_AGAIN_MS;
      const member: Member = { bell, stillAllowed, spokeAtMs: nowMs, askAtMs, end: undefined };
      const ring = (): void => bell.ring();
      signal.addEventListener("abort", ring, { once: true });
      members.add(member);
      if (members.size === 1) {
        ticking = setInterval(tick, TICK_MS).unref();
        onPresence(true);
      }
      return {
        bell,
        isOpen() {
          if (member.end) throw member.end;
          return !signal.aborted;
        },
        spoke() {
          member.spokeAtMs = clock.monotonicMs();
        },
        owesHeartbeat: () => clock.monotonicMs() - member.spokeAtMs >= HEARTBEAT_MS,
        leave() {
          signal.removeEventListener("abort", ring);
          if (!members.delete(member) || members.size > 0) return;
          clearInterval(ticking);
          onPresence(false);
        },
      };
    },
    size: () => members.size,
    dismiss() {
      isDismissed = true;
      for (const member of members) endWith(member, draining());
    },
  };
};

const endWith = (member: Member, error: BrokerError): void => {
  member.end ??= error;
  member.bell.ring();
};

const askAgain = async (member: Member): Promise<void> => {
  try {
    await member.stillAllowed?.();
  } catch (cause) {
    if (!isUndecided(cause)) endWith(member, rightEnded(cause));
  }
};

/** Whoever decides cannot be asked at present (keys, a policy, a database): the stream goes on until the next time. */
const isUndecided = (cause: unknown): boolean =>
  cause instanceof BrokerError && cause.code.endsWith("_UNAVAILABLE");

const draining = (): BrokerError =>
  new BrokerError("DRAINING", "this replica is shutting down: watch again, with the last revision");

const rightEnded = (cause: unknown): BrokerError =>
  new BrokerError(
    "WATCH_ENDED",
    "the credentials or rights that this stream began with have ended: watch again, with those that hold now",
    { cause },
  );
