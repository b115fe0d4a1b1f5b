import type { McpServers } from "../../src/mcp/index.ts";

const unexpected = (): Promise<never> => Promise.reject(new Error("no MCP server is part of this test"));

/** For fixtures of rooms that MCP servers do not concern. */
export const noMcpServers: McpServers = {
  prepare: unexpected,
  check: unexpected,
  preRegistered: unexpected,
  identityProvider: unexpected,
};
