import type { IncomingMessage, ServerResponse } from "node:http";
import type { AuthorizationFlow, CallbackResult, FailureCode } from "../authorization-flow/index.ts";
import { BrokerError } from "../errors.ts";
import { type CallbackLimit, clientKeyOf } from "../rate-limits/index.ts";
import { errorClass, type Logger, type Metrics } from "../telemetry/index.ts";
import { SECOND } from "../time.ts";
import { basePathOf, type CallbackPath, isCallbackSpace, parseCallbackPath } from "./callback-path.ts";
import { readFormBody } from "./form-body.ts";
import { decodeForm } from "./form-text.ts";
import * as pages from "./pages.ts";
import { sendEmpty, sendPage, sendRedirect } from "./reply.ts";
import { isSpeculative } from "./speculation.ts";

export interface CallbackHandlerOptions {
  readonly flow: Pick<AuthorizationFlow, "handleCallback">;
  /** `CONNECT_API_BASE`: its path is where the callback lies. */
  readonly apiBase: string;
  readonly logger: Logger;
  readonly metrics: Pick<Metrics, "callbacks">;
  /** Default: none. */
  readonly limit?: CallbackLimit;
  /** Proxies whose `X-Forwarded-For` is believed; default 0. */
  readonly trustedProxyHops?: number;
}

/**
 * Answers what belongs to the callback and returns true; leaves everything else untouched for the other routes of the server.
 * Mount it before a body parser: the body of a `form_post` is read here.
 */
export type CallbackHandler = (request: IncomingMessage, response: ServerResponse) => boolean;

/** How a request ended, for counting. `ignored`: HEAD or a prefetch; `refused`: no callback by its method, size or type; `limited`: of an address that came with too many states that no flow has. */
type RequestOutcome =
  | "succeeded"
  | "awaiting_completion"
  | FailureCode
  | "invalid"
  | "unavailable"
  | "refused"
  | "limited"
  | "ignored"
  | "not_found";

/** Below Node's limit for request line and headers together, so that a long address gets an answer of its own. */
const MAX_URL_LENGTH = 16 * 1024;

export const createCallbackHandler = (options: CallbackHandlerOptions): CallbackHandler => {
  const basePath = basePathOf(options.apiBase);
  return (request, response) => {
    const [path, query] = splitUrl(request.url ?? "");
    if (!isCallbackSpace(basePath, path)) return false;
    void answer(options, parseCallbackPath(basePath, path), query, request, response);
    return true;
  };
};

const splitUrl = (url: string): [path: string, query: string] => {
  const at = url.indexOf("?");
  return at === -1 ? [url, ""] : [url.slice(0, at), url.slice(at + 1)];
};

/** Never rejects: an answer is sent, or the client is gone. */
const answer = async (
  options: CallbackHandlerOptions,
  path: CallbackPath | undefined,
  query: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> => {
  const { flow, logger, metrics } = options;
  const limited: LimitedFlow = {
    flow,
    limit: options.limit ?? UNLIMITED,
    client: clientOf(options, request),
  };
  const startedAtMs = performance.now();
  const outcome = await respond(limited, path, query, request, response).catch((error: unknown) => {
    logger.error("callback failed", { ...fieldsOf(path), error_class: errorClass(error) });
    return sendFailure(response, error);
  });
  metrics.callbacks.inc({ outcome });
  const duration_ms = Math.round(performance.now() - startedAtMs);
  logger.info("callback answered", {
    ...fieldsOf(path),
    outcome,
    http_status: response.statusCode,
    duration_ms,
  });
};

interface LimitedFlow {
  readonly flow: CallbackHandlerOptions["flow"];
  readonly limit: CallbackLimit;
  /** Who counts as one client. */
  readonly client: string;
}

const UNLIMITED: CallbackLimit = {
  refusedForMs: () => undefined,
  countInvalid: async () => {},
  letsThrough: () => true,
};

const clientOf = ({ trustedProxyHops = 0 }: CallbackHandlerOptions, request: IncomingMessage): string => {
  const forwardedFor = request.headers["x-forwarded-for"];
  return clientKeyOf(
    { remoteAddress: request.socket.remoteAddress, forwardedFor: forwardedFor?.toString() },
    trustedProxyHops,
  );
};

const fieldsOf = (path: CallbackPath | undefined) => ({
  namespace: path?.namespace,
  provider: path?.provider,
});

const respond = async (
  flow: LimitedFlow,
  path: CallbackPath | undefined,
  query: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<RequestOutcome> => {
  if (path === undefined) return refuse(response, pages.notFoundPage, "not_found");
  if (request.method === "HEAD") return ignore(response, 200);
  // An error status makes a browser throw the prefetched answer away and ask again when the person really goes there.
  if (isSpeculative(request.headers)) return ignore(response, 503);
  if ((request.url ?? "").length > MAX_URL_LENGTH) return refuse(response, pages.uriTooLongPage);
  if (request.method === "GET") return handle(flow, path, query, response);
  if (request.method !== "POST")
    return refuse(response, pages.methodPage, "refused", { allow: "GET, HEAD, POST" });
  const body = await readFormBody(request);
  switch (body.kind) {
    case "too_large":
      return refuse(response, pages.bodyTooLargePage, "refused", { connection: "close" });
    case "unsupported_type":
      return refuse(response, pages.mediaTypePage, "refused", { connection: "close" });
    case "text":
      return handle(flow, path, body.text, response);
  }
};

const refuse = (
  response: ServerResponse,
  page: pages.Page,
  outcome: RequestOutcome = "refused",
  headers: Readonly<Record<string, string>> = {},
): RequestOutcome => {
  sendPage(response, page, headers);
  return outcome;
};

const ignore = (response: ServerResponse, status: number): RequestOutcome => {
  sendEmpty(response, status);
  return "ignored";
};

const handle = async (
  { flow, limit, client }: LimitedFlow,
  path: CallbackPath,
  form: string,
  response: ServerResponse,
): Promise<RequestOutcome> => {
  const params = decodeForm(form);
  const refusedMs = limit.refusedForMs(client);
  // A person whose flow is real is not kept out by a stranger behind the same address.
  if (refusedMs !== undefined && !limit.letsThrough(params?.get("state") ?? ""))
    return refuse(response, pages.tooManyPage, "limited", {
      "retry-after": String(Math.ceil(refusedMs / SECOND)),
    });
  const result: CallbackResult =
    params === undefined ? { kind: "invalid" } : await flow.handleCallback({ path, params });
  switch (result.kind) {
    case "redirect":
      sendRedirect(response, result.location);
      return result.outcome;
    case "page":
      sendPage(response, pages.resultPages[result.outcome]);
      return result.outcome;
    case "invalid":
      await limit.countInvalid(client);
      return refuse(response, pages.invalidPage, "invalid");
  }
};

/** The flow throws only before it has consumed anything, so the person may try again. */
const sendFailure = (response: ServerResponse, error: unknown): RequestOutcome => {
  const isAway = error instanceof BrokerError && error.code === "STORE_UNAVAILABLE";
  if (response.headersSent || response.destroyed) response.destroy();
  else if (isAway) sendPage(response, pages.unavailablePage, { "retry-after": "5" });
  else sendPage(response, pages.defectPage);
  return isAway ? "unavailable" : "internal_error";
};
