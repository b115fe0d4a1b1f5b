/**
 * A small HTTP server on a port that the system chose, whose every path a test may take over: the base of honest and of hostile servers alike. Every
 * request is kept in order of arrival.
 */
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import type { ScriptedAnswer } from "../../../src/testing/mock-provider/answers/scripted-answer.ts";
import { sendAnswer } from "../../../src/testing/mock-provider/answers/send-answer.ts";

export interface SeenRequest {
  readonly method: string;
  /** As it was sent, percent-encoding untouched. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** The body as a form; empty for any other. */
  readonly form: Readonly<Record<string, string>>;
}

export type Handler = (request: SeenRequest) => ScriptedAnswer | Promise<ScriptedAnswer>;

export interface ServerOptions {
  /** A loopback address. Default `127.0.0.1`; another one is another host to the broker. */
  readonly host?: string | undefined;
  /** What the server calls itself, where that is a name. Default: the address. */
  readonly name?: string | undefined;
  readonly port?: number | undefined;
}

export interface HttpServer extends AsyncDisposable {
  readonly url: string;
  /** `host:port`, as `BROKER_ALLOW_INSECURE_LOOPBACK` wants it. */
  readonly host: string;
  readonly port: number;
  /** Every request so far. */
  readonly requests: readonly SeenRequest[];
  requestsTo(path: string): readonly SeenRequest[];
  /** TCP connections so far. */
  readonly connectionCount: number;
  openConnections(): number;
  /** What answers a path, in the place of the server's own behaviour, until `reset`. `"*"` stands for every path without an answer of its own. */
  on(path: string, answer: ScriptedAnswer | Handler): void;
  /** Itself again, and nothing seen. */
  readonly reset: () => void;
}

/** `own` answers what no test took over. */
export const startHttpServer = async (
  own: (request: SeenRequest, server: HttpServer) => ReturnType<Handler>,
  { host = "127.0.0.1", name = host, port = 0 }: ServerOptions = {},
): Promise<HttpServer> => {
  const taken = new Map<string, Handler>();
  const requests: SeenRequest[] = [];
  const sockets = new Set<Socket>();
  let connectionCount = 0;
  const serve = async (message: IncomingMessage, response: ServerResponse): Promise<void> => {
    const gone = new AbortController();
    response.on("close", () => gone.abort());
    const request = await readRequest(message);
    requests.push(request);
    const handler = taken.get(request.path) ?? taken.get("*");
    const answer = await (handler ? handler(request) : own(request, running));
    await sendAnswer(response, answer, gone.signal);
  };
  const server = createServer((message, response) => {
    serve(message, response).catch(() => response.destroy());
  });
  server.on("connection", (socket) => {
    connectionCount += 1;
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket)).on("error", () => {});
  });
  server.listen(port, host);
  await once(server, "listening");
  const bound = (server.address() as AddressInfo).port;
  const running: HttpServer = {
    url: `http://${name}:${bound}`,
    host: `${name}:${bound}`,
    port: bound,
    requests,
    requestsTo: (path) => requests.filter((request) => request.path === path),
    get connectionCount() {
      return connectionCount;
    },
    openConnections: () => sockets.size,
    on: (path, answer) => void taken.set(path, typeof answer === "function" ? answer : () => answer),
    reset() {
      taken.clear();
      requests.length = 0;
    },
    async [Symbol.asyncDispose]() {
      const closed = once(server, "close");
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
  return running;
};

const readRequest = async (message: IncomingMessage): Promise<SeenRequest> => {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks).toString("utf8");
  const [path = "/", search = ""] = (message.url ?? "/").split(/\?(.*)/s);
  const isForm = message.headers["content-type"]?.startsWith("application/x-www-form-urlencoded") ?? false;
  return {
    method: message.method ?? "",
    path,
    query: new URLSearchParams(search),
    headers: Object.fromEntries(
      Object.entries(message.headers).map(([header, value]) => [header, [value ?? ""].flat().join(", ")]),
    ),
    body,
    form: isForm ? Object.fromEntries(new URLSearchParams(body)) : {},
  };
};

export const NOT_FOUND: ScriptedAnswer = { status: 404, json: { error: "not_found" } };
