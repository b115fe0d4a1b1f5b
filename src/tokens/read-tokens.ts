import { BrokerError } from "../errors.ts";
import type { GrantKey, TokenRow } from "../store/index.ts";
import { type CandidateDeps, heldOf } from "./candidate.ts";
import type { HeldToken } from "./token-view.ts";

/**
 * `readToken` for many keys with one statement. Each item is to be opened by its caller, who gets or throws what `readToken` would have; so does a key that
 * throws.
 */
export const readTokens = async (
  deps: CandidateDeps,
  keys: readonly (() => GrantKey)[],
): Promise<readonly (() => Promise<HeldToken>)[]> => {
  const known = keys.flatMap((key) => valueOf(key) ?? []);
  const found = new Map<GrantKey, () => TokenRow | undefined>();
  try {
    const rows = known.length === 0 ? [] : await deps.store.tokens.findMany(known);
    for (const [index, key] of known.entries()) found.set(key, () => orThrow(rows[index]));
  } catch (error) {
    for (const key of known)
      found.set(key, () => {
        throw error;
      });
  }
  return keys.map((key) => async () => {
    const asked = key();
    return await heldOf(deps, asked, async () => found.get(asked)?.());
  });
};

const valueOf = <T>(work: () => T): T | undefined => {
  try {
    return work();
  } catch {
    return undefined;
  }
};

const orThrow = (row: TokenRow | BrokerError | undefined): TokenRow | undefined => {
  if (row instanceof BrokerError) throw row;
  return row;
};
