import type { AccessToken } from "./access-token.ts";
import type { OutgoingRequest } from "./outgoing-request.ts";

export interface Sent {
  readonly response: Response;
  /** The answer is the answer to the token. */
  readonly carriedToken: boolean;
}

type FetchFunction = (input: URL, init: RequestInit) => Promise<Response>;

/** As the Fetch standard has it. */
const MOST_REDIRECTS = 20;
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** What the standard takes off on the way to another origin, and what describes a body that is no longer there. */
const OF_THE_ORIGIN = ["authorization", "proxy-authorization", "cookie", "host"];
const OF_THE_BODY = [
  "content-encoding",
  "content-language",
  "content-location",
  "content-type",
  "content-length",
];

/**
 * Sends the request with the token, if its origin may have it. Redirects are followed here and not by the runtime, which would carry a header of the
 * provider's own along to wherever it leads: from the first step to another origin on, the token stays behind, even if the way leads back.
 */
export const sendWithToken = async (
  fetch: FetchFunction,
  request: OutgoingRequest,
  { accessToken, usage }: AccessToken,
  allowedOrigins: ReadonlySet<string>,
): Promise<Sent> => {
  let { url, method, body } = request;
  const headers = new Headers(request.headers);
  let mayCarry = allowedOrigins.has(url.origin);
  if (mayCarry) setHeader(headers, usage.headerName, `${usage.headerPrefix}${accessToken}`);
  for (let redirects = 0; ; redirects += 1) {
    const response = await fetch(url, {
      ...request.rest,
      method,
      headers,
      redirect: request.redirect === "error" ? "error" : "manual",
      ...(body !== undefined && { body }),
      ...(request.signal && { signal: request.signal }),
    });
    const target = request.redirect === "follow" ? targetOf(response, url) : undefined;
    if (target === undefined) return { response, carriedToken: mayCarry };
    await response.body?.cancel();
    if (redirects === MOST_REDIRECTS) throw new TypeError("too many redirects");
    if (target.origin !== url.origin) {
      mayCarry = false;
      for (const name of [...OF_THE_ORIGIN, usage.headerName]) headers.delete(name);
    }
    if (losesBody(response.status, method)) {
      method = "GET";
      body = undefined;
      for (const name of OF_THE_BODY) headers.delete(name);
    } else if (!request.canReplay) throw new TypeError("redirected, and the body cannot be sent again");
    url = target;
  }
};

/** The runtime's own error quotes the token. */
const setHeader = (headers: Headers, name: string, value: string): void => {
  try {
    headers.set(name, value);
  } catch {
    throw new TypeError("the token cannot stand in a header");
  }
};

/** Where the answer sends on to; undefined = it is the answer. */
const targetOf = (response: Response, from: URL): URL | undefined => {
  if (response.type === "opaqueredirect")
    throw new TypeError("redirected, and this runtime does not tell where to: the token is not sent on");
  const location = REDIRECTS.has(response.status) ? response.headers.get("location") : null;
  if (location === null) return undefined;
  const target = URL.canParse(location, from.href) ? new URL(location, from) : undefined;
  if (target?.protocol === "https:" || target?.protocol === "http:") return target;
  throw new TypeError("redirected to something that is no http URL");
};

/** The Fetch standard, "HTTP-redirect fetch". */
const losesBody = (status: number, method: string): boolean =>
  (status === 303 && method !== "GET" && method !== "HEAD") ||
  ((status === 301 || status === 302) && method.toUpperCase() === "POST");
