import { describe, expect, it } from "vitest";
import { createLogger } from "./log.ts";
import { createMetrics } from "./metrics.ts";

describe("a grant of an MCP server", () => {
  it("is mcp in metrics and log lines, and a provider its own name", async () => {
    const metrics = createMetrics();
    metrics.refreshes.inc({ provider: "", outcome: "refreshed" });
    metrics.refreshes.inc({ provider: "acme", outcome: "refreshed" });
    metrics.providerBlocked.inc({ provider: "" });
    const { text } = await metrics.render();
    expect(text).toContain('tokenbroker_refreshes_total{provider="mcp",outcome="refreshed"} 1');
    expect(text).toContain('tokenbroker_refreshes_total{provider="acme",outcome="refreshed"} 1');

    expect(text).toContain('tokenbroker_provider_blocked{provider="mcp"} 1');

    const lines: string[] = [];
    const logger = createLogger({ destination: { write: (line) => lines.push(line) } });
    logger.info("token refreshed", { provider: "" });
    logger.info("token refreshed", { provider: "acme" });
    logger.info("token refreshed");
    expect(lines.map((line) => (JSON.parse(line) as { provider?: string }).provider)).toEqual([
      "mcp",
      "acme",
      undefined,
    ]);
  });
});
