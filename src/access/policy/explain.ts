import { rpcMethods } from "../../config/index.ts";
import { type BrokerError, invalidField } from "../../errors.ts";
import type { Caller } from "../caller.ts";
import { type AccessTarget, failedCondition } from "./decide.ts";
import { type AccessPolicy, PERSON_METHODS } from "./policy.ts";
import { reachOf } from "./reach.ts";
import type { CompiledRule, Condition } from "./rule.ts";

export interface RuleExplanation {
  readonly rule: string;
  readonly line: number;
  readonly failed: Condition | undefined;
}

export interface AccessExplanation {
  readonly allowed: boolean;
  /** Empty = none. */
  readonly rule: string;
  readonly message: string;
  readonly rules: readonly RuleExplanation[];
}

const MEANING: Readonly<Record<Condition, string>> = {
  caller: "no rule is for this caller",
  method: "no rule lets this caller call this method",
  namespace: "no rule that lets this caller call this method is for this namespace",
  provider: "the rules for this namespace are not for this provider",
  subject:
    "the rules for this provider are for the person who is proven by tokenbroker-subject-token, and none is proven",
  user: "the rules for this provider are not for this user",
  scopes: "it asks for scopes beyond those that the rules allow, or does not name the scopes it asks for",
  max_ttl: "min_ttl is longer than the rules allow",
  redirect_uri: "the rules do not allow this redirect_uri",
};

const METHODS: readonly string[] = Object.values(rpcMethods).flat();

/** Why a call would be allowed or not: the very decision that a call gets, and each rule's part in it. @throws BrokerError INVALID_REQUEST. */
export const explainAccess = (
  policy: AccessPolicy,
  callerId: string,
  method: string,
  target: AccessTarget,
): AccessExplanation => {
  if (!METHODS.includes(method)) throw unknownMethod();
  const caller = callerOf(callerId, target);
  const decision = policy.decide(caller, method, target);
  const rules = (policy.rules()?.all ?? []).map((rule) => ({
    rule: rule.source.name,
    line: rule.source.line,
    failed: failedOf(rule, callerId, method, target),
  }));
  if (!decision.allowed) {
    const isOutOfReach = caller.method === "person" && !PERSON_METHODS.has(method);
    const condition = isOutOfReach ? "method" : refine(decision.condition, rules);
    return { allowed: false, rule: "", message: isOutOfReach ? FOR_PEOPLE : MEANING[condition], rules };
  }
  const message =
    decision.rule === ""
      ? "there is no policy, and development allows everything"
      : `rule ${decision.rule} allows it`;
  return { allowed: true, rule: decision.rule, message, rules };
};

const unknownMethod = (): BrokerError => invalidField("method", `must be one of ${METHODS.join(", ")}`);

const callerOf = (id: string, { subject }: AccessTarget): Caller => {
  const [, issuer = "", person = ""] = /^person:([^:]*):(.*)$/s.exec(id) ?? [];
  if (person !== "") return { id, method: "person", subject: { userId: person, issuer } };
  return {
    id,
    method: "api_key",
    ...(subject !== undefined && { subject: { userId: subject, issuer: "" } }),
  };
};

const failedOf = (
  rule: CompiledRule,
  callerId: string,
  method: string,
  target: AccessTarget,
): Condition | undefined => {
  if (!rule.caller(callerId)) return "caller";
  return rule.method(method) ? failedCondition(rule, reachOf(method, target)) : "method";
};

/** The decision itself does not look further than that no rule is for caller and method. */
const refine = (condition: Condition, rules: readonly RuleExplanation[]): Condition =>
  condition === "method" && rules.every(({ failed }) => failed === "caller") ? "caller" : condition;

const FOR_PEOPLE =
  "a person's own token alone may only start, complete, list and revoke that person's connections, where a rule says so";
