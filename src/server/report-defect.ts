import { Code } from "@connectrpc/connect";
import type { BrokerError } from "../errors.ts";
import { errorClass, type Logger } from "../telemetry/index.ts";
import { CODE_OF } from "./errors.ts";

/** An INTERNAL error tells its caller to look for the request id. Only the class of its cause reaches the log. */
export const reportDefect = (logger: Logger, method: string, requestId: string, error: BrokerError): void => {
  if (CODE_OF[error.code] !== Code.Internal) return;
  logger.error("call failed", {
    request_id: requestId,
    method,
    reason: error.code,
    error_class: errorClass(error.cause ?? error),
  });
};
