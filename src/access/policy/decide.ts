import type { CompiledRule, Condition, Decision } from "./rule.ts";

/** What a call is about, as far as its request says. What is absent is not a condition of it. */
export interface AccessTarget {
  /** Never empty: "default" has its name here. undefined = the whole broker. */
  readonly namespace: string | undefined;
  /** A registration's name, or `mcp:` and the host of an MCP server. */
  readonly provider?: string | undefined;
  /** The same with a port, where the URL has one. */
  readonly providerWithPort?: string | undefined;
  readonly userId?: string | undefined;
  /** Where provider or user is absent, it is about all of them. */
  readonly isBulk?: boolean | undefined;
  /** The person who was proven beside the caller. */
  readonly subject?: string | undefined;
  /** Those that are asked for, or that a token has. */
  readonly scopes?: readonly string[] | undefined;
  /** The scopes asked for are not all known: the provider's defaults, or those of the present grant, are among them. */
  readonly openScopes?: boolean | undefined;
  readonly minTtlMs?: number | undefined;
  /** Where the browser goes afterwards. */
  readonly redirectUri?: string | undefined;
}

/** In the order in which they are looked at; the explanation of a refusal is the rule that came furthest. */
const CONDITIONS = [
  "caller",
  "method",
  "namespace",
  "provider",
  "subject",
  "user",
  "scopes",
  "max_ttl",
  "redirect_uri",
] as const satisfies Condition[];

const DENIED = Object.fromEntries(
  CONDITIONS.map((condition) => [condition, { allowed: false, condition } satisfies Decision]),
) as unknown as Readonly<Record<Condition, Decision>>;

/**
 * The first rule that allows the whole call. `rules` are those of the caller and the method. Pure, and without a new object: it is on the way of every
 * token.
 */
export const decide = (rules: readonly CompiledRule[], target: AccessTarget): Decision => {
  let furthest = rules.length === 0 ? 1 : 2;
  for (const rule of rules) {
    const failed = failedCondition(rule, target);
    if (failed === undefined) return rule.allows;
    furthest = Math.max(furthest, CONDITIONS.indexOf(failed));
  }
  return DENIED[CONDITIONS[furthest] ?? "method"];
};

export const denied = (condition: Condition): Decision => DENIED[condition];

/** Of a rule that is for the caller and the method. */
export const failedCondition = (rule: CompiledRule, target: AccessTarget): Condition | undefined => {
  if (target.namespace === undefined ? !rule.everyNamespace : !rule.namespace(target.namespace))
    return "namespace";
  if (!isProvider(rule, target)) return "provider";
  return failedUser(rule, target) ?? failedScopes(rule, target) ?? failedRest(rule, target);
};

const isProvider = (rule: CompiledRule, { provider, providerWithPort, isBulk }: AccessTarget): boolean => {
  if (provider === undefined) return isBulk !== true || rule.everyProvider;
  return rule.provider(provider) || (providerWithPort !== undefined && rule.provider(providerWithPort));
};

const failedUser = (rule: CompiledRule, { userId, subject, isBulk }: AccessTarget): Condition | undefined => {
  if (rule.anyUser) return undefined;
  if (userId === undefined) return isBulk === true ? "user" : undefined;
  if (rule.user(userId)) return undefined;
  if (!rule.ownUser || subject === userId) return rule.ownUser ? undefined : "user";
  return subject === undefined ? "subject" : "user";
};

const failedScopes = (rule: CompiledRule, { scopes, openScopes }: AccessTarget): Condition | undefined => {
  if (rule.scope === undefined) return undefined;
  return openScopes === true || scopes?.every(rule.scope) === false ? "scopes" : undefined;
};

const failedRest = (rule: CompiledRule, { minTtlMs, redirectUri }: AccessTarget): Condition | undefined => {
  if (minTtlMs !== undefined && minTtlMs > rule.maxTtlMs) return "max_ttl";
  return redirectUri !== undefined && rule.redirect?.(redirectUri) === false ? "redirect_uri" : undefined;
};
