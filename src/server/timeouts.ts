import { HOUR, MINUTE, SECOND } from "../time.ts";

/** How long a client may take, so that a slow one costs a connection for a while and no more. */
export interface RpcTimeouts {
  /** Of the TLS handshake; without TLS from connecting to the first bytes, which tell the protocol. */
  readonly firstBytesMs: number;
  /** From there to the end of the headers in HTTP/1.1, to the client's settings in HTTP/2. */
  readonly headersMs: number;
  /** From a request's beginning to the end of its body. In HTTP/2 a stream of requests (reflection) ends with it as well. */
  readonly requestMs: number;
  /** HTTP/2: without a frame of either side. */
  readonly sessionIdleMs: number;
  /** Of a connection, give or take a tenth: `BROKER_MAX_CONNECTION_AGE_SECONDS`. */
  readonly maxAgeMs: number;
}

export const RPC_TIMEOUTS: RpcTimeouts = {
  firstBytesMs: 10 * SECOND,
  headersMs: 10 * SECOND,
  requestMs: MINUTE,
  sessionIdleMs: 10 * MINUTE,
  maxAgeMs: HOUR,
};
