import type { ServerHttp2Session } from "node:http2";
import type { Socket } from "node:net";
import { MINUTE } from "../time.ts";

/** Longer than any unary call may take; a stream of watching ends with it and begins anew elsewhere. */
const GRACE_MS = 10 * MINUTE;

const JITTER = 1 / 10;

/** Give or take a tenth, so that the connections of a start do not all end together. */
export const jittered = (ms: number, random: () => number = Math.random): number =>
  ms * (1 + JITTER * (2 * random() - 1));

/** GOAWAY when the session is old: the client opens another for what comes next, and calls under way are answered (RFC 9113 section 6.8). */
export const endWhenOld = (session: ServerHttp2Session, maxAgeMs: number): void => {
  let timer = setTimeout(() => {
    session.close();
    timer = setTimeout(() => session.destroy(), GRACE_MS).unref();
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
