/**
 * The RPCs that a policy may name, by service. The contract is not read here: a test compares this list with its descriptors, and the table of what each
 * call is about (`server/`) does not compile while one is missing.
 */
export const rpcMethods = {
  broker: [
    "StartAuthorization",
    "CompleteAuthorization",
    "GetAuthorization",
    "GetToken",
    "BatchGetTokens",
    "WatchToken",
    "WatchTokens",
    "RefreshToken",
    "ImportToken",
    "GetConnection",
    "ListConnections",
    "WatchConnections",
    "RevokeConnection",
    "RegisterProvider",
    "GetProvider",
    "ListProviders",
    "VerifyProvider",
    "CheckMcpServer",
    "AcquireToken",
    "DeleteProvider",
  ],
  login: ["StartLogin", "CompleteLogin"],
  admin: [
    "RegisterOAuthClient",
    "ListOAuthClients",
    "DeleteOAuthClient",
    "RotateKeys",
    "GetKeyStatus",
    "BlockConnections",
    "UnblockConnections",
    "RevokeConnections",
    "ListAuditEvents",
    "ExplainAccess",
  ],
} as const;

export type RpcMethod = (typeof rpcMethods)[keyof typeof rpcMethods][number];

/** A pattern of a policy reaches operators' RPCs only with this before it: `*` never means them. */
export const ADMIN_PREFIX = "admin:";
