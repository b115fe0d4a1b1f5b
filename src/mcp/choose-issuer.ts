import type { McpDeps } from "./deps.ts";

/**
 * One of several authorization servers (RFC 9728 section 7.6), as a whole: that of the present grant, else one where the broker has a client of an operator's,
 * else the first.
 */
export const chooseIssuer = async (
  { config, clients }: Pick<McpDeps, "config" | "clients">,
  { namespace, presentIssuer }: { readonly namespace: string; readonly presentIssuer: string | undefined },
  authorizationServers: readonly string[],
): Promise<string> => {
  const [first = ""] = authorizationServers;
  if (authorizationServers.length === 1) return first;
  if (presentIssuer !== undefined && authorizationServers.includes(presentIssuer)) return presentIssuer;
  for (const issuer of authorizationServers) {
    if (config.clients.some((client) => client.issuer === issuer)) return issuer;
    if (await clients.find({ namespace, issuer, resource: "", redirectUri: "" })) return issuer;
  }
  return first;
};
