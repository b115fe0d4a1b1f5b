import { createServer, type ServerResponse } from "node:http";

import type { Metrics } from "../telemetry/index.ts";
import { SECOND } from "../time.ts";

/** What `/healthz/ready` says. Degraded parts leave the process ready: all replicas would flip together when the one database is away. */
export interface HealthReport {
  readonly ready: boolean;
  /** Parts that do not work now, by name ("database"). */
  readonly degraded: readonly string[];
}

const answer = (response: ServerResponse, status: number, contentType: string, body: string): void => {
  response.writeHead(status, { "content-type": contentType, "cache-control": "no-store", "x-content-type-options": "nosniff" });
  response.end(body);
};

const json = (response: ServerResponse, status: number, body: unknown): void =>
  answer(response, status, "application/json", `${JSON.stringify(body)}\n`);

/** `/healthz/live`, `/healthz/ready`, `/metrics`. Internal: bind it where only the platform can reach it. */
export const createTelemetryServer = (metrics: Metrics, health: () => Promise<HealthReport>) =>
  createServer({ headersTimeout: 10 * SECOND, requestTimeout: 10 * SECOND }, (request, response) => {
    if (request.method !== "GET" && request.method !== "HEAD") return json(response, 405, { error: "GET only" });
    const path = request.url?.split("?", 1)[0];
    switch (path) {
      case "/healthz/live":
        return json(response, 200, { status: "live" });
      case "/healthz/ready":
        return void health().then(
          ({ ready, degraded }) => json(response, ready ? 200 : 503, { status: ready ? "ready" : "not ready", degraded }),
          () => json(response, 503, { status: "not ready" }),
        );
      case "/metrics":
        return void metrics.render().then(
          ({ contentType, text }) => answer(response, 200, contentType, text),
          () => json(response, 500, { error: "metrics could not be collected" }),
        );
      default:
        return json(response, 404, { error: "not found", paths: ["/healthz/live", "/healthz/ready", "/metrics"] });
    }
  });
