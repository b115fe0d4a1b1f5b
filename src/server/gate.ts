import type { HandlerContext } from "@connectrpc/connect";
import { Health } from "../../gen/ts/grpc/health/v1/health_pb.ts";
import type { AccessPolicy, Authenticator, Caller } from "../access/index.ts";
import { BrokerError } from "../errors.ts";
import type { Metrics } from "../telemetry/index.ts";
import { isOwnService } from "./access/own-services.ts";
import { methodDenied } from "./access/refusals.ts";
import { auditTrailKey } from "./audit-trail.ts";
import { codeName } from "./code-name.ts";
import {
  askAgainKey,
  callerKey,
  connectionKey,
  progressKey,
  requestHeadersKey,
  requestIdKey,
} from "./context.ts";
import { toBrokerError, toConnectError } from "./errors.ts";

export interface GateOptions {
  readonly authenticator: Authenticator;
  readonly policy: AccessPolicy;
  readonly draining: () => boolean;
  readonly metrics: Pick<Metrics, "rpcCalls">;
}

/**
 * Runs when the headers are there and before the body is read, inflated or parsed: an unknown caller, and one that may not call this method at all, cost
 * no more than their headers.
 * Health is open: a platform's probe has no identity, and it tells nothing else.
 */
export const createGate =
  ({ authenticator, policy, draining, metrics }: GateOptions) =>
  async (context: HandlerContext): Promise<void> => {
    if (context.service.typeName === Health.typeName) return;
    try {
      if (draining()) throw new BrokerError("DRAINING", "this replica is shutting down; retry");
      const headers = context.values.get(requestHeadersKey);
      const authenticate = () => authenticator.authenticate(headers, context.values.get(connectionKey));
      const assertMayCall = (caller: Caller): void => {
        if (!mayCall(policy, caller, context)) throw methodDenied(context.method.name);
      };
      const caller = await authenticate();
      context.values.set(callerKey, caller);
      assertMayCall(caller);
      context.values.set(askAgainKey, async () => assertMayCall(await authenticate()));
    } catch (reason) {
      context.values.get(progressKey).at = "worded";
      const refusal = toBrokerError(reason);
      context.values.get(auditTrailKey).refusal = refusal.code;
      const error = toConnectError(refusal, context.values.get(requestIdKey));
      metrics.rpcCalls.inc({ method: context.method.name, code: codeName(error.code) });
      throw error;
    }
  };

/** Reflection shows the contract to every caller, and to no page. */
const mayCall = (policy: AccessPolicy, caller: Caller, { service, method }: HandlerContext): boolean =>
  isOwnService(service) ? policy.mayCall(caller, method.name) : caller.method !== "person";
