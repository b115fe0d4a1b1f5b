import { SECOND } from "../time.ts";
import type { SecretText, Trust } from "./client.ts";
import { type CallOptions, sendOnce } from "./egress-call.ts";
import { type ConnectorOptions, createConnectors } from "./egress-connectors.ts";
import { EgressFailure } from "./egress-failure.ts";
import { assertByProxy, type EgressRules, reachOf } from "./egress-policy.ts";

export interface EgressProxy {
  readonly url: SecretText;
  /** Its owner states that it refuses addresses that are not public; without it only what an operator named goes through. */
  readonly blocksPrivate: boolean;
}

export interface EgressOptions
  extends EgressRules, Pick<ConnectorOptions, "caFile" | "resolve" | "logger" | "clock"> {
  /** Everything but what `insecureLoopback` allows goes by it. */
  readonly proxy?: EgressProxy | undefined;
  /** For one request, from the name lookup to the last byte. 15 s is a sensible value. */
  readonly timeoutMs: number;
  /** For lookup, TCP and TLS together; behind a proxy for the tunnel, and once more for TLS in it. Default 3 s. */
  readonly connectTimeoutMs?: number;
  /** Of the body, decompressed. Default 1 MiB. */
  readonly maxBodyBytes?: number;
}

export interface EgressFetchOptions {
  readonly trust: Trust;
  /** Milliseconds from now until the whole body must be there. Default and upper bound: the egress's own `timeoutMs`. */
  readonly deadlineMs?: number | undefined;
  /** Status and headers alone: the answer has no body, however long or slow the server's is. Default false. */
  readonly headersOnly?: boolean | undefined;
}

/** The one way out of the process. Everything that leaves for a provider, a discovered server or a key set goes through here. */
export interface Egress {
  /**
   * Sends one request on a connection of its own and returns the answer with its whole body read and decompressed. A redirect is returned, never
   * followed. `init.signal` ends the call. No cookies, and no proxy out of the environment: a
   * proxy connects where this process cannot look, so the operator has to name it as one that may.
   *
   * @throws BrokerError EGRESS_DENIED when the URL, or an address behind its name, is not allowed; nothing was connected.
   * @throws EgressFailure for everything else that prevents an answer.
   */
  fetch(url: string, init: RequestInit, options: EgressFetchOptions): Promise<Response>;
  /**
   * Judges a URL without calling it, as far as that goes without a look at its name's addresses.
   *
   * @throws BrokerError EGRESS_DENIED.
   */
  check(url: string, trust: Trust): void;
  /** Ends what is under way and refuses what comes later. */
  close(): Promise<void>;
}

const DEFAULT_CONNECT_TIMEOUT_MS = 3 * SECOND;
const DEFAULT_MAX_BODY_BYTES = 1024 * 1024;

export const createEgress = (options: EgressOptions): Egress => {
  const { proxy, connectTimeoutMs = DEFAULT_CONNECT_TIMEOUT_MS } = options;
  const connectors = createConnectors({ ...options, connectTimeoutMs, proxyUrl: proxy?.url });
  const underWay: CallOptions["underWay"] = new Set();
  let closed = false;
  const maxBodyBytes = options.maxBodyBytes ?? DEFAULT_MAX_BODY_BYTES;
  return {
    check: (url, trust) => void reachOf(options, new URL(url), trust),
    async fetch(url, init, { trust, deadlineMs, headersOnly = false }) {
      const target = new URL(url);
      const reach = reachOf(options, target, trust);
      if (proxy && reach !== "loopback") assertByProxy(target, reach, proxy.blocksPrivate);
      if (closed || init.signal?.aborted) throw new EgressFailure("aborted", { sent: false });
      return await sendOnce(target, init, {
        connector: connectors.current()[reach],
        deadlineMs: Math.min(deadlineMs ?? options.timeoutMs, options.timeoutMs),
        maxBodyBytes,
        headersOnly,
        underWay,
      });
    },
    async close() {
      closed = true;
      for (const end of underWay) end();
    },
  };
};
