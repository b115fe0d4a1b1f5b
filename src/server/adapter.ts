import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Http2ServerRequest, Http2ServerResponse } from "node:http2";
import type { DescMethod } from "@bufbuild/protobuf";
import {
  Code,
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
import type {
  UniversalHandler,
  UniversalServerRequest,
  UniversalServerResponse,
} from "@connectrpc/connect/protocol";
import { errorClass, type Logger } from "../telemetry/index.ts";
import { auditTrailKey } from "./audit-trail.ts";
import { connectionKey, progressKey, requestHeadersKey, requestIdKey } from "./context.ts";
import { rewordForeignError } from "./foreign-errors.ts";
import { connectionOf } from "./peer-certificates.ts";
import { limitTimeout } from "./timeout-header.ts";

type NodeRequest = IncomingMessage | Http2ServerRequest;
type NodeResponse = ServerResponse | Http2ServerResponse;
/** Answers the request, or returns false when the path is no RPC. */
export type RpcHandler = (request: NodeRequest, response: NodeResponse) => boolean;

export interface AdapterDeps {
  readonly logger: Logger;
  /** A call that the framework refused before or after our own code ran. */
  readonly onRefusal: (method: string, code: Code, requestId: string) => void;
  /** Of a call that no interceptor saw; its answer waits. Never rejects. */
  readonly recordRefusal: (
    method: DescMethod,
    values: ContextValues,
    code: Code | undefined,
  ) => Promise<void>;
}

/**
 * Connects `node:http` and `node:http2` requests to connect's handlers. It differs from the adapter that connect-node ships: every answer is
 * `Cache-Control: no-store`, what the gate needs is taken from the raw headers, a timeout longer than a timer can be is shortened, and errors worded
 * by the framework are re-worded (a JSON parser quotes the body it could not parse).
 */
export const createRpcHandler = (
  routes: (router: ConnectRouter) => void,
  options: ConnectRouterOptions,
  deps: AdapterDeps,
): RpcHandler => {
  const router = createConnectRouter({ acceptCompression: [compressionGzip, compressionBrotli], ...options });
  routes(router);
  const handlers = new Map(router.handlers.map((handler) => [handler.requestPath, handler] as const));
  return (request, response) => {
    const handler = handlers.get(request.url?.split("?", 1)[0] ?? "");
    if (!handler) return false;
    const call = hasOneHost(request) && universalRequestOf(request, response);
    if (!call) return refuse(response, 400);
    answer(handler, call, deps)
      .then((answered) => universalResponseToNodeResponse(answered, response))
      .catch((reason: unknown) => {
        // The peer went away, or the answer could not be written: nobody is left to tell.
        deps.logger.debug("answer not delivered", {
          method: handler.method.name,
          error_class: errorClass(reason),
        });
        if (!response.writableEnded) response.destroy();
      });
    return true;
  };
};

type Call = UniversalServerRequest & { readonly contextValues: ContextValues };

const answer = async (
  handler: UniversalHandler,
  call: Call,
  { onRefusal, recordRefusal }: AdapterDeps,
): Promise<UniversalServerResponse> => {
  const values = call.contextValues;
  const first = await handler(call);
  const { answer: last, code } =
    values.get(progressKey).at === "worded"
      ? { answer: first }
      : await rewordForeignError(first, handler.method, values);
  // Half of a message is nobody's mistake when its sender went away.
  const isGone = call.signal.aborted;
  if (code !== undefined)
    onRefusal(handler.method.name, isGone ? Code.Canceled : code, values.get(requestIdKey));
  if (!values.get(auditTrailKey).isRecorded) await recordRefusal(handler.method, values, code);
  const header = last.header ?? new Headers();
  header.set("cache-control", "no-store");
  // RFC 9110 section 15.5.6.
  if (last.status === 405) header.set("allow", "POST");
  return { ...last, header };
};

/** Undefined: a header that no `Headers` can hold, or a connection that is gone already. */
const universalRequestOf = (request: NodeRequest, response: NodeResponse): Call | undefined => {
  try {
    const contextValues = contextFor(request);
    const call = universalRequestFromNodeRequest(
      request,
      response as ServerResponse,
      undefined,
      contextValues,
    );
    limitTimeout(call.header);
    return { ...call, contextValues };
  } catch {
    return undefined;
  }
};

const contextFor = (request: NodeRequest): ContextValues =>
  createContextValues()
    .set(requestHeadersKey, request.headers)
    .set(connectionKey, connectionOf(request))
    .set(requestIdKey, randomUUID())
    .set(progressKey, { at: "reading" })
    .set(auditTrailKey, { isRecorded: false });

/** RFC 9112 section 3.2: a request without a usable Host, or with two of them, is answered with 400. */
const hasOneHost = ({ headers, rawHeaders }: NodeRequest): boolean => {
  const host = headers[":authority"]?.toString() ?? headers.host ?? "";
  return URL.canParse(`http://${host}/`) && rawHeaders.filter(isHostName).length <= 1;
};

/** Names and values take turns in raw headers. */
const isHostName = (text: string, index: number): boolean => index % 2 === 0 && /^host$/i.test(text);

const refuse = (response: NodeResponse, status: number): true => {
  (response as ServerResponse).writeHead(status, { "cache-control": "no-store", "content-length": "0" });
  response.end();
  return true;
};
