import type { Server as Http1Server } from "node:http";
import type { Http2Server } from "node:http2";
import type { Socket } from "node:net";

/** The first bytes of an HTTP/2 connection with prior knowledge (RFC 9113 section 3.4). No HTTP/1.1 method begins so. */
const HTTP2_PREFACE = Buffer.from("PRI ");

export interface Protocols {
  readonly http1: Http1Server;
  readonly http2: Http2Server;
  /** A connection that has not told its protocol by then is cut. */
  readonly timeoutMs: number;
}

/** Looks at the first bytes and hands the connection, with them put back, to the server that speaks its protocol. */
export const sniffProtocol = (socket: Socket, { http1, http2, timeoutMs }: Protocols): void => {
  let seen = Buffer.alloc(0);
  const giveUp = (): void => void socket.destroy();
  socket.setTimeout(timeoutMs, giveUp);
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
