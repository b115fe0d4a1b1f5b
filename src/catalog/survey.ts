import { z } from "zod";
import { httpsTemplate } from "./facts/texts.ts";

/**
 * What was surveyed and is no entry of the catalog (`data/left-out.json`). `surveyed` counts the names that
 * public sources held when the catalog was made; each of them is an entry, an MCP server or left out with its
 * reason. `addedLater` names the entries that came since.
 */
export const leftOutFile = z.strictObject({
  surveyed: z.int().positive(),
  leftOut: z.array(z.strictObject({ name: z.string(), reason: z.string().endsWith(".") })),
  addedLater: z.array(z.string()),
});

/**
 * MCP servers that register their clients themselves (`data/mcp-servers.json`): they need no credentials of
 * their own, so they are no entries but examples of what to give as `mcp_server_url`.
 */
export const mcpServersFile = z.strictObject({
  servers: z.array(
    z.strictObject({
      name: z.string(),
      displayName: z.string(),
      /** Only where a source names it. */
      mcpServerUrl: httpsTemplate.exactOptional(),
      authorizeUrl: httpsTemplate,
      tokenUrl: httpsTemplate,
      registrationUrl: httpsTemplate,
      sources: z.array(z.string()).min(1),
    }),
  ),
});
