import type { ServerHttp2Session } from "node:http2";
import type { Socket } from "node:net";
import { MINUTE } from "../time.ts";

/** Longer than any unary call may take; a stream of watching ends with it and begins anew elsewhere. */
const GRACE_MS = 10 * MINUTE;

const JITTER = 1 / 10;

/** Give or take a tenth, so that the connections of a start do not all end together. */
export const jittered = (ms: number, random: () => number = Math.random): number =>
  ms * (1 + JITTER * (2 * random() - 1));

/**
 * GOAWAY when the session is old: the client opens another for what comes next, and calls under way are answered. In two steps, as RFC 9113 section 6.8
 * advises: the first names no last stream, so that what the client sends before it has read it is still a call; when it has read it, as the answer to a
 * PING behind it tells, the second names the last one.
 */
export const endWhenOld = (session: ServerHttp2Session, socket: Socket, maxAgeMs: number): void => {
  let timer = setTimeout(() => {
    timer = setTimeout(() => session.destroy(), GRACE_MS).unref();
    if (session.closed || session.destroyed) return;
    socket.write(LAST_CALL);
    if (!session.ping(() => session.close())) session.close();
  }, jittered(maxAgeMs)).unref();
  session.once("close", () => clearTimeout(timer));
};

/**
 * A GOAWAY frame (RFC 9113 section 6.8): 8 bytes of payload, type 7, no flags, stream 0; last stream 2^31-1, NO_ERROR. It is written past the session, between
 * two of its frames, because after a GOAWAY of its own Node takes no new stream, whatever last one it names.
 */
const LAST_CALL = Buffer.from([0, 0, 8, 7, 0, 0, 0, 0, 0, 0x7f, 0xff, 0xff, 0xff, 0, 0, 0, 0]);

/** Whether a connection of HTTP/1.1 is to end with the answer under way. Each is told of once, when it begins. */
export const createAges = (maxAgeMs: number) => {
  const endsAtMs = new WeakMap<Socket, number>();
  return {
    begin: (socket: Socket): void => void endsAtMs.set(socket, performance.now() + jittered(maxAgeMs)),
    isOld: (socket: Socket): boolean => performance.now() > (endsAtMs.get(socket) ?? Infinity),
  };
};
