/** Grants of MCP servers have no provider's name; this one no provider may have. */
const MCP = "mcp";

/** How log lines and metrics name whose token it is. An MCP server's URL is no label: there may be any number, and it may hold a secret. */
export const named = <T extends { readonly provider?: unknown }>(fields: T): T =>
  fields.provider === "" ? { ...fields, provider: MCP } : fields;
