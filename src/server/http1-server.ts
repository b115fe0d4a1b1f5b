import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { SECOND } from "../time.ts";
import type { RpcHandler } from "./adapter.ts";
import { createAges } from "./connection-age.ts";
import { MAX_BODY_BYTES, MAX_HEADER_BYTES, NOT_FOUND_HEADERS } from "./http-limits.ts";
import type { RpcTimeouts } from "./timeouts.ts";

/** Fed with sockets; it never listens itself. `responses` holds those under way. */
export const createHttp1Server = (
  handle: RpcHandler,
  responses: Set<ServerResponse>,
  { headersMs, requestMs, maxAgeMs }: RpcTimeouts,
): Server => {
  const ages = createAges(maxAgeMs);
  const server = createServer(
    {
      maxHeaderSize: MAX_HEADER_BYTES,
      headersTimeout: headersMs,
      requestTimeout: requestMs,
      keepAliveTimeout: 65 * SECOND,
      connectionsCheckingInterval: headersMs / 2,
    },
    (request, response) => {
      responses.add(response);
      response.once("close", () => responses.delete(response));
      if (request.httpVersion !== "1.1") {
        response.writeHead(505, { ...NOT_FOUND_HEADERS, connection: "close" }).end();
        return;
      }
      endLongBodies(request, response);
      if (ages.isOld(request.socket)) response.setHeader("connection", "close");
      if (!handle(request, response)) response.writeHead(404, NOT_FOUND_HEADERS).end();
    },
  );
  server.on("connection", ages.begin);
  // Node starts the timers behind headersTimeout and requestTimeout on this event; this server is fed sockets and never listens itself.
  server.emit("listening");
  return server;
};

/** How long a client has to read an answer that came before its request had ended. */
const LINGER_MS = 1 * SECOND;

/**
 * A request that is answered before its end would be read to its end and thrown away. A short one may: its connection stays. The rest of a long one is
 * left in the network, where it costs nothing, and the connection ends, which the answer says, so that no other request is sent by it.
 */
const endLongBodies = (request: IncomingMessage, response: ServerResponse): void => {
  if (Number(request.headers["content-length"] ?? 0) <= MAX_BODY_BYTES && !isChunked(request)) return;
  const writeHead = response.writeHead.bind(response) as (...head: unknown[]) => ServerResponse;
  response.writeHead = (...head: unknown[]) => {
    if (!request.complete) {
      response.setHeader("connection", "close");
      lingerAtEnd(request.socket);
    }
    return writeHead(...head);
  };
};

/**
 * Node ends the connection of an answer with `Connection: close` by this method: it closes it at once, and what is unread then resets it before the client
 * has read the answer. So only our half is closed, and the rest a moment later.
 */
const lingerAtEnd = (socket: Socket): void => {
  socket.destroySoon = () => {
    socket.end();
    // Node begins to throw the rest away at the end of the answer.
    setImmediate(() => socket.pause());
    setTimeout(() => socket.destroy(), LINGER_MS);
  };
};

const isChunked = ({ headers }: IncomingMessage): boolean => headers["transfer-encoding"] !== undefined;
