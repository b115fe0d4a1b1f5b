import {
  constants,
  createServer,
  type Http2Server,
  type Http2ServerRequest,
  type ServerHttp2Session,
} from "node:http2";
import type { RpcHandler } from "./adapter.ts";
import { MAX_HEADER_BYTES, NOT_FOUND_HEADERS } from "./http-limits.ts";
import type { RpcTimeouts } from "./timeouts.ts";

/** Fed with sockets; it never listens itself. `sessions` holds those that are open. */
export const createHttp2Server = (
  handle: RpcHandler,
  sessions: Set<ServerHttp2Session>,
  { requestMs, sessionIdleMs }: RpcTimeouts,
): Http2Server => {
  const server = createServer(
    {
      maxSessionMemory: 10,
      maxHeaderListPairs: 128,
      settings: { maxConcurrentStreams: 250, maxHeaderListSize: MAX_HEADER_BYTES, enablePush: false },
    },
    (request, response) => {
      endUnlessComplete(request, requestMs);
      if (handle(request, response)) return;
      response.writeHead(404, NOT_FOUND_HEADERS);
      response.end();
    },
  );
  server.on("session", (session) => {
    sessions.add(session);
    session.once("close", () => sessions.delete(session));
    session.setTimeout(sessionIdleMs, () => session.close());
    session.on("error", () => session.destroy());
  });
  server.on("sessionError", () => {});
  return server;
};

/** What `requestTimeout` is to HTTP/1.1. */
const endUnlessComplete = (request: Http2ServerRequest, timeoutMs: number): void => {
  const timer = setTimeout(() => request.stream.close(constants.NGHTTP2_CANCEL), timeoutMs);
  const clear = (): void => clearTimeout(timer);
  request.once("end", clear);
  request.once("close", clear);
};
