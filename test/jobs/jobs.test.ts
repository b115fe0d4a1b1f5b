import { randomUUID } from "node:crypto";
import { beforeAll, expect, it } from "vitest";
import { createJobs } from "../../src/jobs/index.ts";
import type { Database } from "../../src/store/index.ts";
import { HOUR } from "../../src/time.ts";
import { newAuthorization } from "../store/fixtures.ts";
import { describeEachStore, moveClock } from "../support/database.ts";
import { createTokenFixture } from "../tokens/token-fixture.ts";

describeEachStore("the jobs", (backend) => {
  let database: Database;
  beforeAll(async () => {
    database = await backend.open();
  });

  it("refresh what is due, forget what is over, and tell vendors what they have not heard", async () => {
    const { tokens, store, authorize, row, provider, metrics } = await createTokenFixture(database);
    const flow = await store.authorizations.insert(newAuthorization({ connectionId: randomUUID() }));
    const revoked = await authorize();
    provider.script("revoke", { status: 503 });
    expect(await tokens.revokeConnection(revoked)).toBe("queued");
    const due = await authorize();
    await moveClock(database, 2 * HOUR);
    const logged: string[] = [];
    const log = (event: string, fields = {}): void => void logged.push(JSON.stringify({ event, ...fields }));
    const jobs = createJobs({
      work: {
        refreshDueTokens: (signal) => tokens.sweep(signal),
        tendTroubles: (signal) => tokens.tendTroubles(signal),
        forgetTroubles: () => tokens.forgetTroubles(),
        deleteOldOutcomes: (limit) => store.providerHealth.deleteOldOutcomes(limit),
        deleteExpiredAuthorizations: (limit) => store.authorizations.deleteExpired(600, limit),
        deleteRevokedTokens: (limit) => store.tokens.deleteRevoked(60, limit),
        deleteRetiredClients: (limit) => store.oauthClients.deleteRetired(60, limit),
        deleteExpiredRevocations: (limit) => store.revocations.deleteExpired(limit),
        deliverRevocations: (signal) => tokens.deliverRevocations(signal),
        flushLastUsed: () => tokens.flushLastUsed(),
      },
      sweepIntervalSeconds: 0.1,
      cleanupIntervalSeconds: 0.1,
      logger: { debug: log, info: log, warn: log, error: log },
      metrics,
    });
    jobs.start();
    try {
      await expect.poll(async () => (await row(due)).fromRefresh, { timeout: 5000 }).toBe(true);
      const flowOf = () => store.authorizations.get("default", flow.id);
      await expect.poll(flowOf, { timeout: 5000 }).toBeUndefined();
      const lives = () => provider.requestsTo("revoke").filter(({ verdict }) => verdict === "revoked").length;
      await expect.poll(lives, { timeout: 8000 }).toBe(2);
    } finally {
      await jobs.stop();
    }
    expect(logged.join("\n")).toContain('"job":"connect:refresh_tokens"');
    expect(logged.join("\n")).toContain('"job":"connect:cleanup_states"');
    const { text } = await metrics.render();
    expect(text).toMatch(/job_runs_total\{job="connect:refresh_tokens",outcome="ok"\} [1-9]/);
    expect(text).not.toContain('outcome="failed"');
  });
});
