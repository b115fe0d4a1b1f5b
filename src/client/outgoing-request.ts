/** A request as it will be sent, once or more often. */
export interface OutgoingRequest {
  readonly url: URL;
  readonly method: string;
  readonly headers: Headers;
  readonly body: RequestInit["body"];
  /** Sending it again sends the same bytes. */
  readonly canReplay: boolean;
  readonly redirect: "error" | "follow" | "manual";
  readonly signal: AbortSignal | undefined;
  /** What else the caller wants of `fetch`. */
  readonly rest: RequestInit;
}

export type RequestInput = string | URL | Request;

/** @param apiBaseUrl what a path without an origin is below; "" = unknown. */
export const outgoingRequest = (
  input: RequestInput,
  init: RequestInit = {},
  apiBaseUrl: string,
): OutgoingRequest => {
  const { method = "GET", headers, body, redirect = "follow", signal, ...rest } = merged(input, init);
  return {
    url: urlOf(input, apiBaseUrl),
    method,
    headers: new Headers(headers),
    body,
    canReplay: isReplayable(body),
    redirect,
    signal: signal ?? undefined,
    rest,
  };
};

/** As `new Request(input, init)` does, but with a body that can be told from a stream. */
const merged = (input: RequestInput, init: RequestInit): RequestInit => {
  if (typeof input === "string" || input instanceof URL) return init;
  const { method, headers, body, redirect, signal, credentials, cache, keepalive, integrity } = input;
  const own = { method, headers, body, redirect, signal, credentials, cache, keepalive, integrity };
  // Node and Deno want to be told that a stream is sent before the answer is read.
  return { ...own, ...(body && { duplex: "half" }), ...init };
};

const urlOf = (input: RequestInput, apiBaseUrl: string): URL => {
  if (input instanceof URL) return new URL(input);
  const text = typeof input === "string" ? input : input.url;
  if (URL.canParse(text)) return new URL(text);
  if (apiBaseUrl === "")
    throw new TypeError("the URL has no origin, and the broker does not know where the provider's API is");
  return new URL(`${apiBaseUrl.replace(/\/+$/, "")}/${text.replace(/^\/+/, "")}`);
};

const isReplayable = (body: RequestInit["body"]): boolean =>
  body === undefined ||
  body === null ||
  typeof body === "string" ||
  body instanceof ArrayBuffer ||
  ArrayBuffer.isView(body) ||
  body instanceof URLSearchParams ||
  body instanceof Blob ||
  body instanceof FormData;
