import { beforeAll, expect, it } from "vitest";
import type { Database } from "../../src/store/index.ts";
import { SECOND } from "../../src/time.ts";
import { describeEachStore, moveClock } from "../support/database.ts";
import { createTokenFixture } from "./token-fixture.ts";

const untilDone = new AbortController().signal;

const MINUTES = 10;
/** Readers at the same moment; between two moments the clock moves on. */
const AT_ONCE = 100;
const MOMENTS_PER_MINUTE = 12;

describeEachStore("tokens of five minutes", (backend) => {
  let database: Database;
  beforeAll(async () => {
    database = await backend.open();
  });

  it(
    "that are read all the time on two replicas, and swept, are refreshed four times in ten minutes at most, and always work",
    async () => {
      const { tokens, manager, authorize, calls } = await createTokenFixture(database, {
        provider: { expiresInSeconds: 300 },
      });
      const replicas = [tokens, manager()];
      const selector = await authorize({ expiresInSeconds: 300 });
      for (let moment = 0; moment < MINUTES * MOMENTS_PER_MINUTE; moment += 1) {
        const now = await moveOn(database, (60 * SECOND) / MOMENTS_PER_MINUTE);
        const views = await Promise.all(
          Array.from({ length: AT_ONCE }, (_, index) => replicas[index % 2]!.getToken(selector)),
        );
        for (const { expiresAt, degraded } of views) {
          expect(expiresAt?.getTime()).toBeGreaterThan(now.getTime());
          expect(degraded).toBeUndefined();
        }
        if (moment % (5 * MOMENTS_PER_MINUTE) === 0)
          await Promise.all(replicas.map((replica) => replica.sweep(untilDone)));
      }
      expect(calls()).toBeLessThanOrEqual(4);
      expect(calls()).toBeGreaterThan(1);
    },
    120 * SECOND,
  );
});

const moveOn = async (database: Database, ms: number): Promise<Date> => {
  await moveClock(database, ms);
  const { rows } = await database.sql.run("", "select broker_now() as now", []);
  return rows[0]?.["now"] as Date;
};
