import {
  createServer as createHttp1Server,
  type Server as Http1Server,
  type ServerResponse,
} from "node:http";
import { createServer as createHttp2Server, type Http2Server, type ServerHttp2Session } from "node:http2";
import { createServer as createSocketServer, type Socket } from "node:net";
import type { ListenAddress } from "../config/index.ts";
import { MINUTE, SECOND } from "../time.ts";
import type { RpcHandler } from "./adapter.ts";
import { listenOn } from "./listen-on.ts";

/** The first bytes of an HTTP/2 connection with prior knowledge (RFC 9113 section 3.4). No HTTP/1.1 method begins so. */
const HTTP2_PREFACE = Buffer.from("PRI ");
const FIRST_BYTES_TIMEOUT_MS = 10 * SECOND;
const SESSION_IDLE_MS = 10 * MINUTE;
const MAX_HEADER_BYTES = 16 * 1024;

/** A cleartext port that speaks HTTP/1.1 and HTTP/2 (h2c with prior knowledge), decided per connection by its first bytes: Node has no server for both. */
export interface RpcListener {
  /** Resolves with the address that was bound, with the port that the system chose for port 0. Rejects with the system's error (EADDRINUSE, EACCES). */
  listen(address: ListenAddress): Promise<ListenAddress>;
  /** Stops accepting, sends GOAWAY, lets calls in flight finish; after `graceMs` cuts what is left. */
  close(graceMs: number): Promise<void>;
}

export const createRpcListener = (handle: RpcHandler): RpcListener => {
  const sockets = new Set<Socket>();
  const sessions = new Set<ServerHttp2Session>();
  const responses = new Set<ServerResponse>();
  const http1 = createHttp1(handle, responses);
  const http2 = createHttp2(handle, sessions);
  const server = createSocketServer((socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    sniff(socket, http1, http2);
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

/** Looks at the first bytes and hands the connection, with them put back, to the server that speaks its protocol. */
const sniff = (socket: Socket, http1: Http1Server, http2: Http2Server): void => {
  let seen = Buffer.alloc(0);
  const giveUp = (): void => void socket.destroy();
  socket.setTimeout(FIRST_BYTES_TIMEOUT_MS, giveUp);
  socket.on("error", giveUp);
  const onData = (chunk: Buffer): void => {
    seen = Buffer.concat([seen, chunk]);
    const preface = HTTP2_PREFACE.subarray(0, seen.length);
    const maybeHttp2 = seen.subarray(0, preface.length).equals(preface);
    if (maybeHttp2 && seen.length < HTTP2_PREFACE.length) return;
    socket.off("data", onData);
    socket.off("error", giveUp);
    socket.setTimeout(0);
    socket.removeListener("timeout", giveUp);
    socket.pause();
    socket.unshift(seen);
    (maybeHttp2 ? http2 : http1).emit("connection", socket);
    // The HTTP/1.1 parser takes what was put back only from a flowing stream; HTTP/2 takes it from the buffer.
    if (!maybeHttp2) socket.resume();
  };
  socket.on("data", onData);
};

const notFound = { "cache-control": "no-store", "content-length": "0" } as const;

const endConnectionAfter = (response: ServerResponse): void => {
  if (response.headersSent) response.once("close", () => response.req.socket.end());
  else response.setHeader("connection", "close");
};

const createHttp1 = (handle: RpcHandler, responses: Set<ServerResponse>): Http1Server => {
  const server = createHttp1Server(
    {
      maxHeaderSize: MAX_HEADER_BYTES,
      headersTimeout: 10 * SECOND,
      requestTimeout: 60 * SECOND,
      keepAliveTimeout: 65 * SECOND,
      connectionsCheckingInterval: 5 * SECOND,
    },
    (request, response) => {
      responses.add(response);
      response.once("close", () => responses.delete(response));
      if (request.httpVersion !== "1.1") {
        response.writeHead(505, { ...notFound, connection: "close" }).end();
        return;
      }
      if (!handle(request, response)) response.writeHead(404, notFound).end();
    },
  );
  // Node starts the timers behind headersTimeout and requestTimeout on this event; this server is fed sockets and never listens itself.
  server.emit("listening");
  return server;
};

const createHttp2 = (handle: RpcHandler, sessions: Set<ServerHttp2Session>): Http2Server => {
  const server = createHttp2Server(
    {
      maxSessionMemory: 10,
      maxHeaderListPairs: 128,
      settings: { maxConcurrentStreams: 250, maxHeaderListSize: MAX_HEADER_BYTES, enablePush: false },
    },
    (request, response) => {
      if (handle(request, response)) return;
      response.writeHead(404, notFound);
      response.end();
    },
  );
  server.on("session", (session) => {
    sessions.add(session);
    session.once("close", () => sessions.delete(session));
    session.setTimeout(SESSION_IDLE_MS, () => session.close());
    session.on("error", () => session.destroy());
  });
  server.on("sessionError", () => {});
  return server;
};
