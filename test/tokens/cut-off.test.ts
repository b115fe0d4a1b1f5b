import { mkdtempDisposableSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, expect, it, onTestFinished, vi } from "vitest";
import { createEgress, type Egress, EgressFailure } from "../../src/oauth/index.ts";
import { type Database, openSpool } from "../../src/store/index.ts";
import { silentLogger } from "../../src/telemetry/index.ts";
import { HOUR } from "../../src/time.ts";
import { describeEachStore, moveClock } from "../support/database.ts";
import { createTokenFixture, type FixtureOptions } from "./token-fixture.ts";

const WAIT = { timeout: 15_000, interval: 20 };
const CUT_OFF = "refresh cut off before the provider answered, its outcome is unknown";

describeEachStore("a token manager that is stopped at its limit", (backend) => {
  let database: Database;
  beforeAll(async () => {
    database = await backend.open();
  });

  /** An expired grant, and a manager with an egress of its own, as each process has. */
  const stoppable = async (options: FixtureOptions = {}) => {
    const fixture = await createTokenFixture(database, options);
    const egress = createEgress({
      allow: [],
      insecureLoopback: "all",
      protectedPorts: [],
      timeoutMs: 15_000,
    });
    onTestFinished(() => egress.close());
    const selector = await fixture.authorize();
    await moveClock(database, 3 * HOUR);
    return { ...fixture, egress, selector };
  };

  it.each([{ graceSeconds: 0 }, { graceSeconds: 30 }])(
    "ends calls that nobody answers, names their connections, and leaves their leases to an heir: $graceSeconds s of grace",
    async ({ graceSeconds }) => {
      const { egress, selector, manager, provider, row, calls, logLines } = await stoppable({
        refresh: { rotates: true, graceSeconds },
        settings: { providerTimeoutSeconds: 15 },
      });
      const tokens = manager({ egress, owner: "stopped" });
      provider.always("token", { fault: "hang" });
      const unanswered = tokens.getToken(selector, { deadlineMs: 100 }).catch(() => "late");
      await vi.waitFor(() => expect(calls()).toBe(1), WAIT);
      expect(await unanswered).toBe("late");
      tokens.drain();
      expect(await tokens.settle(50, () => egress.close())).toEqual([]);
      expect(calls()).toBe(1);
      expect(logLines.filter((line) => line.includes(CUT_OFF))).toEqual([
        expect.stringContaining(selector.connectionId),
      ]);
      expect(await row(selector)).toMatchObject({
        leaseOwner: "stopped",
        status: "active",
        failureReason: "",
      });
    },
  );

  it("gives back the lease of a call that was never sent", async () => {
    const { egress, selector, manager, row, logLines } = await stoppable();
    const ended = new EgressFailure("aborted", { sent: false });
    const unsent: Egress = { ...egress, fetch: () => Promise.reject(ended) };
    const tokens = manager({ egress: unsent });
    await expect(tokens.getToken(selector, { deadlineMs: 100 })).rejects.toMatchObject({
      code: "DEADLINE_EXCEEDED",
    });
    await tokens.settle(3000);
    expect(await row(selector)).toMatchObject({ leaseOwner: null, status: "active", failureReason: "" });
    expect(logLines.join("\n")).not.toContain(CUT_OFF);
  });

  it("counts a token as unsaved whose first save hangs, and spools it", async () => {
    using directory = mkdtempDisposableSync(join(tmpdir(), "token-broker-spool-"));
    const { selector, manager, store, keyRing } = await stoppable();
    const spool = openSpool({ directory: directory.path, keyRing, logger: silentLogger });
    const saving = Promise.withResolvers<void>();
    const answered = Promise.withResolvers<void>();
    onTestFinished(() => answered.resolve());
    const saveRefreshed: typeof store.tokens.saveRefreshed = async (...save) => {
      saving.resolve();
      await answered.promise;
      return await store.tokens.saveRefreshed(...save);
    };
    const tokens = manager({ spool, store: { ...store, tokens: { ...store.tokens, saveRefreshed } } });
    const unanswered = tokens.getToken(selector).catch(() => "late");
    await saving.promise;
    expect(await tokens.settle(50)).toMatchObject([{ connectionId: selector.connectionId, isSpooled: true }]);
    answered.resolve();
    expect(await unanswered).toMatchObject({ degraded: undefined });
    expect(await tokens.settle(3000)).toEqual([]);
    expect(await spool.read()).toEqual([]);
  });
});
