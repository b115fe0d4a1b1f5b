import { Code, ConnectError, type Interceptor } from "@connectrpc/connect";
import { BrokerError } from "../../errors.ts";
import { deadlineKey } from "../context.ts";

/**
 * Bounds every unary call: by the caller's own timeout, and by ours however long the caller would wait. A longer client timeout is accepted, not
 * refused (connect's `maxTimeoutMs` would refuse it). The implementation goes on if it must (a refresh that was sent is saved); the caller is answered.
 * A call whose time is over, or whose caller is gone, before it begins does nothing.
 */
export const boundCalls =
  (timeoutMs: number): Interceptor =>
  (next) =>
  async (request) => {
    if (request.stream) return next(request);
    const { signal, contextValues } = request;
    if (signal.aborted) throw endOf(signal);
    const { promise: end, reject } = Promise.withResolvers<never>();
    const onAbort = (): void => reject(endOf(signal));
    contextValues.set(deadlineKey, Math.min(contextValues.get(deadlineKey), performance.now() + timeoutMs));
    signal.addEventListener("abort", onAbort, { once: true });
    const timer = setTimeout(() => reject(tooLate()), timeoutMs);
    try {
      return await Promise.race([next(request), end]);
    } finally {
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
    }
  };

const tooLate = (): BrokerError =>
  new BrokerError("DEADLINE_EXCEEDED", "the call was not answered within its deadline");

/** A signal ends by the caller's timeout, or because the caller went away. */
const endOf = ({ reason }: AbortSignal): BrokerError | ConnectError =>
  reason instanceof ConnectError && reason.code === Code.DeadlineExceeded
    ? tooLate()
    : new ConnectError("the caller went away", Code.Canceled);
