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

/** Scopes as this vendor lists them: separated as it wants them asked for, by spaces or by commas. */
export const readScopes = (rules: Pick<ScopeRules, "separator">, text: string): string[] =>
  splitScopes(text.replaceAll(rules.separator, " "));

/**
 * The value of the scope parameter in the form this vendor reads (RFC 6749 section 3.3 has spaces; many have
 * commas).
 */
export const joinScopes = (rules: Pick<ScopeRules, "separator">, scopes: readonly string[]): string =>
  scopes.join(rules.separator);

/**
 * Which of `required` the vendor did not grant, in the caller's spelling. Only what an answer can prove is
 * judged: a vendor that does not list granted scopes misses none, nor does an empty list (some send one for
 * kinds of apps that have no scopes), and neither do scopes that are never listed, are listed under another
 * name, or are contained in a wider one that is listed.
 */
export const missingScopes = (
  rules: ScopeRules,
  required: readonly string[],
  granted: readonly string[],
): string[] => {
  if (!rules.listed || granted.length === 0) return [];
  const canonical = canonicalIn(rules);
  const held = withImplied(rules, granted.map(canonical));
  const unjudged = new Set([...NEVER_JUDGED, ...rules.neverListed.map(canonical)]);
  return required.filter(
    (scope) =>
      !isOfSecondKind(rules, scope) && !unjudged.has(canonical(scope)) && !held.has(canonical(scope)),
  );
};

/**
 * Whether a scope goes into the second scope parameter. What the vendor grants of these it lists elsewhere, with a
 * token of their own, or the person may have refused it.
 */
export const isOfSecondKind = ({ secondPrefix }: Pick<ScopeRules, "secondPrefix">, scope: string): boolean =>
  secondPrefix !== "" && scope.startsWith(secondPrefix);

/** Two names mean the same scope when their canonical forms are equal, whichever of them the vendor answers. */
const canonicalIn = (rules: ScopeRules): ((scope: string) => string) => {
  const aliases = new Map(
    Object.entries(rules.aliases).map(([asked, answered]) => [folded(rules, asked), folded(rules, answered)]),
  );
  return (scope) => {
    const plain = folded(rules, scope);
    return NEVER_JUDGED.has(plain) ? plain : (aliases.get(plain) ?? plain);
  };
};

const folded = ({ optionalPrefix, caseInsensitive }: ScopeRules, scope: string): string => {
  const bare = scope.startsWith(optionalPrefix) ? scope.slice(optionalPrefix.length) : scope;
  return caseInsensitive ? bare.toLowerCase() : bare;
};

/** A scope contains what the scopes that it contains contain. */
const withImplied = (rules: ScopeRules, granted: readonly string[]): ReadonlySet<string> => {
  const canonical = canonicalIn(rules);
  const implies = new Map(
    Object.entries(rules.implies).map(([wide, narrow]) => [canonical(wide), narrow.map(canonical)]),
  );
  const held = new Set<string>();
  const add = (scope: string): void => {
    if (held.has(scope)) return;
    held.add(scope);
    for (const narrower of implies.get(scope) ?? []) add(narrower);
  };
  for (const scope of granted) add(scope);
  return held;
};
