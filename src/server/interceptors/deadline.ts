import type { Interceptor } from "@connectrpc/connect";
import { BrokerError } from "../../errors.ts";
import { deadlineKey } from "../context.ts";

/**
 * Bounds every unary call: by the caller's own timeout, and by ours however long the caller would wait. A longer client timeout is accepted, not
 * refused (connect's `maxTimeoutMs` would refuse it). The implementation goes on if it must (a refresh that was sent is saved); the caller is answered.
 */
export const boundCalls =
  (timeoutMs: number): Interceptor =>
  (next) =>
  async (request) => {
    if (request.stream) return next(request);
    const timer = Promise.withResolvers<never>();
    const expire = (): void =>
      timer.reject(new BrokerError("DEADLINE_EXCEEDED", "the call was not answered within its deadline"));
    request.contextValues.set(
      deadlineKey,
      Math.min(request.contextValues.get(deadlineKey), performance.now() + timeoutMs),
    );
    const handle = setTimeout(expire, timeoutMs);
    try {
      return await Promise.race([next(request), timer.promise]);
    } finally {
      clearTimeout(handle);
    }
  };
