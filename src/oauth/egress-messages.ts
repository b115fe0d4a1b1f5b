import type { IncomingHttpHeaders } from "node:http";
import { EgressFailure } from "./egress-failure.ts";

const USER_AGENT = "token-broker";

/** The caller's headers and a User-Agent that says little. */
export const requestHeaders = (init: RequestInit): Record<string, string> => {
  const headers = toHeaders(init.headers);
  if (!headers.has("user-agent")) headers.set("user-agent", USER_AGENT);
  if (init.body instanceof URLSearchParams && !headers.has("content-type"))
    headers.set("content-type", "application/x-www-form-urlencoded;charset=UTF-8");
  return Object.fromEntries(headers.entries());
};

/** `Headers` quotes the value it refuses, which may be a token; this does not. */
const toHeaders = (init: RequestInit["headers"]): Headers => {
  try {
    return new Headers(init);
  } catch {
    throw new TypeError("a request header holds characters that HTTP does not allow");
  }
};

export const requestBody = (body: RequestInit["body"]): string | null => {
  if (body === undefined || body === null) return null;
  if (typeof body === "string") return body;
  if (body instanceof URLSearchParams) return body.toString();
  throw new TypeError("a request body is text or URLSearchParams");
};

export const headerText = (value: string | string[] | undefined): string =>
  Array.isArray(value) ? value.join(", ") : (value ?? "");

/** Status codes whose answer has no body (RFC 9110 section 6.4.1); `Response` insists. */
const WITHOUT_BODY: ReadonlySet<number> = new Set([204, 205, 304]);
/** They described the body as it travelled. */
const TRANSPORT_HEADERS: ReadonlySet<string> = new Set([
  "content-encoding",
  "content-length",
  "transfer-encoding",
]);
const HEADER_VALUE = /^[\t\u0020-\u007e\u0080-\u00ff]*$/;

export const responseOf = (status: number, headers: IncomingHttpHeaders, body: Uint8Array): Response => {
  if (status > 599) throw new EgressFailure("lost", { sent: true, httpStatus: status });
  const kept = new Headers();
  for (const [name, value] of Object.entries(headers)) {
    if (TRANSPORT_HEADERS.has(name)) continue;
    for (const item of [value ?? []].flat()) if (HEADER_VALUE.test(item)) kept.append(name, item);
  }
  return new Response(WITHOUT_BODY.has(status) ? null : new Uint8Array(body), { status, headers: kept });
};
