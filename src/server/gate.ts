import type { HandlerContext } from "@connectrpc/connect";

import { Health } from "../../gen/ts/grpc/health/v1/health_pb.ts";
import type { Caller } from "../access/index.ts";
import { BrokerError } from "../errors.ts";
import { callerKey, requestFactsKey, requestIdKey, wordedByUsKey, type RequestFacts } from "./context.ts";
import { toBrokerError, toConnectError } from "./errors.ts";

export interface GateOptions {
  /** Who is calling; throws UNAUTHENTICATED or PERMISSION_DENIED. */
  readonly authenticate: (facts: RequestFacts) => Caller;
  /** Services that answer without caller identity. Probes of a platform have none. */
  readonly draining: () => boolean;
}

/**
 * Runs when the headers are there and before the body is read, inflated or parsed: an unknown caller costs no more than its headers.
 * Health is open: a platform's probe has no identity, and it tells nothing else.
 */
export const createGate =
  ({ authenticate, draining }: GateOptions) =>
  (context: HandlerContext): void => {
    if (context.service.typeName === Health.typeName) return;
    try {
      if (draining()) throw new BrokerError("DRAINING", "this replica is shutting down; retry");
      context.values.set(callerKey, authenticate(context.values.get(requestFactsKey)));
    } catch (reason) {
      context.values.get(wordedByUsKey).yes = true;
      throw toConnectError(toBrokerError(reason), context.values.get(requestIdKey));
    }
  };
