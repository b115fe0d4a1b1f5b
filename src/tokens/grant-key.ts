import { BrokerError, invalidField } from "../errors.ts";
import { namespaceOf } from "../registrations/index.ts";
import type { GrantKey } from "../store/index.ts";

/** How a caller names a grant. */
export interface GrantSelector {
  /** UUID; upper case is accepted. */
  readonly connectionId: string;
  /** Opaque, 1–255 bytes of UTF-8 without U+0000, kept exactly. */
  readonly userId: string;
  readonly provider?: string | undefined;
  readonly mcpServerUrl?: string | undefined;
  /** Empty or absent = `default`. */
  readonly namespace?: string | undefined;
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const MAX_USER_ID_BYTES = 255;

/**
 * The stored key of a grant's token row, in its one normal form.
 *
 * @throws BrokerError INVALID_REQUEST naming the field; NOT_AVAILABLE for `mcp_server_url`.
 */
export const grantKey = (selector: GrantSelector, tokenName = ""): GrantKey => {
  const provider = selector.provider ?? "";
  const connectionId = selector.connectionId.toLowerCase();
  if ((selector.mcpServerUrl ?? "") !== "")
    throw new BrokerError("NOT_AVAILABLE", "mcp_server_url: this version of the broker knows providers only");
  if (!UUID.test(connectionId)) throw invalidField("connection_id", "must be a UUID");
  if (provider === "") throw invalidField("provider", "name the provider");
  assertUserId(selector.userId);
  return {
    namespace: namespaceOf(selector.namespace),
    connectionId,
    userId: selector.userId,
    provider,
    mcpServerUrl: "",
    tokenName,
  };
};

const assertUserId = (userId: string): void => {
  const bytes = Buffer.byteLength(userId, "utf8");
  if (bytes < 1 || bytes > MAX_USER_ID_BYTES || userId.includes("\u0000") || !userId.isWellFormed())
    throw invalidField("user_id", `must be 1 to ${MAX_USER_ID_BYTES} bytes of UTF-8 without U+0000`);
};
