import type { Mode } from "../config.ts";
import type { EnvironmentReader } from "../environment.ts";
import type { Findings } from "../problems.ts";
import type { Settings } from "../read-settings.ts";
import { clientMetadataUrlOf } from "./client-metadata-url.ts";
import type { McpConfig } from "./mcp-config.ts";
import { readMcpClients } from "./read-clients.ts";
import { trustedIssuer } from "./trust.ts";

export const readMcp = (
  settings: Settings,
  { mode, apiBase }: { readonly mode: Mode; readonly apiBase: string },
  reader: EnvironmentReader,
  findings: Findings,
): McpConfig => ({
  clientName: settings.mcpClientName,
  clientMetadataUrl: clientMetadataUrlOf(settings.mcpClientMetadataUrl, apiBase),
  clients: readMcpClients(settings.mcpClients, reader, findings),
  trust: settings.mcpTrust.map(trustedIssuer),
  crossDomain: settings.mcpCrossDomain ?? (mode === "production" ? "deny-known" : "report"),
  assumeS256: settings.mcpAssumeS256,
  legacy: settings.mcpLegacy,
});
