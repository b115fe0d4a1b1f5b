import type { Server as Http1Server, ServerResponse } from "node:http";
import type { Http2Server, ServerHttp2Session } from "node:http2";
import { createServer, type Server, type Socket } from "node:net";
import type { FollowedFile, ListenAddress, TlsMaterial } from "../config/index.ts";
import type { RpcHandler } from "./adapter.ts";
import { sniffProtocol } from "./first-bytes.ts";
import { createHttp1Server } from "./http1-server.ts";
import { createHttp2Server } from "./http2-server.ts";
import { listenOn } from "./listen-on.ts";
import { RPC_TIMEOUTS, type RpcTimeouts } from "./timeouts.ts";
import { createTlsServer } from "./tls-server.ts";

/**
 * A port that speaks HTTP/1.1 and HTTP/2. In clear (h2c with prior knowledge) the first bytes of a connection decide, because Node has no server for
 * both; over TLS the handshake does (ALPN), and the same two servers take the connection, so that every limit is the same.
 */
export interface RpcListener {
  /** Resolves with the address that was bound, with the port that the system chose for port 0. Rejects with the system's error (EADDRINUSE, EACCES). */
  listen(address: ListenAddress): Promise<ListenAddress>;
  /** Stops accepting, sends GOAWAY, lets calls in flight finish; after `graceMs` cuts what is left. */
  close(graceMs: number): Promise<void>;
}

export interface RpcListenerOptions {
  /** undefined = cleartext. */
  readonly tls?: FollowedFile<TlsMaterial> | undefined;
  readonly timeouts?: Partial<RpcTimeouts>;
}

export const createRpcListener = (handle: RpcHandler, options: RpcListenerOptions = {}): RpcListener => {
  const timeouts = { ...RPC_TIMEOUTS, ...options.timeouts };
  const sockets = new Set<Socket>();
  const sessions = new Set<ServerHttp2Session>();
  const responses = new Set<ServerResponse>();
  const http1 = createHttp1Server(handle, responses, timeouts);
  const http2 = createHttp2Server(handle, sessions, timeouts);
  /** TLS connections for HTTP/1.1 that no request has come by: to Node they are not idle. */
  const unused = new Set<Socket>();
  const onSocket = (socket: Socket): void => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  };
  const server =
    options.tls === undefined
      ? clearServer({ http1, http2 }, onSocket, timeouts)
      : secureServer({ http1, http2 }, { onSocket, unused }, timeouts, options.tls);
  return {
    listen: (address) => listenOn(server, address),
    close: async (graceMs) => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const session of sessions) session.close();
      // What a client merely keeps open would hold the close up until it is cut off.
      for (const socket of sockets) if (socket.bytesRead === 0) socket.destroy();
      for (const socket of unused) socket.destroy();
      for (const response of responses) endConnectionAfter(response);
      http1.closeIdleConnections();
      const cutOff = setTimeout(() => sockets.forEach((socket) => socket.destroy()), graceMs);
      await closed;
      clearTimeout(cutOff);
      http1.close();
    },
  };
};

interface Protocols {
  readonly http1: Http1Server;
  readonly http2: Http2Server;
}

const clearServer = (
  protocols: Protocols,
  onSocket: (socket: Socket) => void,
  { firstBytesMs: timeoutMs }: RpcTimeouts,
): Server =>
  createServer((socket) => {
    onSocket(socket);
    sniffProtocol(socket, { ...protocols, timeoutMs });
  });

const secureServer = (
  { http1, http2 }: Protocols,
  { onSocket, unused }: { readonly onSocket: (socket: Socket) => void; readonly unused: Set<Socket> },
  { firstBytesMs: handshakeMs }: RpcTimeouts,
  material: FollowedFile<TlsMaterial>,
): Server => {
  http1.on("request", ({ socket }) => unused.delete(socket));
  return createTlsServer({
    material,
    handshakeMs,
    onSocket,
    onSecure: (socket) => {
      if (socket.alpnProtocol === "h2") return void http2.emit("connection", socket);
      unused.add(socket);
      socket.once("close", () => unused.delete(socket));
      http1.emit("connection", socket);
    },
  });
};

const endConnectionAfter = (response: ServerResponse): void => {
  if (response.headersSent) response.once("close", () => response.req.socket.end());
  else response.setHeader("connection", "close");
};
