import type { AccessToken } from "./access-token.ts";
import { AuthorizationRequiredError, OriginUnknownError, TokenBrokerError } from "./errors.ts";
import { outgoingRequest, type RequestInput } from "./outgoing-request.ts";
import { sendWithToken } from "./send-with-token.ts";
import type { TokenOptions, TokenSource } from "./token-source.ts";

export type FetchLike = (input: RequestInput, init?: RequestInit) => Promise<Response>;

export interface WithTokenOptions extends Omit<TokenOptions, "signal"> {
  /** Where the token may be sent, if the broker does not know. What the broker knows goes first. */
  readonly allowedOrigins?: readonly string[];
}

/**
 * `fetch` for one connection: each request carries the token as the provider wants it, if it goes to an origin that may have it; others go without. A
 * path is taken below the provider's API. An answer of 401 is reported to the broker, and the request is sent once more with the token's successor if its
 * body can be.
 *
 * @throws whatever `source.token` throws; AuthorizationRequiredError when the 401 turns out to be the end of the grant; OriginUnknownError; what `fetch`
 *   throws.
 */
export const withToken = (
  fetch: FetchLike,
  source: TokenSource,
  options: WithTokenOptions = {},
): FetchLike => {
  const { allowedOrigins = [], ...tokenOptions } = options;
  return async (input, init) => {
    const signal =
      init?.signal ?? (typeof input === "object" && "signal" in input ? input.signal : undefined);
    const patience: TokenOptions = { ...tokenOptions, ...(signal && { signal }) };
    const token = await source.token(patience);
    const request = outgoingRequest(input, init, token.usage.apiBaseUrl);
    const first = await sendWithToken(fetch, request, token, originsOf(token, allowedOrigins));
    if (first.response.status !== 401 || !first.carriedToken) return first.response;
    const next = await successorOf(token, source, patience, first.response);
    if (next === undefined || !request.canReplay) return first.response;
    await first.response.body?.cancel();
    return (await sendWithToken(fetch, request, next, originsOf(next, allowedOrigins))).response;
  };
};

const originsOf = ({ usage }: AccessToken, given: readonly string[]): ReadonlySet<string> => {
  const origins = usage.allowedOrigins.length > 0 ? usage.allowedOrigins : given;
  if (origins.length === 0) throw new OriginUnknownError();
  return new Set(origins.map((origin) => new URL(origin).origin));
};

/** undefined: there is none for now, or the token is not at fault; the 401 stands. */
const successorOf = async (
  { version }: AccessToken,
  source: TokenSource,
  options: TokenOptions,
  response: Response,
): Promise<AccessToken | undefined> => {
  try {
    const next = await source.replace(version, options);
    return next.version === version ? undefined : next;
  } catch (error) {
    if (error instanceof TokenBrokerError && !(error instanceof AuthorizationRequiredError)) return undefined;
    await response.body?.cancel();
    throw error;
  }
};
