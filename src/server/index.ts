/**
 * The RPC side: listeners, one file per RPC, conversion between messages and domain values, interceptors, health and reflection, and the
 * internal telemetry listener. The only room that knows protobuf.
 *
 * Owns nothing of what an RPC means: it converts, calls the room that does, and maps its errors. Laws: who is calling is decided before a body is
 * read; no answer may be cached; no error quotes a request; every call is bounded in time and size.
 */
export type { RpcHandler } from "./adapter.ts";
export { CODE_OF, ERROR_DOMAIN } from "./errors.ts";
export { createReadiness, type ReadinessSwitch } from "./readiness.ts";
export { createRpcHandler, type RpcHandlerOptions } from "./rpc-handler.ts";
export { createRpcListener, type RpcListener, type RpcListenerOptions } from "./listener.ts";
export { createTelemetryListener, type HealthReport, type TelemetryListener } from "./telemetry-listener.ts";
