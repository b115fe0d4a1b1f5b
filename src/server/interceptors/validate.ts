import type { Interceptor } from "@connectrpc/connect";
import type { CheckMessage } from "../check-message.ts";

/** Checks every unary request before an implementation sees it. Streams check their own: their message is not there yet. */
export const validateRequests =
  (check: CheckMessage): Interceptor =>
  (next) =>
  (request) => {
    if (!request.stream) check(request.method.input, request.message);
    return next(request);
  };
