import { type Code, ConnectError, type Interceptor } from "@connectrpc/connect";
import type { Logger, Metrics } from "../../telemetry/index.ts";
import { codeName } from "../code-name.ts";
import { callerKey, requestIdKey } from "../context.ts";

/** One counter and one log line a call: method, caller, code, duration. Neither the request nor the answer is in it. */
export const observe =
  (logger: Logger, metrics: Metrics): Interceptor =>
  (next) =>
  async (request) => {
    const begun = performance.now();
    const method = request.method.name;
    const finish = (code: string): void => {
      const durationMs = performance.now() - begun;
      metrics.rpcCalls.inc({ method, code });
      metrics.rpcDurationSeconds.observe({ method }, durationMs / 1000);
      logger.debug("call answered", {
        method,
        code,
        caller: request.contextValues.get(callerKey)?.id,
        request_id: request.contextValues.get(requestIdKey),
        duration_ms: Math.round(durationMs * 10) / 10,
      });
    };
    try {
      const answer = await next(request);
      finish("ok");
      return answer;
    } catch (reason) {
      finish(codeName(ConnectError.from(reason).code));
      throw reason;
    }
  };

/** Counts a call that the framework refused: no interceptor saw it, or its answer could not be written. */
export const reportRefusal =
  (logger: Logger, metrics: Metrics) =>
  (method: string, code: Code, requestId: string): void => {
    metrics.rpcCalls.inc({ method, code: codeName(code) });
    logger.debug("call refused", { method, code: codeName(code), request_id: requestId });
  };
