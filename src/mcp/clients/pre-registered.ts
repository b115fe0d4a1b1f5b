import type { McpDeps } from "../deps.ts";
import { clientOfEnvironment } from "./environment-client.ts";
import type { McpClient } from "./mcp-client.ts";
import { clientOfRow } from "./stored-client.ts";

/** The client that an operator registered by hand at this very issuer: the namespace's own, else the environment's. */
export const preRegisteredClient = async (
  { config, clients }: Pick<McpDeps, "config" | "clients">,
  namespace: string,
  issuer: string,
): Promise<McpClient | undefined> => {
  const row = await clients.find({ namespace, issuer, resource: "", redirectUri: "" });
  if (row) return clientOfRow(clients, row);
  const own = config.clients.find((client) => client.issuer === issuer);
  return own && clientOfEnvironment(own);
};
