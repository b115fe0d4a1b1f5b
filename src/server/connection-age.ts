import type { ServerHttp2Session } from "node:http2";
import type { Socket } from "node:net";
import { MINUTE, SECOND } from "../time.ts";

/** Longer than any unary call may take; a stream of watching ends with it and begins anew elsewhere. */
const GRACE_MS = 10 * MINUTE;

const JITTER = 1 / 10;

/** Give or take a tenth, so that the connections of a start do not all end together. */
export const jittered = (ms: number, random: () => number = Math.random): number =>
  ms * (1 + JITTER * (2 * random() - 1));

/** How long an old session waits for a call to end with. */
const NEXT_CALL_MS = 1 * SECOND;

/**
 * GOAWAY when the session is old: the client opens another for what comes next, and calls under way are answered. It is said as a call comes in, when a
 * client that calls one after the other has nothing else on the way: a call that crosses a GOAWAY on the wire is refused unbegun. RFC 9113 section 6.8
 * advises two of them against that. Node cannot send the first, and writing it past the session aborts the process (node_http2.cc takes every
 * write on its socket for its own).
 */
export const endWhenOld = (session: ServerHttp2Session, maxAgeMs: number): void => {
  let timer = setTimeout(() => {
    const end = (): void => {
      clearTimeout(timer);
      timer = setTimeout(() => session.destroy(), GRACE_MS).unref();
      session.off("stream", end);
      session.close();
    };
    session.once("stream", end);
    timer = setTimeout(end, NEXT_CALL_MS).unref();
  }, jittered(maxAgeMs)).unref();
  session.once("close", () => clearTimeout(timer));
};

/** Whether a connection of HTTP/1.1 is to end with the answer under way. Each is told of once, when it begins. */
export const createAges = (maxAgeMs: number) => {
  const endsAtMs = new WeakMap<Socket, number>();
  return {
    begin: (socket: Socket): void => void endsAtMs.set(socket, performance.now() + jittered(maxAgeMs)),
    isOld: (socket: Socket): boolean => performance.now() > (endsAtMs.get(socket) ?? Infinity),
  };
};
