import type { TokenResult } from "../../gen/ts-client/tokenbroker/v1/token_pb.ts";
import { toAccessToken } from "./access-token.ts";
import {
  type BrokerClient,
  fromStatus,
  reconnectOf,
  TokenBrokerError,
  toTokenBrokerError,
} from "./errors.ts";
import { withRetries } from "./retry.ts";
import type { TokenOutcome } from "./token-broker.ts";
import type { ManagedSource } from "./token-source.ts";

/** The contract's limit for one call. */
const PER_CALL = 100;

export interface BatchOptions {
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
}

/** What the sources have in memory, and the rest from the broker. An older one without batches is asked one by one. */
export const askInBatches = async (
  client: BrokerClient,
  sources: readonly ManagedSource[],
  options: BatchOptions,
): Promise<TokenOutcome[]> => {
  options.signal?.throwIfAborted();
  const outcomes = new Map<ManagedSource, TokenOutcome>();
  const missing = [...new Set(sources)].filter((source) => {
    const token = source.peek();
    if (token) outcomes.set(source, { ok: true, token });
    return token === undefined;
  });
  const calls: Promise<void>[] = [];
  for (let first = 0; first < missing.length; first += PER_CALL)
    calls.push(askOnce(client, missing.slice(first, first + PER_CALL), options, outcomes));
  await Promise.all(calls);
  return sources.map((source) => outcomes.get(source) ?? { ok: false, error: noAnswer(source) });
};

const askOnce = async (
  client: BrokerClient,
  sources: readonly ManagedSource[],
  { timeoutMs, signal }: BatchOptions,
  outcomes: Map<ManagedSource, TokenOutcome>,
): Promise<void> => {
  const endMs = performance.now() + timeoutMs;
  try {
    const { results } = await withRetries(
      (attempt) => client.batchGetTokens({ requests: sources.map(({ wire }) => wire) }, attempt),
      {
        signal: signal ?? new AbortController().signal,
        deadlineMs: () => endMs,
        toError: (thrown) => toTokenBrokerError(thrown, undefined, undefined),
      },
    );
    for (const [index, source] of sources.entries())
      outcomes.set(source, toOutcome(client, source, results[index]));
  } catch (error) {
    if (!(error instanceof TokenBrokerError) || error.code !== "unimplemented") throw error;
    await Promise.all(
      sources.map(async (source) => void outcomes.set(source, await single(source, timeoutMs, signal))),
    );
  }
};

const single = async (
  source: ManagedSource,
  timeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<TokenOutcome> => {
  try {
    return { ok: true, token: await source.token({ timeoutMs, ...(signal && { signal }) }) };
  } catch (error) {
    if (error instanceof TokenBrokerError) return { ok: false, error };
    throw error;
  }
};

const toOutcome = (
  client: BrokerClient,
  source: ManagedSource,
  result: TokenResult | undefined,
): TokenOutcome => {
  const answer = result?.result;
  if (answer?.case === "token") {
    const token = toAccessToken(answer.value);
    source.accept(token);
    return { ok: true, token };
  }
  if (answer?.case !== "error") return { ok: false, error: noAnswer(source) };
  const reconnect = reconnectOf(client, source.request);
  return { ok: false, error: toTokenBrokerError(fromStatus(answer.value), source.request, reconnect) };
};

const noAnswer = ({ request }: ManagedSource): TokenBrokerError =>
  new TokenBrokerError("the broker's answer has no item for this request", {
    code: "internal",
    reason: "",
    metadata: {},
    retryAfterMs: undefined,
    connection: request,
  });
