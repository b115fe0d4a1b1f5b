import { accessLifetimeMs, type Grant, type GrantRules } from "./grant.ts";
import { newToken } from "./new-token.ts";

/** The access tokens that work, each with its grant. */
export interface AccessTokens {
  issue(grant: Grant): string;
  /** Undefined once it has expired or was ended. */
  grantOf(token: string): Grant | undefined;
  end(token: string): void;
  endAllOf(grant: Grant): void;
}

interface Entry {
  readonly grant: Grant;
  readonly expiresAtMs: number;
}

export const createAccessTokens = (rules: GrantRules, now: () => number): AccessTokens => {
  const entries = new Map<string, Entry>();

  const end = (token: string): void => {
    entries.get(token)?.grant.accessTokens.delete(token);
    entries.delete(token);
  };

  const isExpired = (token: string): boolean => (entries.get(token)?.expiresAtMs ?? 0) <= now();

  /** They stand in the order of their issue: the first that works ends the search. */
  const endExpiredOf = (grant: Grant): void => {
    for (const token of grant.accessTokens) {
      if (!isExpired(token)) return;
      end(token);
    }
  };

  return {
    issue(grant) {
      endExpiredOf(grant);
      const token = newToken("at");
      grant.accessTokens.add(token);
      entries.set(token, { grant, expiresAtMs: now() + accessLifetimeMs(rules) });
      return token;
    },
    grantOf: (token) => (isExpired(token) ? undefined : entries.get(token)?.grant),
    end,
    endAllOf(grant) {
      for (const token of grant.accessTokens) end(token);
    },
  };
};
