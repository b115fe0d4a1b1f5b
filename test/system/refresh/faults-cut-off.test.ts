import { describe, expect, it } from "vitest";
import { STRICT } from "../../mock-provider/index.ts";
import { REPLICA_HEADER } from "../../support/replica-requests.ts";
import { call, PATIENCE, type Selector } from "../deployment.ts";
import { expectIntact, startFaultFleet } from "./faults.ts";

const GRACE_SECONDS = 60;
/** Whoever waited for the answer, or for a lease to run out, would be found out. */
const LONG_SECONDS = 60;

describe("a replica whose refresh is cut off by the end of its drain time, after the provider rotated", () => {
  it("says so, and another one asks again at once within the provider's grace", async () => {
    await using faultFleet = await startFaultFleet({
      replicas: 2,
      refresh: { rotates: true, graceSeconds: GRACE_SECONDS },
      env: {
        BROKER_DRAIN_SECONDS: "2",
        BROKER_PROVIDER_TIMEOUT_SECONDS: String(LONG_SECONDS),
        BROKER_REFRESH_LEASE_SECONDS: String(2 * LONG_SECONDS),
      },
      vendors: { strict: { ...STRICT, graceMs: GRACE_SECONDS * 1000 } },
    });
    const { fleet } = faultFleet;
    const [leaving, heir] = fleet.replicas;
    const [selector] = (await fleet.connect("strict", 1, 3600)) as [Selector];
    const vendor = fleet.vendor("strict");
    vendor.script({ answer: { fault: "hang", afterProcessing: true } });
    const unanswered = call(leaving!, "RefreshToken", selector).catch(() => "cut off");
    await expect.poll(() => vendor.counters.requests.token, PATIENCE).toBe(1);
    const waiting = call(heir!, "RefreshToken", selector);

    const beganMs = performance.now();
    leaving!.kill("SIGTERM");
    expect(await leaving!.exited).toEqual({ code: 0, signal: null });
    expect(await unanswered).toBe("cut off");
    const cutOff = expect.objectContaining({
      level: "warn",
      event: "refresh cut off before the provider answered, its outcome is unknown",
      connection_id: selector.connectionId,
    });
    expect(leaving!.log()).toContainEqual(cutOff);

    expect(await waiting).toMatchObject({ connection: { status: "CONNECTION_STATUS_ACTIVE" } });
    const tookMs = performance.now() - beganMs;
    console.log(
      `taken over ${Math.round(tookMs)} ms after SIGTERM, with 2 s to drain and a lease of ${2 * LONG_SECONDS} s`,
    );
    expect(tookMs).toBeLessThan((LONG_SECONDS * 1000) / 2);
    expect(vendor.requests.map(({ headers }) => headers[REPLICA_HEADER])).toEqual([
      leaving!.name,
      heir!.name,
    ]);
    const { graceReplays } = await expectIntact(faultFleet, [selector]);
    expect(graceReplays).toHaveLength(1);
    await call(heir!, "RefreshToken", selector);
    await expectIntact(faultFleet, [selector]);
  }, 60_000);
});
