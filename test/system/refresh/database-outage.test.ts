import { mkdtempDisposableSync, readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { checkLog, STRICT } from "../../mock-provider/index.ts";
import { call, PATIENCE, refusalOf } from "../deployment.ts";
import { type Callers, startCallers } from "./callers.ts";
import { type Fleet, startFleet } from "./fleet.ts";

const LEASE_SECONDS = 6;
const OUTAGE_MS = (2 * LEASE_SECONDS + 2) * 1000;

/** After the return: longer than a takeover could take, had the refresh been forgotten. */
const SETTLE_MS = (LEASE_SECONDS + 6) * 1000;

const startStrictFleet = (envOf?: (place: number) => Readonly<Record<string, string>>): Promise<Fleet> =>
  startFleet({
    ...(envOf && { envOf }),
    replicas: 4,
    refresh: { rotates: true, graceSeconds: 0 },
    env: {
      BROKER_REFRESH_LEASE_SECONDS: String(LEASE_SECONDS),
      BROKER_PROVIDER_TIMEOUT_SECONDS: "3",
    },
    vendors: { strict: { ...STRICT, expiresInSeconds: 600 } },
  });

/** One connection whose first token is about to end, and callers for it at every replica. The database goes away just as the refreshed token is saved. */
const stopDatabaseAtSave = async (fleet: Fleet) => {
  const [selector] = await fleet.connect("strict", 1, 3);
  if (selector === undefined) throw new Error("no connection");
  for (const replica of fleet.replicas) replica.arm("before save", "pause");
  const callers = startCallers({ targets: fleet.targets, selectors: [selector], callsPerSecond: 40 });
  const reached = fleet.replicas.map(async (replica) => {
    await replica.reached("before save");
    return replica;
  });
  const holder = await Promise.race(reached);
  await fleet.cluster.stop("fast");
  for (const replica of fleet.replicas) replica.resume();
  return { selector, holder, callers };
};

const refreshesOf = (fleet: Fleet) => checkLog(fleet.provider.log);

const expectSaved = async (fleet: Fleet, callers: Callers, selector: Parameters<Fleet["connection"]>[0]) => {
  await sleep(SETTLE_MS);
  const report = await callers.stop();
  console.log(`callers on one connection: ${report.calls} calls, ${JSON.stringify(report.outcomes)}`);
  const tokens = await Promise.all(fleet.targets().map((rpcUrl) => call({ rpcUrl }, "GetToken", selector)));
  expect(new Set(tokens.map((token) => token["accessToken"])).size).toBe(1);
  expect(tokens.filter((token) => "degraded" in token)).toEqual([]);
  expect(await fleet.connection(selector)).toMatchObject({ status: "CONNECTION_STATUS_ACTIVE" });
  expect(refreshesOf(fleet)).toMatchObject({ refreshes: 1, attempts: 1, reuseDetections: [] });
  await call({ rpcUrl: fleet.targets()[0]! }, "RefreshToken", selector);
  expect(refreshesOf(fleet)).toMatchObject({ refreshes: 2, attempts: 2, reuseDetections: [] });
  return report;
};

describe("a database that stops exactly at the save, for longer than two leases, with zero grace", () => {
  it("costs no second refresh: the holder serves the new token and saves it later", async () => {
    await using fleet = await startStrictFleet();
    const { selector, holder, callers } = await stopDatabaseAtSave(fleet);
    await sleep(OUTAGE_MS);
    expect(refreshesOf(fleet)).toMatchObject({ refreshes: 1, attempts: 1 });
    expect(await call(holder, "GetToken", selector)).toMatchObject({
      accessToken: expect.any(String),
      degraded: { reason: "DEGRADED_REASON_STORE_UNAVAILABLE" },
    });
    const others = fleet.replicas.filter((replica) => replica !== holder);
    for (const replica of others)
      expect(await refusalOf(call(replica, "GetToken", selector))).toMatchObject({
        reason: "STORE_UNAVAILABLE",
        retryAfterMs: expect.any(Number),
      });
    await fleet.cluster.start();
    await expectSaved(fleet, callers, selector);
  }, 120_000);

  // It is back in time if it starts within ten seconds of the database, which a machine that does something else may not allow.
  it(
    "costs no second refresh when the holder is killed meanwhile and has a spool",
    { timeout: 120_000, retry: 1 },
    async () => {
      using spool = mkdtempDisposableSync(join(tmpdir(), "token-broker-spool-"));
      await using fleet = await startStrictFleet((place) => ({
        BROKER_SPOOL_DIR: join(spool.path, String(place)),
      }));
      const { selector, holder, callers } = await stopDatabaseAtSave(fleet);
      const place = fleet.replicas.indexOf(holder);
      const spooled = (): string[] => readdirSync(join(spool.path, String(place)));
      await expect.poll(spooled, PATIENCE).toHaveLength(1);
      holder.kill("SIGKILL");
      await holder.exited;
      await sleep(OUTAGE_MS);
      await fleet.cluster.start();
      await fleet.restart(place);
      await expectSaved(fleet, callers, selector);
      expect(spooled()).toEqual([]);
    },
  );
});
