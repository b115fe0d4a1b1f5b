import type { ScopeRules } from "./definition.ts";

/** Vendors grant these without listing them, or list them without granting anything an API asks for: their absence proves nothing. */
const NEVER_JUDGED: ReadonlySet<string> = new Set(["openid", "offline_access"]);

/** Scopes from a setting or a token answer, separated by spaces or commas: in order, each once. */
export const splitScopes = (text: string): string[] => [
  ...new Set(text.split(/[\s,]+/).filter((scope) => scope !== "")),
];

/** The value of the scope parameter in the form this vendor reads (RFC 6749 section 3.3 has spaces; many have commas). */
export const joinScopes = (rules: Pick<ScopeRules, "separator">, scopes: readonly string[]): string =>
  scopes.join(rules.separator);

/**
 * Which of `required` the vendor did not grant, in the caller's spelling. Only what the answer could prove is judged: a vendor that does not list
 * granted scopes misses none, and neither do scopes that are never listed, are listed under another name, or are contained in a wider one.
 */
export const missingScopes = (
  rules: ScopeRules,
  required: readonly string[],
  granted: readonly string[],
): string[] => {
  if (!rules.listed) return [];
  const held = new Set(granted.flatMap((scope) => [scope, ...implied(rules, scope)]));
  return required.filter(
    (scope) => !NEVER_JUDGED.has(scope) && !rules.neverListed.includes(scope) && !isHeld(rules, scope, held),
  );
};

const implied = (rules: ScopeRules, scope: string): readonly string[] =>
  Object.hasOwn(rules.implies, scope) ? (rules.implies[scope] ?? []) : [];

const isHeld = (rules: ScopeRules, scope: string, held: ReadonlySet<string>): boolean => {
  if (held.has(scope)) return true;
  const alias = Object.hasOwn(rules.aliases, scope) ? rules.aliases[scope] : undefined;
  return alias !== undefined && held.has(alias);
};
