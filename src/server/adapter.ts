import { randomUUID } from "node:crypto";
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from "node:http";
import type { Http2ServerRequest, Http2ServerResponse } from "node:http2";
import {
  createConnectRouter,
  createContextValues,
  type ConnectRouter,
  type ConnectRouterOptions,
  type ContextValues,
} from "@connectrpc/connect";
import {
  compressionBrotli,
  compressionGzip,
  universalRequestFromNodeRequest,
  universalResponseToNodeResponse,
} from "@connectrpc/connect-node";
import { errorClass, type Logger } from "../telemetry/index.ts";
import { requestHeadersKey, requestIdKey, wordedByUsKey } from "./context.ts";
import { rewordForeignError } from "./foreign-errors.ts";

type NodeRequest = IncomingMessage | Http2ServerRequest;
type NodeResponse = ServerResponse | Http2ServerResponse;
/** Answers the request, or returns false when the path is no RPC. */
export type RpcHandler = (request: NodeRequest, response: NodeResponse) => boolean;

const contextFor = (headers: IncomingHttpHeaders): ContextValues =>
  createContextValues()
    .set(requestHeadersKey, headers)
    .set(requestIdKey, randomUUID())
    .set(wordedByUsKey, { yes: false });

/** RFC 9112 section 3.2: a request without a usable Host is answered with 400. */
const hasHost = (headers: IncomingHttpHeaders): boolean =>
  URL.canParse(`http://${headers[":authority"]?.toString() ?? headers.host ?? ""}/`);

const refuse = (response: NodeResponse, status: number): true => {
  (response as ServerResponse).writeHead(status, { "cache-control": "no-store", "content-length": "0" });
  response.end();
  return true;
};

/**
 * Connects `node:http` and `node:http2` requests to connect's handlers. It differs from the adapter that connect-node ships in three points: every
 * answer is `Cache-Control: no-store`, what the gate needs is taken from the raw headers, and errors worded by the framework are re-worded
 * (a JSON parser quotes the body it could not parse).
 */
export const createRpcHandler = (
  routes: (router: ConnectRouter) => void,
  options: ConnectRouterOptions,
  logger: Logger,
): RpcHandler => {
  const router = createConnectRouter({ acceptCompression: [compressionGzip, compressionBrotli], ...options });
  routes(router);
  const handlers = new Map(router.handlers.map((handler) => [handler.requestPath, handler] as const));
  return (request, response) => {
    const handler = handlers.get(request.url?.split("?", 1)[0] ?? "");
    if (!handler) return false;
    if (!hasHost(request.headers)) return refuse(response, 400);
    const values = contextFor(request.headers);
    handler(universalRequestFromNodeRequest(request, response as ServerResponse, undefined, values))
      .then(async (answer) => {
        const worded = values.get(wordedByUsKey).yes ? answer : await rewordForeignError(answer, values);
        const header = worded.header ?? new Headers();
        header.set("cache-control", "no-store");
        return universalResponseToNodeResponse({ ...worded, header }, response);
      })
      .catch((reason: unknown) => {
        // The peer went away, or the answer could not be written: nobody is left to tell.
        logger.debug("answer not delivered", {
          method: handler.method.name,
          error_class: errorClass(reason),
        });
        if (!response.writableEnded) response.destroy();
      });
    return true;
  };
};
