import { rpcNames } from "./rpc-calls.ts";

/** Uses of these are shown with MCP servers around the broker. */
export const RPCS_OF_MCP: readonly string[] = [
  "CheckMcpServer",
  "AcquireToken",
  "RegisterOAuthClient",
  "ListOAuthClients",
  "DeleteOAuthClient",
];

/** These are for operators. */
export const RPCS_OF_OPERATORS: readonly string[] = [
  "RotateKeys",
  "GetKeyStatus",
  "BlockConnections",
  "UnblockConnections",
  "RevokeConnections",
  "ListAuditEvents",
  "ExplainAccess",
];

/** Of these with providers: every other one. */
export const RPCS_OF_PROVIDERS: readonly string[] = rpcNames.filter(
  (name) => !RPCS_OF_MCP.includes(name) && !RPCS_OF_OPERATORS.includes(name),
);
