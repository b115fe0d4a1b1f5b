import type { HandlerContext } from "@connectrpc/connect";
import { Health } from "../../gen/ts/grpc/health/v1/health_pb.ts";
import type { Authenticator } from "../access/index.ts";
import { BrokerError } from "../errors.ts";
import type { Metrics } from "../telemetry/index.ts";
import { auditTrailKey } from "./audit-trail.ts";
import { codeName } from "./code-name.ts";
import { askAgainKey, callerKey, peerKey, progressKey, requestHeadersKey, requestIdKey } from "./context.ts";
import { toBrokerError, toConnectError } from "./errors.ts";

export interface GateOptions {
  readonly authenticator: Authenticator;
  readonly draining: () => boolean;
  readonly metrics: Pick<Metrics, "rpcCalls">;
}

/**
 * Runs when the headers are there and before the body is read, inflated or parsed: an unknown caller costs no more than its headers.
 * Health is open: a platform's probe has no identity, and it tells nothing else.
 */
export const createGate =
  ({ authenticator, draining, metrics }: GateOptions) =>
  (context: HandlerContext): void => {
    if (context.service.typeName === Health.typeName) return;
    try {
      if (draining()) throw new BrokerError("DRAINING", "this replica is shutting down; retry");
      const headers = context.values.get(requestHeadersKey);
      const ask = () => authenticator.authenticate(headers, context.values.get(peerKey));
      context.values.set(callerKey, ask()).set(askAgainKey, () => void ask());
    } catch (reason) {
      context.values.get(progressKey).at = "worded";
      const refusal = toBrokerError(reason);
      context.values.get(auditTrailKey).refusal = refusal.code;
      const error = toConnectError(refusal, context.values.get(requestIdKey));
      metrics.rpcCalls.inc({ method: context.method.name, code: codeName(error.code) });
      throw error;
    }
  };
