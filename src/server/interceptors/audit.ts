import type { DescMethod } from "@bufbuild/protobuf";
import { Code, ConnectError, type ContextValues, type Interceptor } from "@connectrpc/connect";
import { TokenBrokerService } from "../../../gen/ts/tokenbroker/v1/token_broker_service_pb.ts";
import { type Audit, type AuditRecord, emptyRecord } from "../../audit/index.ts";
import { BrokerError } from "../../errors.ts";
import { type Clock, systemClock } from "../../time.ts";
import { isOwnService } from "../access/own-services.ts";
import { type MessageFacts, messageFacts } from "../audit-facts.ts";
import { auditTrailKey } from "../audit-trail.ts";
import { codeName } from "../code-name.ts";
import { callerKey, requestIdKey } from "../context.ts";
import { createSample } from "../sample.ts";
import { answeredTokens } from "../token-results.ts";

const LIMITED_PER_SECOND = 10;

/**
 * Records every call of the contract's services, granted or refused, before its answer leaves: no RPC can be forgotten. A record that must be there and
 * cannot be written takes the answer's place. An answer with several tokens has a record for each; a stream one for each token, before it is sent, and one
 * for its end. Of calls that are refused because there are too many, so many a second are recorded on each replica: a limit that wrote a row for each
 * would be none.
 */
export const auditCalls = (audit: Audit, clock: Clock = systemClock): Interceptor => {
  const isSampled = createSample(LIMITED_PER_SECOND, clock);
  return (next) => async (request) => {
    const { method, service, contextValues: values } = request;
    if (!isOwnService(service)) return next(request);
    values.get(auditTrailKey).isRecorded = true;
    const record: WriteRecord = (outcome, facts, item) =>
      audit.record(recordOf(method, values, outcome, facts, item));
    const recordTokens = async (asked: object, answer: object): Promise<number> => {
      const tokens = answeredTokens(asked, answer);
      await Promise.all(
        tokens.map(({ request: one, token, outcome }) =>
          record(outcome, messageFacts(GET_TOKEN, one, token), one),
        ),
      );
      return tokens.length;
    };
    if (request.stream) {
      const asked = firstOf<object>(request.message);
      const recordEnd = (outcome: string): Promise<void> =>
        record(outcome, messageFacts(method, aboutOf(asked.first()), undefined));
      const answer = await next({ ...request, message: asked.all as typeof request.message }).catch(
        async (reason: unknown) => {
          await recordEnd(outcomeOf(reason));
          throw reason;
        },
      );
      if (!answer.stream) return answer;
      const send = (message: object): Promise<unknown> => recordTokens(asked.first() ?? {}, message);
      return { ...answer, message: recorded(answer.message, send, recordEnd) };
    }
    const answer = await next(request).catch(async (reason: unknown) => {
      const outcome = outcomeOf(reason);
      if (outcome !== "RATE_LIMITED" || isSampled())
        await record(outcome, messageFacts(method, request.message, undefined));
      throw reason;
    });
    const answered = answer.stream ? {} : answer.message;
    if ((await recordTokens(request.message, answered)) === 0)
      await record("OK", messageFacts(method, request.message, answered));
    return answer;
  };
};

/** `item`: the message within the message that it is about. */
type WriteRecord = (outcome: string, facts: MessageFacts, item?: object) => Promise<void>;

const GET_TOKEN = TokenBrokerService.method.getToken;

/** A stream about one grant names it in the request that it repeats. */
const aboutOf = (first: object = {}): object =>
  "request" in first && typeof first.request === "object" && first.request !== null ? first.request : first;

/** The messages as they are, and the first of them once somebody has read it: it says what a stream is about. */
const firstOf = <T>(messages: AsyncIterable<T>) => {
  let first: T | undefined;
  async function* all(): AsyncIterable<T> {
    for await (const message of messages) {
      first ??= message;
      yield message;
    }
  }
  return { all: all(), first: () => first };
};

async function* recorded<T extends object>(
  messages: AsyncIterable<T>,
  beforeSending: (message: T) => Promise<unknown>,
  recordEnd: (outcome: string) => Promise<void>,
): AsyncIterable<T> {
  let outcome = "OK";
  try {
    for await (const message of messages) {
      await beforeSending(message);
      yield message;
    }
  } catch (reason) {
    outcome = outcomeOf(reason);
    throw reason;
  } finally {
    await recordEnd(outcome);
  }
}

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
  item?: object,
): AuditRecord => {
  const trail = values.get(auditTrailKey);
  const { details = {} } = trail;
  const { rule = "", denied } = (item && trail.items?.get(item)) ?? trail;
  const caller = values.get(callerKey);
  return {
    ...emptyRecord(method.name),
    ...facts,
    details: { ...facts.details, ...details, ...(denied !== undefined && { denied }) },
    // A request that does not fit the contract may hold anything anywhere.
    ...(outcome === "INVALID_REQUEST" && { details: {} }),
    caller: caller?.id ?? "",
    subject: caller?.subject?.userId ?? "",
    rule,
    // What the caller may not see is answered as if it were not there; the record tells what happened.
    outcome: denied === undefined ? outcome : "PERMISSION_DENIED",
    requestId: values.get(requestIdKey),
  };
};

const outcomeOf = (reason: unknown): string => {
  if (reason instanceof BrokerError) return reason.code;
  return reason instanceof ConnectError ? codeName(reason.code).toUpperCase() : "INTERNAL";
};
