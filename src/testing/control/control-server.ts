import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { checkLoopbackRequest } from "../../access/index.ts";
import { UnknownConnectionError } from "../connections.ts";
import { FormError } from "../mock-provider/json/form.ts";
import type { DrivenKit } from "../test-kit.ts";
import { ROUTES } from "./routes.ts";

export interface ControlServer extends AsyncDisposable {
  readonly url: string;
}

/** The kit for programs in any language: JSON in and out, on loopback. */
export const startControlServer = async (kit: DrivenKit, port: number): Promise<ControlServer> => {
  const server = createServer((request, response) => void answer(kit, request, response));
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
};

const answer = async (kit: DrivenKit, request: IncomingMessage, response: ServerResponse): Promise<void> => {
  const [status, body] = await outcomeOf(kit, request);
  response.writeHead(status, { "content-type": "application/json", "cache-control": "no-store" });
  response.end(`${JSON.stringify(body)}\n`);
};

const outcomeOf = async (kit: DrivenKit, request: IncomingMessage): Promise<readonly [number, unknown]> => {
  if (!isOfThisMachine(request)) return [403, { error: "only programs on this machine may call this" }];
  const [path = ""] = (request.url ?? "").split("?", 1);
  const found = routeOf(request.method ?? "", path);
  if (found === undefined) return [404, { error: `there is no ${request.method} ${path}` }];
  try {
    const result = await found.route(kit, { id: found.id, body: await readJson(request) });
    return [200, result ?? {}];
  } catch (error) {
    const isTheirs = error instanceof FormError || error instanceof UnknownConnectionError;
    return [isTheirs ? 400 : 500, { error: error instanceof Error ? error.message : "failed" }];
  }
};

/** No page may drive it, whatever name it gives to this address: it hands out keys. */
const isOfThisMachine = ({ headers: { host, origin } }: IncomingMessage): boolean => {
  try {
    checkLoopbackRequest({ host, origin });
    return true;
  } catch {
    return false;
  }
};

const CONNECTION = /^\/connections\/([^/]+)\//;

const routeOf = (method: string, path: string) => {
  const id = CONNECTION.exec(path)?.[1] ?? "";
  const name = `${method} ${path.replace(CONNECTION, "/connections/:id/")}`;
  const route = Object.hasOwn(ROUTES, name) ? ROUTES[name] : undefined;
  return route && { route, id };
};

const readJson = async (request: IncomingMessage): Promise<unknown> => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString("utf8");
  if (text.trim() === "") return {};
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new FormError("the whole: no JSON");
  }
};
