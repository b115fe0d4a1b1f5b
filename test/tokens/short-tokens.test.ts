import { beforeAll, expect, it } from "vitest";
import type { Database } from "../../src/store/index.ts";
import { SECOND } from "../../src/time.ts";
import type { TokenManager, TokenView } from "../../src/tokens/index.ts";
import { describeEachStore, moveClock } from "../support/database.ts";
import { createTokenFixture, type Selector } from "./token-fixture.ts";

const untilDone = new AbortController().signal;

const LIFETIME_SECONDS = 300;
const SECONDS = 600;
const SWEEP_EVERY_SECONDS = 150;
/** From one reader to the next. */
const STEP_SECONDS = { pglite: 5, postgresql: 1 };
/** Readers where a refresh is due, a hundred at the same moment: a thousand, or as many as the embedded database manages in time. */
const WAVES = { pglite: 2, postgresql: 10 };
const AT_ONCE = 100;

describeEachStore("tokens of five minutes", (backend) => {
  let database: Database;
  beforeAll(async () => {
    database = await backend.open();
  });

  it(
    "that are read all the time for ten minutes on two replicas, and by crowds where a refresh is due, are refreshed four times at most",
    async () => {
      const { tokens, manager, authorize, calls } = await createTokenFixture(database, {
        provider: { expiresInSeconds: LIFETIME_SECONDS },
      });
      const replicas = [tokens, manager()];
      const selector = await authorize({ expiresInSeconds: LIFETIME_SECONDS });
      let crowds = 0;
      let refreshAfter: Date | undefined;
      const step = STEP_SECONDS[backend.kind];
      for (let second = 0; second < SECONDS; second += step) {
        await moveClock(database, step * SECOND);
        const now = await timeOf(database);
        const isDue = refreshAfter === undefined || refreshAfter <= now;
        const views = isDue
          ? await readByCrowd(replicas, selector, WAVES[backend.kind])
          : [await replicas[(second / step) % 2]!.getToken(selector)];
        for (const { expiresAt } of views) expect(expiresAt?.getTime()).toBeGreaterThan(now.getTime());
        crowds += isDue ? 1 : 0;
        refreshAfter = views.at(-1)?.refreshAfter;
        if (second % SWEEP_EVERY_SECONDS === 0)
          await Promise.all(replicas.map((replica) => replica.sweep(untilDone)));
      }
      // The first token is refreshed at once, its successors when four fifths of their life are over.
      expect(calls()).toBeLessThanOrEqual(4);
      expect(calls()).toBeGreaterThan(2);
      expect(crowds).toBeGreaterThanOrEqual(calls());
      expect(crowds).toBeLessThan(SECONDS / step / 10);
    },
    120 * SECOND,
  );
});

const readByCrowd = async (
  replicas: readonly TokenManager[],
  selector: Selector,
  waves: number,
): Promise<TokenView[]> => {
  const views: TokenView[] = [];
  for (let wave = 0; wave < waves; wave += 1) {
    const readers = Array.from({ length: AT_ONCE }, (_, index) => replicas[index % replicas.length]);
    views.push(...(await Promise.all(readers.flatMap((replica) => replica?.getToken(selector) ?? []))));
  }
  return views;
};

const timeOf = async ({ sql }: Database): Promise<Date> =>
  (await sql.run("", "select broker_now() as now", [])).rows[0]?.["now"] as Date;
