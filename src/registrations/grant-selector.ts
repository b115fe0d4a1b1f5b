import { invalidField } from "../errors.ts";
import type { Grant } from "../store/index.ts";
import { parseMcpServerUrl } from "./mcp-server-url.ts";
import { namespaceOf } from "./namespace.ts";

/** How a caller names a grant. */
export interface GrantSelector {
  /** UUID; upper case is accepted. */
  readonly connectionId: string;
  /** Opaque, 1 to 255 bytes of UTF-8 without U+0000, kept exactly. */
  readonly userId: string;
  readonly provider?: string | undefined;
  readonly mcpServerUrl?: string | undefined;
  /** Empty or absent = `default`. */
  readonly namespace?: string | undefined;
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const MAX_USER_ID_BYTES = 255;

/** In lower case. @throws BrokerError INVALID_REQUEST naming `field`. */
export const parseUuid = (field: string, text: string): string => {
  if (!UUID.test(text)) throw invalidField(field, "must be a UUID");
  return text.toLowerCase();
};

/** The grant in its one normal form. @throws BrokerError INVALID_REQUEST naming the field. */
export const parseGrant = (selector: GrantSelector): Grant => {
  const { provider = "", mcpServerUrl = "", userId } = selector;
  if (provider === "" && mcpServerUrl === "")
    throw invalidField("provider", "name the provider, or an MCP server (mcp_server_url)");
  if (provider !== "" && mcpServerUrl !== "")
    throw invalidField("provider", "a grant is of a provider or of an MCP server: leave one of the two out");
  assertUserId(userId);
  return {
    namespace: namespaceOf(selector.namespace),
    connectionId: parseUuid("connection_id", selector.connectionId),
    userId,
    provider,
    mcpServerUrl: mcpServerUrl === "" ? "" : parseMcpServerUrl(mcpServerUrl),
  };
};

const assertUserId = (userId: string): void => {
  const bytes = Buffer.byteLength(userId, "utf8");
  if (bytes < 1 || bytes > MAX_USER_ID_BYTES || userId.includes("\0") || !userId.isWellFormed())
    throw invalidField("user_id", `must be 1 to ${MAX_USER_ID_BYTES} bytes of UTF-8 without U+0000`);
};
