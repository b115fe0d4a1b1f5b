import { create, type DescMethod, type Message } from "@bufbuild/protobuf";
import { DurationSchema } from "@bufbuild/protobuf/wkt";
import type { ContextValues, Interceptor, UnaryResponse } from "@connectrpc/connect";
import { TokenBrokerService } from "../../../gen/ts/tokenbroker/v1/token_broker_service_pb.ts";
import type { AccessPolicy, AccessTarget, Caller, Decision } from "../../access/index.ts";
import { isOwnService } from "../access/own-services.ts";
import { limitError, refuse } from "../access/refusals.ts";
import { isOfItems, targetOf } from "../access/targets.ts";
import { type AuditTrail, auditTrailKey } from "../audit-trail.ts";
import { accessKey, askAgainKey, callerKey, type JudgeItem, judgeItemKey } from "../context.ts";

export interface AuthorizeOptions {
  readonly policy: AccessPolicy;
  readonly defaultRedirectUri: string | undefined;
}

type Allowed = Extract<Decision, { allowed: true }>;

/**
 * The one place where the policy is applied: to every message of every RPC, after it was found valid. A method that has no row in the table of targets
 * is never answered.
 */
export const authorizeCalls = (options: AuthorizeOptions): Interceptor => {
  const judge = (values: ContextValues, method: DescMethod, message: Message): Judged => {
    const caller = callerOf(values);
    narrow(caller, method, message);
    const target = { ...targetOf(method, message, options), subject: caller.subject?.userId };
    const decision = options.policy.decide(caller, method.name, target);
    const trail = values.get(auditTrailKey);
    if (!decision.allowed) {
      trail.denied = decision.condition;
      return { refusal: refuse(method, message, decision.condition) };
    }
    trail.rule = decision.rule;
    raiseTtl(message, target, decision);
    const decideAlso = (more: Partial<AccessTarget>): boolean =>
      options.policy.decide(caller, method.name, { ...target, ...more }).allowed;
    values.set(accessKey, { rule: decision.rule, sees: decideAlso });
    return { decision, decideAlso };
  };

  /** By the rules of the RPC that was called, about what GetToken would be about. */
  const judgeItem =
    (values: ContextValues, method: DescMethod): JudgeItem =>
    (message) => {
      const caller = callerOf(values);
      const target = { ...targetOf(GET_TOKEN, message, options), subject: caller.subject?.userId };
      const decide = (more: Partial<AccessTarget>): Decision =>
        options.policy.decide(caller, method.name, { ...target, ...more });
      const decision = decide({});
      if (!decision.allowed) {
        refuse(GET_TOKEN, message, decision.condition);
        throw limitError(decision.condition);
      }
      noteRule(values.get(auditTrailKey), decision.rule);
      raiseTtl(message, target, decision);
      return (scopes) => {
        if (decision.limitsScopes && !decide({ scopes }).allowed) throw limitError("scopes");
      };
    };

  return (next) => async (request) => {
    if (!isOwnService(request.service)) return next(request);
    const { method, contextValues } = request;
    if (isOfItems(method)) {
      contextValues.set(judgeItemKey, judgeItem(contextValues, method));
      return next(request);
    }
    if (request.stream) {
      const judgeNow = (message: Message) => judge(contextValues, method, message);
      const askAgain = contextValues.get(askAgainKey);
      return next({
        ...request,
        message: judgeEach(request.message, (message) => {
          contextValues.set(askAgainKey, async () => {
            await askAgain();
            judgeNow(message);
          });
          return judgeNow(message);
        }),
      });
    }
    const judged = judge(contextValues, method, request.message);
    if ("refusal" in judged) return answerWith(request, judged.refusal);
    const answer = await next(request);
    if (judged.decision.limitsScopes && !answer.stream)
      checkScopes(method, answer.message, { ...judged, trail: contextValues.get(auditTrailKey) });
    return answer;
  };
};

const GET_TOKEN = TokenBrokerService.method.getToken;

/** Items of one call may be allowed by several rules: then none of them is named. */
const noteRule = (trail: AuditTrail, rule: string): void => {
  trail.rule = trail.rule === undefined || trail.rule === rule ? rule : "";
};

interface Passed {
  readonly decision: Allowed;
  readonly decideAlso: (more: Partial<AccessTarget>) => boolean;
}
type Judged = { readonly refusal: Message } | Passed;

/** A stream has no empty answer: what is refused with one ends it. */
async function* judgeEach<M extends Message>(
  messages: AsyncIterable<M>,
  judge: (message: M) => Judged,
): AsyncGenerator<M> {
  for await (const message of messages) {
    if ("refusal" in judge(message)) return;
    yield message;
  }
}

const callerOf = (values: ContextValues): Caller => {
  const caller = values.get(callerKey);
  if (!caller) throw new Error("no caller: the request gate did not run");
  return caller;
};

/** A list for a person is a list of their own. */
const narrow = (caller: Caller, { name }: DescMethod, message: Message): void => {
  const request = message as { userId?: string };
  if (caller.method === "person" && name === "ListConnections" && request.userId === "")
    request.userId = caller.subject?.userId ?? "";
};

/** What the rule wants at least is what the caller asked for at least. */
const raiseTtl = (message: Message, { minTtlMs = 0 }: AccessTarget, decision: Allowed): void => {
  if (decision.minTtlMs <= minTtlMs || !hasMinTtl(message)) return;
  const seconds = BigInt(Math.floor(decision.minTtlMs / 1000));
  message.minTtl = create(DurationSchema, { seconds, nanos: (decision.minTtlMs % 1000) * 1_000_000 });
};

const hasMinTtl = (message: Message): message is Message & { minTtl: unknown } =>
  message.$typeName === "tokenbroker.v1.GetTokenRequest";

/** A token is judged by the scopes that it has, whoever asked for them. */
const checkScopes = (
  { name }: DescMethod,
  answer: Message,
  { decideAlso, trail }: Pick<Passed, "decideAlso"> & { readonly trail: AuditTrail },
): void => {
  const { scopes } = answer as { scopes?: readonly string[] };
  if (name !== "GetToken" || !scopes || decideAlso({ scopes })) return;
  trail.denied = "scopes";
  throw limitError("scopes");
};

const answerWith = (
  { service, method }: { readonly service: UnaryResponse["service"]; readonly method: DescMethod },
  message: Message,
): UnaryResponse =>
  ({
    stream: false,
    service,
    method,
    message,
    header: new Headers(),
    trailer: new Headers(),
  }) as UnaryResponse;
