import type { AccessTarget } from "./decide.ts";

/** How a policy names what a call is about: a registration by its name, an MCP server by its host. Empty texts name nothing. */
export const providerTarget = (
  provider: string,
  mcpServerUrl: string,
): Pick<AccessTarget, "provider" | "providerWithPort"> => {
  if (provider !== "" || mcpServerUrl === "") return { provider: provider === "" ? undefined : provider };
  const url = URL.parse(mcpServerUrl);
  if (url === null) return { provider: "mcp:" };
  const withHost = { provider: `mcp:${url.hostname}` };
  return url.port === "" ? withHost : { ...withHost, providerWithPort: `mcp:${url.host}` };
};
