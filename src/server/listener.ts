import type { ServerResponse } from "node:http";
import type { ServerHttp2Session } from "node:http2";
import { createServer, type Socket } from "node:net";
import type { ListenAddress } from "../config/index.ts";
import type { RpcHandler } from "./adapter.ts";
import { sniffProtocol } from "./first-bytes.ts";
import { createHttp1Server } from "./http1-server.ts";
import { createHttp2Server } from "./http2-server.ts";
import { listenOn } from "./listen-on.ts";
import { RPC_TIMEOUTS, type RpcTimeouts } from "./timeouts.ts";

/** A cleartext port that speaks HTTP/1.1 and HTTP/2 (h2c with prior knowledge), decided per connection by its first bytes: Node has no server for both. */
export interface RpcListener {
  /** Resolves with the address that was bound, with the port that the system chose for port 0. Rejects with the system's error (EADDRINUSE, EACCES). */
  listen(address: ListenAddress): Promise<ListenAddress>;
  /** Stops accepting, sends GOAWAY, lets calls in flight finish; after `graceMs` cuts what is left. */
  close(graceMs: number): Promise<void>;
}

export const createRpcListener = (handle: RpcHandler, timeouts: RpcTimeouts = RPC_TIMEOUTS): RpcListener => {
  const sockets = new Set<Socket>();
  const sessions = new Set<ServerHttp2Session>();
  const responses = new Set<ServerResponse>();
  const http1 = createHttp1Server(handle, responses, timeouts);
  const http2 = createHttp2Server(handle, sessions, timeouts);
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    sniffProtocol(socket, { http1, http2, timeoutMs: timeouts.firstBytesMs });
  });
  return {
    listen: (address) => listenOn(server, address),
    close: async (graceMs) => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const session of sessions) session.close();
      // What a client merely keeps open would hold the close up until it is cut off.
      for (const socket of sockets) if (socket.bytesRead === 0) socket.destroy();
      for (const response of responses) endConnectionAfter(response);
      http1.closeIdleConnections();
      const cutOff = setTimeout(() => sockets.forEach((socket) => socket.destroy()), graceMs);
      await closed;
      clearTimeout(cutOff);
      http1.close();
    },
  };
};

const endConnectionAfter = (response: ServerResponse): void => {
  if (response.headersSent) response.once("close", () => response.req.socket.end());
  else response.setHeader("connection", "close");
};
