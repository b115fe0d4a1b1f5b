import type { ScopeRules } from "./definition.ts";

/**
 * Vendors grant these without listing them, or list them without granting anything an API asks for: their
 * absence proves nothing.
 */
const NEVER_JUDGED: ReadonlySet<string> = new Set(["openid", "offline_access"]);

/** Scopes from a setting or a token answer, separated by spaces or commas: in order, each once. */
export const splitScopes = (text: string): string[] => [
  ...new Set(text.split(/[\s,]+/).filter((scope) => scope !== "")),
];

/**
 * The value of the scope parameter in the form this vendor reads (RFC 6749 section 3.3 has spaces; many have
 * commas).
 */
export const joinScopes = (rules: Pick<ScopeRules, "separator">, scopes: readonly string[]): string =>
  scopes.join(rules.separator);

/**
 * Which of `required` the vendor did not grant, in the caller's spelling. Only what an answer can prove is
 * judged: a vendor that does not list granted scopes misses none, and neither do scopes that are never
 * listed, are listed under another name, or are contained in a wider one that is listed.
 */
export const missingScopes = (
  rules: ScopeRules,
  required: readonly string[],
  granted: readonly string[],
): string[] => {
  if (!rules.listed) return [];
  const held = new Set(granted.flatMap((scope) => [scope, ...impliedBy(rules, scope)]).map(folded(rules)));
  const isHeld = (scope: string): boolean => held.has(folded(rules)(scope));
  return required.filter(
    (scope) => isJudged(rules, scope) && !isHeld(scope) && !isHeld(aliasOf(rules, scope)),
  );
};

const isJudged = (rules: ScopeRules, scope: string): boolean =>
  !NEVER_JUDGED.has(scope) && !rules.neverListed.includes(scope);

/** Two scopes are the same when their folded forms are equal. */
const folded =
  (rules: ScopeRules) =>
  (scope: string): string => {
    const { optionalPrefix } = rules;
    const bare = scope.startsWith(optionalPrefix) ? scope.slice(optionalPrefix.length) : scope;
    return rules.caseInsensitive ? bare.toLowerCase() : bare;
  };

const impliedBy = (rules: ScopeRules, scope: string): readonly string[] =>
  Object.hasOwn(rules.implies, scope) ? (rules.implies[scope] ?? []) : [];

const aliasOf = (rules: ScopeRules, scope: string): string =>
  Object.hasOwn(rules.aliases, scope) ? (rules.aliases[scope] ?? scope) : scope;
