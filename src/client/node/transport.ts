import { readFileSync } from "node:fs";
import type { SecureClientSessionOptions } from "node:http2";
import type { Transport } from "@connectrpc/connect";
import { createConnectTransport, createGrpcTransport, Http2SessionManager } from "@connectrpc/connect-node";
import { interceptorsOf, READ_MAX_BYTES, type TransportOptions } from "../transport.ts";

/** PEM files, read for every connection that is opened: renewed ones are used without a restart. */
export interface TlsFiles {
  /** Who vouches for the broker; default: the public authorities. */
  readonly caFile?: string;
  /** The certificate that proves this service (mTLS). */
  readonly certFile?: string;
  readonly keyFile?: string;
}

export interface NodeTransportOptions extends Pick<
  TransportOptions,
  "baseUrl" | "credentials" | "interceptors"
> {
  /** Default "connect". */
  readonly protocol?: "connect" | "grpc";
  readonly tls?: TlsFiles;
}

export interface NodeTransport extends Transport, Disposable {
  /** Closes the connection, which would otherwise keep the process until it has been idle for 15 minutes. */
  close(): void;
}

/** So long an idle connection is trusted; a dead one is noticed by a ping that is not answered. */
const PING_INTERVAL_MS = 30_000;
const PING_TIMEOUT_MS = 5000;

/** Connect or gRPC over one HTTP/2 connection. @throws Error when a file cannot be read. */
export const createNodeTransport = (options: NodeTransportOptions): NodeTransport => {
  const { baseUrl, protocol = "connect", tls = {} } = options;
  const sessionManager = new Http2SessionManager(
    baseUrl,
    { pingIntervalMs: PING_INTERVAL_MS, pingTimeoutMs: PING_TIMEOUT_MS },
    sessionOptions(tls),
  );
  const create = protocol === "connect" ? createConnectTransport : createGrpcTransport;
  const transport = create({
    httpVersion: "2",
    baseUrl,
    sessionManager,
    useBinaryFormat: true,
    interceptors: interceptorsOf(options),
    readMaxBytes: READ_MAX_BYTES,
  });
  const close = (): void => sessionManager.abort();
  return { ...transport, close, [Symbol.dispose]: close };
};

/** `http2.connect` reads the properties with every connection it opens. */
const sessionOptions = ({ caFile, certFile, keyFile }: TlsFiles): SecureClientSessionOptions => {
  const options = {};
  for (const [name, path] of Object.entries({ ca: caFile, cert: certFile, key: keyFile }))
    if (path !== undefined)
      Object.defineProperty(options, name, { enumerable: true, get: () => readFileSync(path, "utf8") });
  return options;
};
