import { MINUTE, SECOND } from "../time.ts";

/** How long a client may take, so that a slow one costs a connection for a while and no more. */
export interface RpcTimeouts {
  /** From connecting to the first bytes, which tell the protocol. */
  readonly firstBytesMs: number;
  /** HTTP/1.1: from there to the end of the headers. */
  readonly headersMs: number;
  /** From a request's beginning to the end of its body. In HTTP/2 a stream of requests (reflection) ends with it as well. */
  readonly requestMs: number;
  /** HTTP/2: without a frame of either side. */
  readonly sessionIdleMs: number;
}

export const RPC_TIMEOUTS: RpcTimeouts = {
  firstBytesMs: 10 * SECOND,
  headersMs: 10 * SECOND,
  requestMs: MINUTE,
  sessionIdleMs: 10 * MINUTE,
};
