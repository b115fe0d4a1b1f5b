import type { Authenticator } from "../access/index.ts";
import type { RateLimits } from "../rate-limits/index.ts";
import type { Metrics } from "../telemetry/index.ts";
import { createRpcHandler as createAdapter, type RpcHandler } from "./adapter.ts";
import { createMessageCheck } from "./check-message.ts";
import { withCors } from "./cors.ts";
import { DETAIL_TYPES } from "./errors.ts";
import { createGate } from "./gate.ts";
import { healthRoutes, type Readiness } from "./health.ts";
import { auditCalls } from "./interceptors/audit.ts";
import { authorizeCalls } from "./interceptors/authorize.ts";
import { boundCalls } from "./interceptors/deadline.ts";
import { translateErrors } from "./interceptors/errors.ts";
import { limitCalls } from "./interceptors/limit.ts";
import { observe, reportRefusal } from "./interceptors/observe.ts";
import { validateRequests } from "./interceptors/validate.ts";
import { reflectionRoutes } from "./reflection.ts";
import { createRefusalRecorder } from "./refusal-recorder.ts";
import { adminRoutes, brokerRoutes, loginRoutes, type RpcDeps } from "./rpc/index.ts";

export interface RpcHandlerOptions extends Omit<RpcDeps, "check"> {
  readonly authenticator: Authenticator;
  /** Origins of pages that may call what a person's own token opens. */
  readonly corsOrigins: readonly string[];
  readonly defaultRedirectUri: string | undefined;
  readonly readiness: Readiness;
  readonly draining: () => boolean;
  /** No unary call takes longer, whatever timeout its caller sent. */
  readonly callTimeoutMs: number;
  readonly metrics: Metrics;
  readonly rateLimits: RateLimits;
}

/** Everything the RPC port serves: the broker's service, health and reflection, over Connect, gRPC and gRPC-Web. */
export const createRpcHandler = (options: RpcHandlerOptions): RpcHandler => {
  const { logger, metrics, readiness, audit } = options;
  const check = createMessageCheck();
  const deps: RpcDeps = { ...options, check };
  const handler = createAdapter(
    (router) => {
      brokerRoutes(deps)(router);
      adminRoutes(deps)(router);
      loginRoutes(deps)(router);
      healthRoutes(readiness, options.draining)(router);
      reflectionRoutes(router);
    },
    {
      requestGate: createGate(options),
      interceptors: [
        observe(logger, metrics),
        translateErrors(logger),
        auditCalls(audit),
        limitCalls(options.rateLimits),
        boundCalls(options.callTimeoutMs),
        validateRequests(check),
        authorizeCalls(options),
      ],
      readMaxBytes: 64 * 1024,
      jsonOptions: { registry: DETAIL_TYPES },
    },
    { logger, onRefusal: reportRefusal(logger, metrics), recordRefusal: createRefusalRecorder(audit) },
  );
  return withCors(options.corsOrigins, handler);
};
