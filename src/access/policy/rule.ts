import {
  ADMIN_PREFIX,
  compilePatterns,
  type Matcher,
  type PolicyRule,
  redirectMatcher,
  rpcMethods,
} from "../../config/index.ts";

/** What can stand between a call and a rule. `caller` and `method`: the rule is for others, or for other calls. */
export type Condition =
  | "caller"
  | "method"
  | "namespace"
  | "provider"
  | "subject"
  | "user"
  | "scopes"
  | "max_ttl"
  | "redirect_uri";

export type Decision =
  | {
      readonly allowed: true;
      readonly rule: string;
      readonly minTtlMs: number;
      readonly limitsScopes: boolean;
    }
  | { readonly allowed: false; readonly condition: Condition };

/** A rule, ready to be asked. */
export interface CompiledRule {
  readonly source: PolicyRule;
  readonly caller: Matcher;
  readonly method: Matcher;
  readonly namespace: Matcher;
  readonly everyNamespace: boolean;
  readonly provider: Matcher;
  readonly everyProvider: boolean;
  readonly anyUser: boolean;
  /** The proven person. */
  readonly ownUser: boolean;
  readonly user: Matcher;
  readonly scope: Matcher | undefined;
  readonly maxTtlMs: number;
  readonly redirect: Matcher | undefined;
  readonly allows: Decision;
}

/** Names of namespaces have no parts. */
const EVERY_NAMESPACE = ["*", "**"];
/** Registrations and MCP servers, in the two ways to say so. */
const EVERY_PROVIDER = [["**"], ["*", "mcp:**"]];

export const compileRule = (rule: PolicyRule): CompiledRule => ({
  source: rule,
  caller: compilePatterns(rule.callers),
  method: compileMethods(rule.methods),
  namespace: compilePatterns(rule.namespaces),
  everyNamespace: EVERY_NAMESPACE.some((pattern) => rule.namespaces.includes(pattern)),
  provider: compilePatterns(rule.providers),
  everyProvider: EVERY_PROVIDER.some((patterns) => patterns.every((one) => rule.providers.includes(one))),
  anyUser: rule.users.includes("any"),
  ownUser: rule.users.includes("subject"),
  user: compilePatterns(rule.users.filter((user) => user !== "any" && user !== "subject")),
  scope: rule.scopes && compilePatterns(rule.scopes),
  maxTtlMs: rule.maxTtlMs ?? Number.POSITIVE_INFINITY,
  redirect: rule.redirectUris && redirectMatcher(rule.redirectUris),
  allows: {
    allowed: true,
    rule: rule.name,
    minTtlMs: rule.minTtlMs ?? 0,
    limitsScopes: rule.scopes !== undefined,
  },
});

const ADMIN_METHODS: readonly string[] = rpcMethods.admin;

/** A name means itself; a pattern means calls of operators only where it says so. */
const compileMethods = (patterns: readonly string[]): Matcher => {
  const names = compilePatterns(patterns.filter((pattern) => !pattern.includes("*")));
  const starred = patterns.filter((pattern) => pattern.includes("*"));
  const admin = compilePatterns(
    starred.filter((p) => p.startsWith(ADMIN_PREFIX)).map((p) => p.slice(ADMIN_PREFIX.length)),
  );
  const others = compilePatterns(starred.filter((pattern) => !pattern.startsWith(ADMIN_PREFIX)));
  return (method) => names(method) || (ADMIN_METHODS.includes(method) ? admin : others)(method);
};
