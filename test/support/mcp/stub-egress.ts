/** Servers without sockets: for judging answers one by one. What the real egress allows and how it reads is tested in test/oauth. */
import { BrokerError } from "../../../src/errors.ts";
import type { Egress, EgressFetchOptions } from "../../../src/oauth/index.ts";

export interface StubRequest {
  readonly url: string;
  readonly method: string;
  readonly headers: Headers;
  readonly body: string;
  readonly redirect: string | undefined;
  readonly options: EgressFetchOptions;
}

export interface StubEgress extends Egress {
  /** In order; also those that were refused. */
  readonly requests: readonly StubRequest[];
}

/** An error is thrown; a function makes an answer for each request. */
export type StubAnswer = Error | (() => Response);

export const json = (value: unknown, status = 200) => answer(JSON.stringify(value), status);

export const answer =
  (
    body: ConstructorParameters<typeof Response>[0],
    status = 200,
    headers: Readonly<Record<string, string>> = {},
  ) =>
  (): Response =>
    new Response(body, { status, headers });

export const redirect = (location: string, status = 302) => answer(null, status, { location });

/** What the guard says to a URL that may not be called. */
export const denied = (): BrokerError => new BrokerError("EGRESS_DENIED", "the URL may not be called");

/** Answers by URL; the last of a list goes on. Every other URL is 404, and every URL that is no https is denied. */
export const stubEgress = (
  answers: Readonly<Record<string, StubAnswer | readonly StubAnswer[]>> = {},
): StubEgress => {
  const requests: StubRequest[] = [];
  const asked = new Map<string, number>();
  const check = (url: string): void => {
    if (!url.startsWith("https://")) throw denied();
  };
  return {
    requests,
    check,
    async fetch(url, init, options) {
      requests.push({
        url,
        method: init.method ?? "GET",
        headers: new Headers(init.headers),
        body: init.body instanceof URLSearchParams || typeof init.body === "string" ? String(init.body) : "",
        redirect: init.redirect,
        options,
      });
      check(url);
      const turn = asked.get(url) ?? 0;
      asked.set(url, turn + 1);
      const list = [answers[url] ?? answer(null, 404)].flat();
      const found = list[Math.min(turn, list.length - 1)];
      if (found instanceof Error) throw found;
      return found ? found() : new Response(null, { status: 404 });
    },
    close: () => Promise.resolve(),
  };
};

/** Time that does not pass. */
export const budget = { remainingMs: () => 10_000 };
