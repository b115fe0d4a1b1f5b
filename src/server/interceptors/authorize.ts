import { create, type DescMethod, type Message } from "@bufbuild/protobuf";
import { DurationSchema } from "@bufbuild/protobuf/wkt";
import type { ContextValues, Interceptor, UnaryResponse } from "@connectrpc/connect";
import { TokenBrokerService } from "../../../gen/ts/tokenbroker/v1/token_broker_service_pb.ts";
import type { GetTokenResponse } from "../../../gen/ts/tokenbroker/v1/token_pb.ts";
import type { AccessPolicy, AccessTarget, Caller, Decision } from "../../access/index.ts";
import { isOwnService } from "../access/own-services.ts";
import { limitError, refuse } from "../access/refusals.ts";
import { isOfItems, targetOf } from "../access/targets.ts";
import { auditTrailKey, type Verdict } from "../audit-trail.ts";
import {
  accessKey,
  askAgainKey,
  type CallAccess,
  callerOf,
  type JudgeItem,
  judgeItemKey,
} from "../context.ts";

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
  /** What the policy says to `message` under the rules for `rpc`, which is about what `about` would be about. */
  const ruleOn = (
    values: ContextValues,
    { rpc, about }: { readonly rpc: DescMethod; readonly about: DescMethod },
    message: Message,
    note: (verdict: Verdict) => void,
  ): Judged => {
    const caller = callerOf({ values });
    const target = { ...targetOf(about, message, options), subject: caller.subject?.userId };
    const decide = (more: Partial<AccessTarget>): Decision =>
      options.policy.decide(caller, rpc.name, { ...target, ...more });
    const decision = options.policy.decide(caller, rpc.name, target);
    if (!decision.allowed) {
      note({ denied: decision.condition });
      return { refusal: refuse(about, message, decision.condition) };
    }
    note({ rule: decision.rule });
    raiseTtl(message, target, decision);
    return {
      sees: (more) => decide(more).allowed,
      checkScopes(scopes) {
        if (!decision.limitsScopes || decide({ scopes }).allowed) return;
        note({ denied: "scopes" });
        throw limitError("scopes");
      },
    };
  };

  const judge = (values: ContextValues, method: DescMethod, message: Message): Judged => {
    narrow(callerOf({ values }), method, message);
    const trail = values.get(auditTrailKey);
    const judged = ruleOn(values, { rpc: method, about: method }, message, (verdict) => {
      Object.assign(trail, verdict);
    });
    if ("sees" in judged) values.set(accessKey, judged);
    return judged;
  };

  const judgeItem =
    (values: ContextValues, rpc: DescMethod): JudgeItem =>
    (message) => {
      const { items } = values.get(auditTrailKey);
      const judged = ruleOn(values, { rpc, about: GET_TOKEN }, message, (verdict) => {
        items?.set(message, verdict);
      });
      if ("refusal" in judged) throw new Error("GetToken is never refused with an answer");
      return judged.checkScopes;
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
    if (method === GET_TOKEN && !answer.stream)
      judged.checkScopes((answer.message as GetTokenResponse).scopes);
    return answer;
  };
};

const GET_TOKEN = TokenBrokerService.method.getToken;

interface Passed extends CallAccess {
  /** A token is judged by the scopes that it has, whoever asked for them. @throws BrokerError PERMISSION_DENIED. */
  readonly checkScopes: (scopes: readonly string[]) => void;
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
