import type { EnvironmentClient } from "../../config/index.ts";
import type { McpClient } from "./mcp-client.ts";

const PREFIX = "mcp:environment:";

export const clientOfEnvironment = (client: EnvironmentClient): McpClient => ({
  registrationId: PREFIX + client.name,
  source: "pre_registered",
  clientId: client.clientId,
  secret: client.secret,
  method: client.method ?? "",
  signingAlgorithm: client.signingAlgorithm,
  keyId: client.keyId,
  grantTypes: client.grantTypes,
});

/** Only for the issuer that it was registered for: a name that means another server now has no client for this grant. */
export const findEnvironmentClient = (
  clients: readonly EnvironmentClient[],
  registrationId: string,
  issuer: string,
): McpClient | undefined => {
  const client = clients.find(({ name }) => PREFIX + name === registrationId);
  return client?.issuer === issuer ? clientOfEnvironment(client) : undefined;
};

export const isEnvironmentClient = (registrationId: string): boolean => registrationId.startsWith(PREFIX);
