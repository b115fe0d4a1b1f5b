import { ConnectError, type Interceptor } from "@connectrpc/connect";
import { errorClass, type Logger } from "../../telemetry/index.ts";
import { progressKey, requestIdKey } from "../context.ts";
import { toBrokerError, toConnectError } from "../errors.ts";

/** Turns whatever an implementation throws into the contract's errors. Only the class of an unexpected error reaches the log, nothing of it the caller. */
export const translateErrors =
  (logger: Logger): Interceptor =>
  (next) =>
  async (request) => {
    const progress = request.contextValues.get(progressKey);
    try {
      const answer = await next(request);
      progress.at = request.stream ? "worded" : "answering";
      return answer;
    } catch (reason) {
      progress.at = "worded";
      if (reason instanceof ConnectError) throw reason;
      const error = toBrokerError(reason);
      const requestId = request.contextValues.get(requestIdKey);
      if (error.code === "INTERNAL") {
        logger.error("call failed", {
          request_id: requestId,
          method: request.method.name,
          error_class: errorClass(error.cause ?? error),
        });
      }
      throw toConnectError(error, requestId);
    }
  };
