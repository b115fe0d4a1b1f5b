import { TokenBrokerService } from "../../gen/ts/tokenbroker/v1/token_broker_service_pb.ts";
import { PERSON_METHODS } from "../access/index.ts";
import type { RpcHandler } from "./adapter.ts";

/** What a page may call: the methods that a person's own token opens. */
const PATHS: ReadonlySet<string> = new Set(
  TokenBrokerService.methods
    .filter(({ name }) => PERSON_METHODS.has(name))
    .map(({ name }) => `/${TokenBrokerService.typeName}/${name}`),
);

const PREFLIGHT = {
  "access-control-allow-methods": "POST",
  "access-control-allow-headers":
    "authorization, content-type, connect-protocol-version, connect-timeout-ms, grpc-timeout, x-grpc-web, x-user-agent",
  "access-control-max-age": "7200",
  "cache-control": "no-store",
} as const;

const EXPOSED = "grpc-status, grpc-message, grpc-status-details-bin";

/**
 * Lets pages of listed origins read the answers of those methods, and asks the browser to send nothing else (Fetch standard, CORS protocol). Never with
 * credentials: a cookie proves nothing here. Without origins it is not there.
 */
export const withCors = (origins: readonly string[], handle: RpcHandler): RpcHandler => {
  if (origins.length === 0) return handle;
  const allowed = new Set(origins);
  return (request, response) => {
    const path = request.url?.split("?", 1)[0] ?? "";
    const { origin } = request.headers;
    if (!PATHS.has(path)) return handle(request, response);
    response.setHeader("vary", "origin");
    if (origin === undefined || !allowed.has(origin)) return handle(request, response);
    response.setHeader("access-control-allow-origin", origin);
    response.setHeader("access-control-expose-headers", EXPOSED);
    if (request.method !== "OPTIONS") return handle(request, response);
    for (const [name, value] of Object.entries(PREFLIGHT)) response.setHeader(name, value);
    response.statusCode = 204;
    response.end();
    return true;
  };
};
