import { type buildConnector, Client, type Dispatcher } from "undici";
import { BodyTooLarge, BodyUndecodable, decompress, readBytes } from "./egress-body.ts";
import { EgressFailure, type EgressProblem } from "./egress-failure.ts";
import { headerText, requestBody, requestHeaders, responseOf } from "./egress-messages.ts";

export type Connector = buildConnector.connector;
type EndReason = "timeout" | "aborted";

export interface CallOptions {
  readonly connector: Connector;
  readonly deadlineMs: number;
  readonly maxBodyBytes: number;
  readonly headersOnly: boolean;
  /** Every call under way leaves the function that ends it here. */
  readonly underWay: Set<() => void>;
}

/** How far a call got, for the judgement of what its failure means. */
interface Progress {
  /** From the moment a connection stands the request may be on the wire. */
  sent: boolean;
  httpStatus: number | undefined;
  ended: EndReason | undefined;
}

/**
 * One request on one connection that nothing else uses: a kept-alive one may be closing just as a refresh token is written to it, and then nobody
 * knows whether it was spent.
 *
 * @throws EgressFailure, or whatever the connector's lookup refused with.
 */
export const sendOnce = async (url: URL, init: RequestInit, options: CallOptions): Promise<Response> => {
  const request = {
    path: url.pathname + url.search,
    method: init.method ?? "GET",
    headers: requestHeaders(init),
    body: requestBody(init.body),
  };
  const progress: Progress = { sent: false, httpStatus: undefined, ended: undefined };
  const client = new Client(url.origin, { connect: noting(progress, options.connector), pipelining: 0 });
  const end = (reason: EndReason): void => {
    progress.ended ??= reason;
    void client.destroy();
  };
  const cancelTimer = whenTimeIsUp(options.deadlineMs, () => end("timeout"));
  const abort = (): void => end("aborted");
  options.underWay.add(abort);
  init.signal?.addEventListener("abort", abort, { once: true });
  try {
    return await answerTo(client, request, options, progress);
  } catch (error) {
    throw failureOf(error, progress);
  } finally {
    cancelTimer();
    options.underWay.delete(abort);
    init.signal?.removeEventListener("abort", abort);
    void client.destroy();
  }
};

/** How late a timer is in a process that stood still, and what it then has to read what arrived meanwhile. */
const STOOD_STILL_MS = 100;
const CATCH_UP_MS = 250;

/**
 * Timers come before sockets: a process that was suspended, or whose event loop was blocked, would find the time up while an answer lies in its socket's
 * buffer, perhaps with the only copy of a rotated refresh token.
 */
const whenTimeIsUp = (ms: number, end: () => void): (() => void) => {
  const dueMs = performance.now() + ms;
  let timer = setTimeout(() => {
    if (performance.now() - dueMs < STOOD_STILL_MS) end();
    else timer = setTimeout(end, CATCH_UP_MS);
  }, ms);
  return () => clearTimeout(timer);
};

const noting =
  (progress: Progress, connector: Connector): Connector =>
  (options, callback) =>
    connector(options, (...result) => {
      progress.sent ||= result[0] === null;
      callback(...result);
    });

const answerTo = async (
  client: Client,
  request: Dispatcher.RequestOptions,
  { maxBodyBytes, headersOnly }: CallOptions,
  progress: Progress,
): Promise<Response> => {
  const { statusCode, headers, body } = await client.request(request);
  progress.httpStatus = statusCode;
  if (headersOnly) {
    // The connection goes with it.
    body.on("error", () => {}).destroy();
    return responseOf(statusCode, headers, new Uint8Array());
  }
  const bytes = await readBytes(body, maxBodyBytes);
  const encoding = headerText(headers["content-encoding"]);
  return responseOf(statusCode, headers, await decompress(bytes, encoding, maxBodyBytes));
};

const failureOf = (error: unknown, progress: Progress): unknown => {
  const code = errorCode(error);
  if (code === "EGRESS_DENIED") return error;
  const { sent, httpStatus } = progress;
  return new EgressFailure(problemOf(error, code, progress), { sent, httpStatus, code });
};

const problemOf = (error: unknown, code: string | undefined, progress: Progress): EgressProblem => {
  if (progress.ended === "aborted") return "aborted";
  if (error instanceof BodyTooLarge) return "too_large";
  if (error instanceof BodyUndecodable) return "encoding";
  if (!progress.sent) return TLS_CODE.test(code ?? "") ? "tls" : "unreachable";
  return progress.ended === "timeout" ? "timeout" : "lost";
};

/** What Node and OpenSSL call a handshake that failed for reasons of trust or version, as opposed to a socket that broke. */
const TLS_CODE =
  /^(ERR_TLS_|ERR_SSL_|ERR_OSSL_|CERT_|CRL_|UNABLE_TO_|ERROR_IN_|DEPTH_ZERO_|SELF_SIGNED_|INVALID_|PATH_LENGTH_|HOSTNAME_|EPROTO)/;

const errorCode = (error: unknown): string | undefined => {
  const code: unknown = error instanceof Error && "code" in error ? error.code : undefined;
  return typeof code === "string" && /^[A-Z0-9_]{1,60}$/.test(code) ? code : undefined;
};
