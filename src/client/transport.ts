import type { Interceptor, Transport } from "@connectrpc/connect";
import { createTransport as createConnectTransport } from "@connectrpc/connect/protocol-connect";
import { createTransport as createGrpcWebTransport } from "@connectrpc/connect/protocol-grpc-web";
import { authenticate, type Credentials } from "./credentials.ts";
import { createFetchClient, type Fetch } from "./fetch-client.ts";

export interface TransportOptions {
  /** Of the broker's RPC listener: `https://token-broker.internal:8080`. */
  readonly baseUrl: string;
  /** `apiKey(…)`, `jwt(…)` or your own. Default: none, for a broker that takes anybody on this machine, or the client's certificate. */
  readonly credentials?: Credentials;
  /** Default "connect". gRPC proper needs more of HTTP/2 than `fetch` gives: `createNodeTransport` in `token-broker/client/node` has it. */
  readonly protocol?: "connect" | "grpc-web";
  /** Default: the runtime's. Client certificates are whatever it makes of them. */
  readonly fetch?: Fetch;
  /** Around every call, the first one outermost; credentials are set inside. */
  readonly interceptors?: readonly Interceptor[];
}

/** A broker's answer is a few kilobytes; a hundred tokens of the greatest length are less than this. */
export const READ_MAX_BYTES = 16 * 1024 * 1024;
const WRITE_MAX_BYTES = 512 * 1024;

/** Reaches the broker by `fetch`: Node, Deno, Bun, workers, browsers. */
export const createTransport = (options: TransportOptions): Transport => {
  const { protocol = "connect", fetch = (input, init) => globalThis.fetch(input, init) } = options;
  const create = protocol === "connect" ? createConnectTransport : createGrpcWebTransport;
  return create({
    baseUrl: options.baseUrl,
    httpClient: createFetchClient(fetch),
    useBinaryFormat: true,
    interceptors: interceptorsOf(options),
    acceptCompression: [],
    sendCompression: null,
    compressMinBytes: WRITE_MAX_BYTES,
    readMaxBytes: READ_MAX_BYTES,
    writeMaxBytes: WRITE_MAX_BYTES,
  });
};

export const interceptorsOf = ({
  interceptors = [],
  credentials,
}: Pick<TransportOptions, "interceptors" | "credentials">): Interceptor[] => [
  ...interceptors,
  ...(credentials ? [authenticate(credentials)] : []),
];
