import { describe, expect, it } from "vitest";
import { createMetrics, type LogFields, silentLogger } from "../telemetry/index.ts";
import { warnOfEndingSecrets } from "./ending-secrets.ts";

const NOW = Date.parse("2027-01-01T00:00:00Z");

describe("warnOfEndingSecrets", () => {
  it("tells of those that end within 30 days or have ended, and measures all", async () => {
    const lines: [string, LogFields | undefined][] = [];
    const metrics = createMetrics();
    const secrets = [
      { provider: "later", endsAt: new Date("2027-02-01") },
      { provider: "soon", endsAt: new Date("2027-01-30") },
      { provider: "over", endsAt: new Date("2026-12-31") },
    ];
    const logger = {
      ...silentLogger,
      warn: (event: string, fields?: LogFields) => void lines.push([event, fields]),
    };
    expect(warnOfEndingSecrets({ secrets, logger, metrics, nowMs: NOW })).toBe(2);
    expect(lines.map(([event, fields]) => [event, fields?.provider])).toEqual([
      ["client secret ends soon", "soon"],
      ["client secret has ended", "over"],
    ]);
    expect((await metrics.render()).text).toContain(
      `tokenbroker_client_secret_expiry_timestamp_seconds{provider="later"} ${Date.parse("2027-02-01") / 1000}`,
    );
  });
});
