import type { Policy } from "../../config/index.ts";
import { type CompiledRule, compileRule } from "./rule.ts";

/** The rules of a policy, found by caller and method. */
export interface Rules {
  readonly all: readonly CompiledRule[];
  of(callerId: string, method: string): readonly CompiledRule[];
}

/** Callers are proven before they are asked about, so nobody fills this but real ones. */
const MAX_CALLERS = 10_000;

export const compilePolicy = ({ rules }: Policy): Rules => {
  const all = rules.map(compileRule);
  const known = new Map<string, Map<string, readonly CompiledRule[]>>();
  const methodsOf = (callerId: string): Map<string, readonly CompiledRule[]> => {
    const found = known.get(callerId);
    if (found) return found;
    if (known.size >= MAX_CALLERS) known.clear();
    const methods = new Map<string, readonly CompiledRule[]>();
    known.set(callerId, methods);
    return methods;
  };
  return {
    all,
    of(callerId, method) {
      const methods = methodsOf(callerId);
      const found = methods.get(method);
      if (found) return found;
      const rulesOf = all.filter((rule) => rule.caller(callerId) && rule.method(method));
      methods.set(method, rulesOf);
      return rulesOf;
    },
  };
};
