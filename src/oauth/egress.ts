import { readFileSync } from "node:fs";
import { getCACertificates } from "node:tls";
import { buildConnector } from "undici";
import { SECOND } from "../time.ts";
import type { Trust } from "./client.ts";
import { type CallOptions, type Connector, sendOnce } from "./egress-call.ts";
import { EgressFailure } from "./egress-failure.ts";
import { guardedLookup, type Resolve, systemResolve } from "./egress-lookup.ts";
import { type EgressRules, isInReach, type Reach, reachOf } from "./egress-policy.ts";

export interface EgressOptions extends EgressRules {
  /** PEM file with certificates trusted besides the system's. Read once, when the egress is created. */
  readonly caFile?: string | undefined;
  /** For one request, from the name lookup to the last byte. 15 s is a sensible value. */
  readonly timeoutMs: number;
  /** For lookup, TCP and TLS together. Default 3 s. */
  readonly connectTimeoutMs?: number;
  /** Of the body, decompressed. Default 1 MiB. */
  readonly maxBodyBytes?: number;
  /** Default: the system's resolver. */
  readonly resolve?: Resolve;
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
   * followed. `init.signal` ends the call. No cookies, and no proxy out of the environment: a proxy would connect where this process cannot look.
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
  const connectors = connectorsFor(options);
  const underWay: CallOptions["underWay"] = new Set();
  let closed = false;
  const maxBodyBytes = options.maxBodyBytes ?? DEFAULT_MAX_BODY_BYTES;
  return {
    check: (url, trust) => void reachOf(options, new URL(url), trust),
    async fetch(url, init, { trust, deadlineMs, headersOnly = false }) {
      const target = new URL(url);
      const reach = reachOf(options, target, trust);
      if (closed || init.signal?.aborted) throw new EgressFailure("aborted", { sent: false });
      return await sendOnce(target, init, {
        connector: connectors[reach],
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

/** One connector for each reach: what a name may resolve to is decided before the connection, and TLS sessions are not shared between them. */
const connectorsFor = (options: EgressOptions): Record<Reach, Connector> => {
  const ca = options.caFile === undefined ? undefined : [...getCACertificates(), readCaFile(options.caFile)];
  const connectorFor = (reach: Reach): Connector =>
    buildConnector({
      allowH2: false,
      // Said here so that NODE_TLS_REJECT_UNAUTHORIZED and --tls-min-v1.0 cannot say otherwise.
      rejectUnauthorized: true,
      minVersion: "TLSv1.2",
      timeout: options.connectTimeoutMs ?? DEFAULT_CONNECT_TIMEOUT_MS,
      lookup: guardedLookup(options.resolve ?? systemResolve, (address) => isInReach(reach, address)),
      ...(ca ? { ca } : {}),
    });
  return {
    public: connectorFor("public"),
    private: connectorFor("private"),
    loopback: connectorFor("loopback"),
  };
};

const readCaFile = (path: string): string => {
  const pem = readFileSync(path, "utf8");
  if (!pem.includes("-----BEGIN CERTIFICATE-----"))
    throw new Error("BROKER_EGRESS_CA_FILE holds no PEM certificate; give a file with CERTIFICATE blocks");
  return pem;
};
