import { ConnectError, type Interceptor } from "@connectrpc/connect";
import type { Logger } from "../../telemetry/index.ts";
import { progressKey, requestIdKey } from "../context.ts";
import { toBrokerError, toConnectError } from "../errors.ts";
import { reportDefect } from "../report-defect.ts";

/** Turns whatever an implementation throws into the contract's errors. Only the class of an unexpected error reaches the log, nothing of it the caller. */
export const translateErrors =
  (logger: Logger): Interceptor =>
  (next) =>
  async (request) => {
    const progress = request.contextValues.get(progressKey);
    const worded = (reason: unknown): ConnectError => {
      if (reason instanceof ConnectError) return reason;
      const error = toBrokerError(reason);
      const requestId = request.contextValues.get(requestIdKey);
      reportDefect(logger, request.method.name, requestId, error);
      return toConnectError(error, requestId);
    };
    try {
      const answer = await next(request);
      progress.at = request.stream ? "worded" : "answering";
      return answer.stream ? { ...answer, message: untilError(answer.message, worded) } : answer;
    } catch (reason) {
      progress.at = "worded";
      throw worded(reason);
    }
  };

/** A stream fails after its answer has begun. */
async function* untilError<T>(
  messages: AsyncIterable<T>,
  worded: (reason: unknown) => ConnectError,
): AsyncIterable<T> {
  try {
    yield* messages;
  } catch (reason) {
    throw worded(reason);
  }
}
