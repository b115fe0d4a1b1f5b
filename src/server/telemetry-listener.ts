import { createServer, type OutgoingHttpHeaders, type Server, type ServerResponse } from "node:http";
import type { ListenAddress } from "../config/index.ts";
import type { Metrics } from "../telemetry/index.ts";
import { SECOND } from "../time.ts";
import { listenOn } from "./listen-on.ts";

/** What `/healthz/ready` says. Degraded parts leave the process ready: all replicas would flip together when the one database is away. */
export interface HealthReport {
  readonly ready: boolean;
  /** Parts that do not work now, by name ("database"). */
  readonly degraded: readonly string[];
}

export interface TelemetryListener {
  /** Resolves with the address that was bound. */
  listen(address: ListenAddress): Promise<ListenAddress>;
  close(): Promise<void>;
}

/** `/healthz/live`, `/healthz/ready`, `/metrics`. Internal: bind it where only the platform can reach it. */
export const createTelemetryListener = (
  metrics: Metrics,
  health: () => Promise<HealthReport>,
): TelemetryListener => {
  const server: Server = createServer(
    { headersTimeout: 10 * SECOND, requestTimeout: 10 * SECOND },
    (request, response) => {
      if (request.method !== "GET" && request.method !== "HEAD")
        return json(response, 405, { error: "GET only" }, { allow: "GET, HEAD" });
      switch (request.url?.split("?", 1)[0]) {
        case "/healthz/live":
          return json(response, 200, { status: "live" });
        case "/healthz/ready":
          return orDestroy(response, ready(response, health));
        case "/metrics":
          return orDestroy(response, scrape(response, metrics));
        default:
          return json(response, 404, {
            error: "not found",
            paths: ["/healthz/live", "/healthz/ready", "/metrics"],
          });
      }
    },
  );
  return {
    listen: (address) => listenOn(server, address),
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
};

/** A report that cannot be made ends its connection and not the process. */
const orDestroy = (response: ServerResponse, work: Promise<void>): void =>
  void work.catch(() => response.destroy());

const ready = async (response: ServerResponse, health: () => Promise<HealthReport>): Promise<void> => {
  const report = await health();
  json(response, report.ready ? 200 : 503, {
    status: report.ready ? "ready" : "not ready",
    degraded: report.degraded,
  });
};

const scrape = async (response: ServerResponse, metrics: Metrics): Promise<void> => {
  const { contentType, text } = await metrics.render();
  answer(response, 200, text, { "content-type": contentType });
};

const json = (
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: OutgoingHttpHeaders = {},
): void =>
  answer(response, status, `${JSON.stringify(body)}\n`, { "content-type": "application/json", ...headers });

const answer = (
  response: ServerResponse,
  status: number,
  body: string,
  headers: OutgoingHttpHeaders,
): void => {
  response.writeHead(status, {
    ...headers,
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
  });
  response.end(body);
};
