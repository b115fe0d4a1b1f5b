import { describe, expect, it } from "vitest";
import { STRICT } from "../../mock-provider/index.ts";
import type { Replica } from "../../support/replica-process.ts";
import { call, PATIENCE } from "../deployment.ts";
import { expectIntact, rowOf, startFaultFleet } from "./faults.ts";

const SECOND_MS = 1000;
/** Within which the answers of a provider arrive while the replica that asked is asleep. */
const ANSWER_MS = 1 * SECOND_MS;

/** A process that stands still, and its kernel does not: as in a virtual machine that is moved, or under a debugger. */
const whileAsleep = async (replica: Replica, work: () => Promise<void>): Promise<void> => {
  replica.kill("SIGSTOP");
  try {
    await work();
  } finally {
    replica.kill("SIGCONT");
  }
};

describe.concurrent.each([{ graceSeconds: 0 }, { graceSeconds: 60 }])(
  "a replica that sleeps past its leases, at a provider with $graceSeconds s of grace",
  ({ graceSeconds }) => {
    it("costs no connection: what it brings late is stored, unless another one was faster", async () => {
      await using faultFleet = await startFaultFleet({
        replicas: 2,
        refresh: { rotates: true, graceSeconds },
        vendors: { strict: { ...STRICT, graceMs: graceSeconds * SECOND_MS, expiresInSeconds: 3600 } },
      });
      const { fleet } = faultFleet;
      const [sleeper, other] = fleet.replicas as [Replica, Replica];
      const selectors = await fleet.connect("strict", 3, 3600);
      const [unsaved, unanswered, calm] = selectors as [(typeof selectors)[0], ...typeof selectors];
      const versions = await Promise.all(selectors.map((one) => rowOf(faultFleet, one)));
      const vendor = fleet.vendor("strict");

      // One refresh is answered and not saved, the other one sent and not answered.
      sleeper.arm("before save", "pause");
      const late = [call(sleeper, "RefreshToken", unsaved)];
      await sleeper.reached("before save");
      vendor.settings.answerDelayMs = ANSWER_MS;
      late.push(call(sleeper, "RefreshToken", unanswered!));
      for (const one of late) one.catch(() => {});
      await expect.poll(() => vendor.counters.requests.token, PATIENCE).toBe(2);
      await whileAsleep(sleeper, async () => {
        vendor.settings.answerDelayMs = 0;
        await call(other, "RefreshToken", calm!);
        // Both wait for the sleeper until they may take over: two lease lengths, and 10 s in which they had the database.
        await Promise.allSettled([unsaved, unanswered!].map((one) => call(other, "RefreshToken", one)));
      });
      sleeper.resume();
      await Promise.allSettled(late);

      const isNewer = async (index: number): Promise<boolean> => {
        const row = await rowOf(faultFleet, selectors[index]!);
        return row.version > versions[index]!.version && row.leaseOwner === null && row.status === "active";
      };
      for (const index of selectors.keys()) await expect.poll(() => isNewer(index), PATIENCE).toBe(true);
      const report = await expectIntact(faultFleet, selectors);
      expect(report.refreshes).toBe(selectors.length);
      expect(report.graceReplays.length > 0).toBe(graceSeconds > 0);
      // And everybody goes on from there.
      for (const [index, one] of selectors.entries())
        await call(fleet.replicas[index % 2]!, "RefreshToken", one);
      expect((await expectIntact(faultFleet, selectors)).refreshes).toBe(2 * selectors.length);
    }, 90_000);
  },
);
