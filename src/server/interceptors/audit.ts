import type { DescMethod } from "@bufbuild/protobuf";
import { Code, ConnectError, type ContextValues, type Interceptor } from "@connectrpc/connect";
import { type Audit, type AuditRecord, emptyRecord } from "../../audit/index.ts";
import { BrokerError } from "../../errors.ts";
import { type Clock, systemClock } from "../../time.ts";
import { isAudited, type MessageFacts, messageFacts } from "../audit-facts.ts";
import { auditTrailKey } from "../audit-trail.ts";
import { codeName } from "../code-name.ts";
import { callerKey, requestIdKey } from "../context.ts";
import { createSample } from "../sample.ts";

const LIMITED_PER_SECOND = 10;

/**
 * Records every call of the contract's services, granted or refused, before its answer leaves: no RPC can be forgotten. A record that must be there and
 * cannot be written takes the answer's place. Of a stream it records that it began. Of calls that are refused because there are too many, so many a second
 * are recorded on each replica: a limit that wrote a row for each would be none.
 */
export const auditCalls = (audit: Audit, clock: Clock = systemClock): Interceptor => {
  const isSampled = createSample(LIMITED_PER_SECOND, clock);
  return (next) => async (request) => {
    const { method, service, contextValues: values } = request;
    if (!isAudited(service)) return next(request);
    values.get(auditTrailKey).isRecorded = true;
    const record = (outcome: string, message: object, answer?: object): Promise<void> =>
      audit.record(recordOf(method, values, outcome, messageFacts(method, message, answer)));
    if (request.stream) {
      await record("OK", {});
      return next(request);
    }
    const answer = await next(request).catch(async (reason: unknown) => {
      const outcome = outcomeOf(reason);
      if (outcome !== "RATE_LIMITED" || isSampled()) await record(outcome, request.message);
      throw reason;
    });
    await record("OK", request.message, answer.stream ? undefined : answer.message);
    return answer;
  };
};

/** Calls that no interceptor saw: refused by who called, or unreadable. What they ask for is not known. */
export const auditRefusal = async (
  audit: Audit,
  method: DescMethod,
  values: ContextValues,
  code: Code | undefined,
): Promise<void> => {
  const { refusal = codeName(code ?? Code.Unknown).toUpperCase() } = values.get(auditTrailKey);
  await audit.record(recordOf(method, values, refusal, {}));
};

const recordOf = (
  method: DescMethod,
  values: ContextValues,
  outcome: string,
  facts: Partial<MessageFacts>,
): AuditRecord => {
  const { subject = "", rule = "" } = values.get(auditTrailKey);
  return {
    ...emptyRecord(method.name),
    ...facts,
    // A request that does not fit the contract may hold anything anywhere.
    ...(outcome === "INVALID_REQUEST" && { details: {} }),
    caller: values.get(callerKey)?.id ?? "",
    subject,
    rule,
    outcome,
    requestId: values.get(requestIdKey),
  };
};

const outcomeOf = (reason: unknown): string => {
  if (reason instanceof BrokerError) return reason.code;
  return reason instanceof ConnectError ? codeName(reason.code).toUpperCase() : "INTERNAL";
};
