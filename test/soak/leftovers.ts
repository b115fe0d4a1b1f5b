import { readdirSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { Fleet } from "../system/refresh/fleet.ts";
import { scrape } from "../system/telemetry.ts";

/** What stays when nobody calls any more and every refresh is over. Of a broker that leaks nothing, all are 0. */
export interface Leftovers {
  /** Rows that somebody still holds. */
  readonly leases: number;
  /** Database connections that some replica's pool has lent out, and callers who wait for one. */
  readonly lent: number;
  readonly waiting: number;
  /** Refreshed tokens on disk. */
  readonly spooled: number;
}

/** Longer than two leases: until then the last of what a kill cut off is over. */
const SETTLED_WITHIN_MS = 40_000;
const RETRY_MS = 500;

/** Waits until there is nothing, but not for ever. */
export const findLeftovers = async (fleet: Fleet, spoolDirectory: string): Promise<Leftovers> => {
  const endMs = performance.now() + SETTLED_WITHIN_MS;
  for (;;) {
    const left = await leftoversOf(fleet, spoolDirectory);
    const isNothing = Object.values(left).every((count) => count === 0);
    if (isNothing || performance.now() > endMs) return left;
    await sleep(RETRY_MS);
  }
};

const leftoversOf = async (fleet: Fleet, spoolDirectory: string): Promise<Leftovers> => {
  const pools = await Promise.all(fleet.replicas.map(scrape));
  const inState = (state: string): number =>
    pools.reduce((sum, read) => sum + (read("tokenbroker_database_pool_connections", { state }) ?? 0), 0);
  const leases = "select from connection_tokens where lease_owner is not null";
  return {
    leases: (await fleet.database.sql.run("", leases, [])).count,
    lent: inState("used"),
    waiting: inState("waiting"),
    spooled: readdirSync(spoolDirectory, { recursive: true, withFileTypes: true }).filter((entry) =>
      entry.isFile(),
    ).length,
  };
};
