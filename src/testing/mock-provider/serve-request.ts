import type { IncomingMessage, ServerResponse } from "node:http";
import { sendAnswer } from "./answers/send-answer.ts";
import { instant, type ProviderClock } from "./clock.ts";
import { countBegin, increment } from "./counters.ts";
import type { ProviderLog } from "./log/log.ts";
import { type Exchange, isLogged, requestEntry } from "./log/request-entry.ts";
import { endpointOf, readRequest } from "./request.ts";
import { respond } from "./respond.ts";
import type { ServedVendor } from "./vendor.ts";

export interface ServingOptions {
  readonly clock: ProviderClock;
  readonly log: ProviderLog;
  /** Whether requests are kept for `vendor.requests`. */
  readonly keepsRequests: boolean;
  /** Aborted when the server closes. */
  readonly closing: AbortSignal;
}

export interface Call {
  readonly message: IncomingMessage;
  readonly response: ServerResponse;
  readonly url: URL;
}

/**
 * One request from its headers to the last byte of its answer, and its entry in the log. It ends when the answer is handed over or the client is gone,
 * whichever comes first, but never before the deed: a client that was killed no longer overlaps with its successor, and a deed that is done for
 * nobody still does.
 */
export const serveRequest = async (
  options: ServingOptions,
  vendor: ServedVendor,
  { message, response, url }: Call,
): Promise<void> => {
  const start = instant();
  const endpoint = endpointOf(url.pathname.slice(vendor.name === "" ? 0 : vendor.name.length + 1));
  const { gone, closed } = watch(response);
  countBegin(vendor.counters, endpoint);
  try {
    const request = await readRequest(message, url, endpoint);
    if (options.keepsRequests) vendor.requests.push(request);
    const outcome = await respond(vendor, request, options.closing);
    const processed = instant();
    const providerMs = options.clock.now();
    await sendAnswer(response, outcome.answer, gone);
    await closed;
    request.endedAtMs = performance.now();
    record(options, { vendor, request, outcome, response, start, processed, providerMs, end: instant() });
  } finally {
    vendor.counters.inFlight -= 1;
  }
};

/** A response closes when it is sent, and when its connection breaks. */
const watch = (response: ServerResponse): { gone: AbortSignal; closed: Promise<void> } => {
  const controller = new AbortController();
  response.on("error", () => undefined);
  const closed = new Promise<void>((resolve) => {
    response.once("close", () => {
      controller.abort();
      resolve();
    });
  });
  return { gone: controller.signal, closed };
};

const record = ({ log }: ServingOptions, exchange: Exchange): void => {
  const { vendor, request, outcome, response } = exchange;
  if (response.headersSent) increment(vendor.counters.statuses, String(response.statusCode));
  if (!isLogged(request.endpoint)) return;
  increment(vendor.counters.verdicts, outcome.verdict);
  log.append(requestEntry(exchange, request.endpoint));
};
