import { createClient, type Transport } from "@connectrpc/connect";
import { TokenBrokerService } from "../../gen/ts-client/tokenbroker/v1/token_broker_service_pb.ts";
import type { AccessToken } from "./access-token.ts";
import { askInBatches } from "./batch.ts";
import { identityOf, type TokenRequest } from "./connection.ts";
import type { BrokerClient, TokenBrokerError } from "./errors.ts";
import {
  createTokenSource,
  type ManagedSource,
  type TokenOptions,
  type TokenSource,
} from "./token-source.ts";
import { createWatcher } from "./watcher.ts";

export interface TokenBrokerOptions {
  /** Of `createTransport`, or of `createNodeTransport` in `token-broker/client/node`, or any other of Connect. */
  readonly transport: Transport;
  /** Default true: the broker tells of changes by stream, where it can. False: tokens are asked for again when the broker wants it. */
  readonly watch?: boolean;
  /** Refresh unless a token is good for so long. Default 0. */
  readonly minTtlMs?: number;
  /** How long anybody waits for a token, retries included. Default 20 s. */
  readonly timeoutMs?: number;
  /** Tokens that nobody asks for are forgotten and not followed any more. Default 15 min. */
  readonly idleMs?: number;
}

/** What came of one request of several. */
export type TokenOutcome =
  | { readonly ok: true; readonly token: AccessToken }
  | { readonly ok: false; readonly error: TokenBrokerError };

/** The broker, as a service sees it. One for a process; close it at the end. */
export interface TokenBroker extends Disposable {
  /** The same source for the same connection. */
  tokenSource(request: TokenRequest): TokenSource;
  /**
   * Many tokens at once, in the order of the requests: from memory, and for the rest one call for each hundred. An item that fails takes no other along.
   *
   * @throws TokenBrokerError when a whole call fails; the signal's reason.
   */
  tokens(
    requests: readonly TokenRequest[],
    options?: Omit<TokenOptions, "minTtlMs">,
  ): Promise<TokenOutcome[]>;
  /** Every other RPC of the service, as generated. */
  readonly client: BrokerClient;
  /** Ends the streams. */
  close(): void;
}

const TIMEOUT_MS = 20_000;
const IDLE_MS = 15 * 60_000;

export const createTokenBroker = (options: TokenBrokerOptions): TokenBroker => {
  const { transport, watch = true, minTtlMs = 0, timeoutMs = TIMEOUT_MS, idleMs = IDLE_MS } = options;
  const client = createClient(TokenBrokerService, transport);
  const watcher = watch ? createWatcher(client) : undefined;
  const sources = new Map<string, ManagedSource>();
  let nextTidyMs = performance.now() + idleMs;
  let isClosed = false;

  const forgetIdle = (): void => {
    const nowMs = performance.now();
    if (nowMs < nextTidyMs) return;
    nextTidyMs = nowMs + idleMs / 2;
    for (const [identity, source] of sources) {
      if (nowMs - source.lastUsedMs < idleMs) continue;
      sources.delete(identity);
      watcher?.remove(source);
    }
  };
  const assertOpen = (): void => {
    if (isClosed) throw new Error("this client of the token broker is closed");
  };
  const onUse = (source: ManagedSource): void => {
    assertOpen();
    forgetIdle();
    watcher?.add(source);
  };
  const sourceOf = (request: TokenRequest): ManagedSource => {
    const identity = identityOf(request);
    const known = sources.get(identity);
    if (known) return known;
    const source = createTokenSource(request, { client, minTtlMs, timeoutMs, onUse });
    sources.set(identity, source);
    return source;
  };
  const close = (): void => {
    isClosed = true;
    watcher?.close();
    sources.clear();
  };
  return {
    client,
    tokenSource: sourceOf,
    async tokens(requests, { timeoutMs: patienceMs = timeoutMs, signal } = {}) {
      assertOpen();
      return await askInBatches(client, requests.map(sourceOf), { timeoutMs: patienceMs, signal });
    },
    close,
    [Symbol.dispose]: close,
  };
};
