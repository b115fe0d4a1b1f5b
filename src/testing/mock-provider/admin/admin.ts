import type { IncomingMessage, ServerResponse } from "node:http";
import { FormError } from "../json/form.ts";
import type { MockProvider } from "../mock-provider.ts";
import { readText } from "../request.ts";
import { ADMIN_PREFIX } from "./admin-path.ts";
import { type AdminAnswer, type AdminRequest, NOT_FOUND, ROUTES } from "./admin-routes.ts";

export const isAdminPath = (path: string): boolean =>
  path === ADMIN_PREFIX || path.startsWith(`${ADMIN_PREFIX}/`);

export type Admin = (message: IncomingMessage, response: ServerResponse, url: URL) => Promise<void>;

/** The API by which another process drives the server: JSON in, JSON out, an `error` that names the field where something is wrong. */
export const createAdmin =
  (provider: MockProvider): Admin =>
  async (message, response, url) => {
    const route = findRoute(message.method ?? "", url.pathname.slice(ADMIN_PREFIX.length));
    if (route === undefined) return sendJson(response, 404, { error: "no such route", routes: ROUTE_NAMES });
    try {
      const name = decode(route.params["vendor"]).replace(/^@root$/, "");
      const request: AdminRequest = {
        provider,
        vendor: () => servedVendor(provider, name),
        name,
        id: decode(route.params["id"]),
        body: parseBody(await readText(message)),
        query: url.searchParams,
      };
      send(response, route.answer(request));
    } catch (error) {
      sendJson(response, error instanceof FormError ? 400 : 500, { error: (error as Error).message });
    }
  };

const decode = (segment = ""): string => {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw new FormError(`the path: "${segment}" is not percent-encoded`);
  }
};

const servedVendor = (provider: MockProvider, name: string) => {
  const vendor = provider.vendors.get(name);
  if (vendor) return vendor;
  throw new FormError(
    `vendor: "${name}" is not served; there are ${[...provider.vendors.keys()].join(", ")}`,
  );
};

const parseBody = (text: string): unknown => {
  if (text === "") return {};
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new FormError("the body is no JSON");
  }
};

interface Route {
  readonly pattern: RegExp;
  readonly answer: AdminAnswer;
}

const ROUTE_NAMES = Object.keys(ROUTES).map((name) => name.replace(" ", ` ${ADMIN_PREFIX}`));

const routes: readonly Route[] = Object.entries(ROUTES).map(([name, answer]) => ({
  pattern: new RegExp(`^${name.replaceAll(/:(\w+)/g, "(?<$1>[^/]+)")}/?$`),
  answer,
}));

const findRoute = (method: string, path: string) => {
  for (const { pattern, answer } of routes) {
    const match = pattern.exec(`${method} ${path}`);
    if (match) return { answer, params: match.groups ?? {} };
  }
  return undefined;
};

const send = (response: ServerResponse, answer: unknown): void => {
  if (answer === NOT_FOUND) sendJson(response, 404, { error: "no such id" });
  else if (typeof answer === "string")
    response.writeHead(200, { "content-type": "application/x-ndjson" }).end(answer);
  else sendJson(response, 200, answer);
};

const sendJson = (response: ServerResponse, status: number, body: unknown): void =>
  void response
    .writeHead(status, { "content-type": "application/json", "cache-control": "no-store" })
    .end(`${JSON.stringify(body)}\n`);
