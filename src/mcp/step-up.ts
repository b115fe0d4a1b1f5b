import type { Grant, TokenRepository, TokenRow } from "../store/index.ts";
import type { BearerChallenge } from "./challenge.ts";
import { refuse } from "./refusal.ts";

const LIMIT = 3;

/** The token is good and not enough (RFC 6750 section 3.1). */
export const isStepUp = (challenge: BearerChallenge | undefined): boolean =>
  challenge?.error === "insufficient_scope";

/**
 * Counts one more authorization for more scopes, on the grant's row, so that replicas count together. Three in a row are the most; and one that asks for
 * nothing that is not granted yet may be tried once, because another consent to the same would not help either.
 *
 * @throws BrokerError STEP_UP_LIMIT.
 */
export const countStepUp = async (
  tokens: Pick<TokenRepository, "countStepUp">,
  grant: Grant,
  present: TokenRow,
  { scopes = [] }: BearerChallenge,
): Promise<void> => {
  const asksForMore = scopes.some((scope) => !present.scopes.includes(scope));
  const limit = asksForMore ? LIMIT : 1;
  if (present.stepUps < limit && (await tokens.countStepUp(grant, limit))) return;
  throw refuse(
    "STEP_UP_LIMIT",
    "step_up",
    asksForMore
      ? `the server has asked for more scopes ${LIMIT} times in a row and accepted none of the tokens: it will be asked again in 10 minutes, or after a GetToken without rejected_version`
      : "the server asks for scopes that the token already has, and another consent did not change that: a permission is missing that no scope gives",
  );
};
