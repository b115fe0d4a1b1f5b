import { invalidField } from "../errors.ts";
import type { BearerChallenge } from "./challenge.ts";

export interface ScopeSources {
  /** What the caller wants; empty = what the server demands. */
  readonly asked: readonly string[];
  readonly challenge: BearerChallenge | undefined;
  /** Of the protected-resource metadata. */
  readonly ofResource: readonly string[] | undefined;
  /** Of the authorization server's metadata. */
  readonly ofServer: readonly string[] | undefined;
  /** What a step-up must not lose: everything that was requested before. */
  readonly before: readonly string[];
}

const OFFLINE = "offline_access";
const MAX_SCOPES = 200;

/**
 * The specification's order: the challenge's, else all that the resource lists, else none, and then the parameter is left out. A refresh token is asked
 * for where the authorization server lists the scope for it, and only there: it is no demand of the resource.
 */
export const selectScopes = ({ asked, challenge, ofResource, ofServer, before }: ScopeSources): string[] => {
  const demanded = asked.length > 0 ? asked : (challenge?.scopes ?? ofResource ?? []);
  const wanted = [...new Set([...before, ...demanded])].filter(
    (scope) => scope !== OFFLINE && SCOPE.test(scope),
  );
  const isOwnChoice = asked.length > 0 && !asked.includes(OFFLINE) && !before.includes(OFFLINE);
  // Alone it would take the place of what the server grants when nothing is asked for.
  const addsOffline = wanted.length > 0 && !isOwnChoice && (ofServer?.includes(OFFLINE) ?? false);
  const scopes = addsOffline ? [...wanted, OFFLINE] : wanted;
  if (scopes.length > MAX_SCOPES) throw invalidField("scopes", `at most ${MAX_SCOPES} scopes`);
  return scopes;
};

/** RFC 6749 section 3.3. */
const SCOPE = /^[\x21\x23-\x5b\x5d-\x7e]{1,512}$/;
