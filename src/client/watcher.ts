import type { MessageInitShape } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import type {
  GetTokenResponse,
  WatchTokenRequestSchema,
  WatchTokensResponse,
} from "../../gen/ts-client/tokenbroker/v1/token_pb.ts";
import type { WireRequest } from "./connection.ts";
import { type BrokerClient, fromStatus, toTokenBrokerError } from "./errors.ts";
import { retryDelayMs, sleep } from "./retry.ts";

/** Who is told what happens to a token. */
export interface WatchedToken {
  readonly wire: WireRequest;
  onToken(response: GetTokenResponse): void;
  /** There is no token any more, or none for now. */
  onFailure(error: ConnectError): void;
  /** Whether changes are told as they happen. */
  onLive(isLive: boolean): void;
}

/** Follows tokens by WatchTokens, many on one stream. */
export interface Watcher {
  /** More than once does no harm. */
  add(token: WatchedToken): void;
  remove(token: WatchedToken): void;
  close(): void;
}

/** The contract's limit for one stream. */
const PER_STREAM = 500;

/** More streams than this are put together to full ones: an HTTP/2 connection has a hundred for everything. */
const MOST_STREAMS = 4;

/** Tokens that are first used at the same moment share a stream. */
const GATHER_MS = 20;

/** The broker says something every 30 s. */
const SILENCE_MS = 75_000;

const MAX_DELAY_MS = 30_000;

/** A broker without streams may be a newer one when it is asked again. */
const UNIMPLEMENTED_MS = 10 * 60_000;

/** The tokens of one stream. */
interface Group {
  readonly controller: AbortController;
  /** How many the stream carries; more than are still of the group, when some were let go since. */
  carried: number;
}

export const createWatcher = (client: BrokerClient): Watcher => {
  const revisions = new Map<WatchedToken, bigint>();
  const waiting = new Set<WatchedToken>();
  const homes = new Map<WatchedToken, Group>();
  const groups = new Set<Group>();
  let gathering: ReturnType<typeof setTimeout> | undefined;
  let quietUntilMs = 0;
  let isClosed = false;

  const gather = (delayMs = GATHER_MS): void => {
    if (gathering !== undefined || isClosed) return;
    gathering = setTimeout(() => {
      gathering = undefined;
      open();
    }, delayMs);
  };

  const open = (): void => {
    if (groups.size >= MOST_STREAMS) for (const group of groups) disband(group);
    const tokens = [...waiting];
    waiting.clear();
    for (let first = 0; first < tokens.length; first += PER_STREAM) {
      const group: Group = { controller: new AbortController(), carried: 0 };
      for (const token of tokens.slice(first, first + PER_STREAM)) homes.set(token, group);
      groups.add(group);
      void follow(group);
    }
  };

  /** Its tokens wait for another stream. */
  const disband = (group: Group): void => {
    group.controller.abort();
    if (!groups.delete(group)) return;
    for (const token of tokensOf(group)) {
      homes.delete(token);
      token.onLive(false);
      waiting.add(token);
    }
  };

  const tokensOf = (group: Group): WatchedToken[] =>
    [...homes].flatMap(([token, home]) => (home === group ? [token] : []));

  const follow = async (group: Group): Promise<void> => {
    const { signal } = group.controller;
    for (let failures = 0; !signal.aborted; failures += 1) {
      if (tokensOf(group).length === 0) return void groups.delete(group);
      const ended = await stream(group, () => (failures = 0));
      if (signal.aborted) return;
      for (const token of tokensOf(group)) token.onLive(false);
      if (ended.code === Code.Unimplemented) return giveUp(group);
      await sleep(delayAfter(ended, failures), signal).catch(() => undefined);
    }
  };

  /** Every token is added again when it is used after that. */
  const giveUp = (group: Group): void => {
    quietUntilMs = performance.now() + UNIMPLEMENTED_MS;
    disband(group);
    for (const token of waiting) revisions.delete(token);
    waiting.clear();
  };

  /** Resolves with why it ended. */
  const stream = async (group: Group, onMessage: () => void): Promise<ConnectError> => {
    const { signal } = group.controller;
    const silence = createSilence();
    const tokens = tokensOf(group);
    group.carried = tokens.length;
    const watches = tokens.map((token): MessageInitShape<typeof WatchTokenRequestSchema> => ({
      request: token.wire,
      sinceRevision: revisions.get(token) ?? 0n,
    }));
    try {
      const answers = client.watchTokens(
        { watches },
        { signal: AbortSignal.any([signal, silence.signal]), timeoutMs: 0 },
      );
      for await (const message of answers) {
        silence.broken();
        onMessage();
        for (const token of tokens) if (homes.get(token) === group) token.onLive(true);
        const token = tokens[message.index];
        if (token && homes.get(token) === group) tell(token, message);
      }
      return new ConnectError("the stream ended", Code.Unavailable);
    } catch (thrown) {
      return silence.signal.aborted
        ? new ConnectError("silence", Code.Unavailable)
        : ConnectError.from(thrown);
    } finally {
      silence.end();
    }
  };

  const tell = (token: WatchedToken, { event }: WatchTokensResponse): void => {
    if (event === undefined) return;
    revisions.set(token, event.revision);
    const answer = event.result?.result;
    if (answer?.case === "token") token.onToken(answer.value);
    if (answer?.case === "error") token.onFailure(fromStatus(answer.value));
  };

  return {
    add(token) {
      if (revisions.has(token) || isClosed || performance.now() < quietUntilMs) return;
      revisions.set(token, 0n);
      waiting.add(token);
      gather();
    },
    remove(token) {
      const home = homes.get(token);
      revisions.delete(token);
      waiting.delete(token);
      homes.delete(token);
      token.onLive(false);
      if (home === undefined) return;
      const left = tokensOf(home).length;
      if (left * 2 > home.carried) return;
      // Half of what the broker keeps warm for this stream is for nobody.
      disband(home);
      if (left > 0) gather();
    },
    close() {
      isClosed = true;
      clearTimeout(gathering);
      for (const group of groups) disband(group);
      homes.clear();
      revisions.clear();
      waiting.clear();
    },
  };
};

/** Ends a stream that says nothing for too long: its connection may be gone without a word. */
const createSilence = () => {
  const controller = new AbortController();
  let timer = setTimeout(() => controller.abort(), SILENCE_MS);
  return {
    signal: controller.signal,
    broken(): void {
      clearTimeout(timer);
      timer = setTimeout(() => controller.abort(), SILENCE_MS);
    },
    end: (): void => clearTimeout(timer),
  };
};

/** What the broker asks for; else as after a broken connection, and rarely where it refuses. */
const delayAfter = (ended: ConnectError, failures: number): number => {
  const error = toTokenBrokerError(ended, undefined, undefined);
  return Math.min(MAX_DELAY_MS, retryDelayMs(error, failures) ?? MAX_DELAY_MS);
};
