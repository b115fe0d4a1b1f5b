import { type GrantSelector, parseGrant } from "../registrations/index.ts";
import type { GrantKey } from "../store/index.ts";

export type { GrantSelector } from "../registrations/index.ts";

/** The stored key of a grant's token row. @throws BrokerError INVALID_REQUEST naming the field; NOT_AVAILABLE for `mcp_server_url`. */
export const grantKey = (selector: GrantSelector, tokenName = ""): GrantKey => ({
  ...parseGrant(selector),
  tokenName,
});
