import {
  constants,
  createServer,
  type Http2Server,
  type Http2ServerRequest,
  type ServerHttp2Session,
} from "node:http2";
import type { RpcHandler } from "./adapter.ts";
import { endWhenOld } from "./connection-age.ts";
import { MAX_HEADER_BYTES, NOT_FOUND_HEADERS } from "./http-limits.ts";
import type { RpcTimeouts } from "./timeouts.ts";

/** At once in one session. */
const MAX_STREAMS = 100;

/** Fed with sockets; it never listens itself. `sessions` holds those that are open. */
export const createHttp2Server = (
  handle: RpcHandler,
  sessions: Set<ServerHttp2Session>,
  timeouts: RpcTimeouts,
): Http2Server => {
  const server = createServer(
    {
      // In MB. Beyond it new streams are refused.
      maxSessionMemory: 10,
      maxHeaderListPairs: 128,
      // Streams that the client cancels (CVE-2023-44487): all that it may have at once, and 33 a second, then the session ends.
      streamResetBurst: MAX_STREAMS,
      streamResetRate: 33,
      settings: {
        maxConcurrentStreams: MAX_STREAMS,
        maxHeaderListSize: MAX_HEADER_BYTES,
        enablePush: false,
      },
    },
    (request, response) => {
      // What was opened and cancelled in one piece is over by then: nobody is asked who is calling, and nothing is answered.
      setImmediate(() => {
        if (response.stream.closed) return;
        endUnlessComplete(request, timeouts.requestMs);
        if (handle(request, response)) return;
        response.writeHead(404, NOT_FOUND_HEADERS);
        response.end();
      });
    },
  );
  server.on("session", (session) => {
    sessions.add(session);
    session.once("close", () => sessions.delete(session));
    session.setTimeout(timeouts.sessionIdleMs, () => session.close());
    endUnlessSettled(session, timeouts.headersMs);
    endWhenOld(session, timeouts.maxAgeMs);
    session.on("error", () => session.destroy());
  });
  server.on("sessionError", () => {});
  return server;
};

/** RFC 9113 section 3.4: the client's settings are the first it says. What says nothing is no client. */
const endUnlessSettled = (session: ServerHttp2Session, timeoutMs: number): void => {
  const timer = setTimeout(() => session.destroy(), timeoutMs);
  const clear = (): void => clearTimeout(timer);
  session.once("remoteSettings", clear);
  session.once("close", clear);
};

/** What `requestTimeout` is to HTTP/1.1. */
const endUnlessComplete = (request: Http2ServerRequest, timeoutMs: number): void => {
  const timer = setTimeout(() => request.stream.close(constants.NGHTTP2_CANCEL), timeoutMs);
  const clear = (): void => clearTimeout(timer);
  request.once("end", clear);
  request.once("close", clear);
};
