import type { DescMethod } from "@bufbuild/protobuf";
import type { Code, ContextValues } from "@connectrpc/connect";
import type { Audit } from "../audit/index.ts";
import { type Clock, systemClock } from "../time.ts";
import { isOwnService } from "./access/own-services.ts";
import { callerKey } from "./context.ts";
import { auditRefusal } from "./interceptors/audit.ts";
import { createSample } from "./sample.ts";

/** Of calls that come from nobody known, so many a second are recorded on each replica; all of them are counted in `tokenbroker_rpc_calls_total`. */
const STRANGERS_PER_SECOND = 10;

/** The same of callers that are known and may not do what they ask. */
const CALLERS_PER_SECOND = 100;

/**
 * Records calls that were refused before their message was understood. A flood is a sample there: it may fill neither the disk nor the database.
 * A record that cannot be written changes nothing: nothing but a refusal leaves.
 */
export const createRefusalRecorder = (audit: Audit, clock: Clock = systemClock) => {
  const isStrangersTurn = createSample(STRANGERS_PER_SECOND, clock);
  const isCallersTurn = createSample(CALLERS_PER_SECOND, clock);
  return async (method: DescMethod, values: ContextValues, code: Code | undefined): Promise<void> => {
    if (!isOwnService(method.parent)) return;
    const isSampled = values.get(callerKey) === undefined ? isStrangersTurn : isCallersTurn;
    if (!isSampled()) return;
    await auditRefusal(audit, method, values, code).catch(() => {});
  };
};
