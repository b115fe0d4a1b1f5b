/** A vendor at the root of a port of its own that answers as a test says and is otherwise plain, with every request as it came over the wire. */
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { readText } from "../../../src/testing/mock-provider/request.ts";

export interface WireRequest {
  readonly method: string;
  /** As in the Host header. */
  readonly host: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** Of the body: form or JSON. */
  readonly params: Readonly<Record<string, unknown>>;
}

export interface Answer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly json?: unknown;
  readonly body?: string;
}

/** `count` begins with 1, for each path. */
export type Respond = (request: WireRequest, count: number) => Answer;

export interface OddVendor extends AsyncDisposable {
  readonly port: number;
  /** In order of arrival. */
  readonly requests: readonly WireRequest[];
}

export const plainTokens: Respond = (_request, count) => ({
  json: { access_token: `at-${count}`, refresh_token: `rt-${count}`, token_type: "Bearer", expires_in: 3600 },
});

/** On every loopback address, so that 127.0.0.1 and 127.0.0.2 are two hosts of one vendor. */
export const startOddVendor = async (respond: Readonly<Record<string, Respond>>): Promise<OddVendor> => {
  const requests: WireRequest[] = [];
  const server = createServer((message, response) => {
    void (async () => {
      const url = new URL(message.url ?? "", "http://vendor");
      const body = await readText(message);
      const request: WireRequest = {
        method: message.method ?? "",
        host: message.headers.host ?? "",
        path: url.pathname,
        query: Object.fromEntries(url.searchParams),
        headers: message.headers,
        body,
        params: paramsOf(body, message.headers["content-type"] ?? ""),
      };
      requests.push(request);
      const count = requests.filter(({ path }) => path === request.path).length;
      const answer = (respond[url.pathname] ?? notFound)(request, count);
      const type = answer.json === undefined ? "text/html" : "application/json";
      response.writeHead(answer.status ?? 200, { "content-type": type, ...answer.headers });
      response.end(answer.body ?? (answer.json === undefined ? "" : JSON.stringify(answer.json)));
    })();
  });
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, "0.0.0.0", resolve);
  await promise;
  return {
    port: (server.address() as AddressInfo).port,
    requests,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
};

const notFound: Respond = () => ({ status: 404 });

const paramsOf = (body: string, type: string): Record<string, unknown> =>
  type.startsWith("application/json")
    ? (JSON.parse(body) as Record<string, unknown>)
    : Object.fromEntries(new URLSearchParams(body));
