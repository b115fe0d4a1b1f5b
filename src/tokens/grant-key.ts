import { type GrantSelector, parseGrant } from "../registrations/index.ts";
import type { GrantKey } from "../store/index.ts";

/**
 * The stored key of one token row of a grant.
 *
 * @throws BrokerError INVALID_REQUEST naming the field.
 */
export const grantKey = (selector: GrantSelector, tokenName = ""): GrantKey => ({
  ...parseGrant(selector),
  tokenName,
});
