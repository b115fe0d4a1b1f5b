import { randomUUID } from "node:crypto";
import { beforeAll, expect, it } from "vitest";
import type { Database } from "../../src/store/index.ts";
import { HOUR, SECOND } from "../../src/time.ts";
import { describeEachStore, moveClock } from "../support/database.ts";
import { createTokenFixture, type Selector, type TokenFixture } from "./token-fixture.ts";

const untilDone = new AbortController().signal;

/** A thousand, or as many as the embedded database manages in time. */
const COUNT = { pglite: 200, postgresql: 1000 };
const BATCH = 50;

const counter = async ({ metrics }: TokenFixture, name: string): Promise<Record<string, number>> => {
  const line = new RegExp(
    `^tokenbroker_${name}\\{provider="[^"]*",(?:status|outcome|state)="(\\w+)"\\} (\\d+)$`,
    "gm",
  );
  const { text } = await metrics.render();
  return Object.fromEntries([...text.matchAll(line)].map(([, label, count]) => [label, Number(count)]));
};

describeEachStore("a junk token and a closed shop among a thousand good grants", (backend) => {
  const good = COUNT[backend.kind];
  let database: Database;
  beforeAll(async () => {
    database = await backend.open();
  });

  const authorizeMany = async ({ authorize }: TokenFixture): Promise<void> => {
    for (let made = 0; made < good; made += BATCH)
      await Promise.all(Array.from({ length: BATCH }, () => authorize()));
  };

  /** It never was this provider's. */
  const importJunk = async ({ tokens, store, registration }: TokenFixture): Promise<Selector> => {
    const selector = { connectionId: randomUUID(), userId: "user-1", provider: registration.name };
    const expiresAt = new Date((await store.now()).getTime() + HOUR);
    await tokens.importToken({ ...selector, accessToken: "junk", refreshToken: "junk", expiresAt });
    return selector;
  };

  it(
    "are found out alone: every good one is refreshed, by one call, and none waits or is doubted",
    async () => {
      const fixture = await createTokenFixture(database);
      const { provider, authorize, row, manager, calls } = fixture;
      const [junk, closed] = [await importJunk(fixture), await authorize()];
      const closedShop = { grant: closed.connectionId, answer: { status: 404 }, times: Infinity };
      provider.vendor.script(closedShop);
      await authorizeMany(fixture);
      const authorized = await counter(fixture, "connection_transitions_total");
      expect(authorized).toEqual({ active: good + 2 });
      await moveClock(database, 51 * 60 * SECOND);
      const replicas = [manager(), manager()];
      await Promise.all(replicas.map((replica) => replica.sweep(untilDone)));
      await Promise.all(replicas.map((replica) => replica.settle(30 * SECOND)));

      expect(await row(junk)).toMatchObject({
        status: "needs_reauth",
        failureProviderError: "invalid_grant",
      });
      expect(await row(closed)).toMatchObject({
        status: "degraded",
        failureReason: "PROVIDER_MISCONFIGURED",
      });
      // The shop's back-off may end within a long sweep.
      const { client = 0, ...others } = await counter(fixture, "refreshes_total");
      expect(others).toEqual({ refreshed: good, rejected: 1 });
      expect(client).toBeGreaterThan(0);
      expect(await counter(fixture, "connection_transitions_total")).toEqual({
        ...authorized,
        degraded: 1,
        needs_reauth: 1,
      });
      expect(await counter(fixture, "provider_transitions_total")).toEqual({});
      expect(calls()).toBe(good + 1 + client);
      const { rows } = await database.sql.run(
        "",
        "select count(*) filter (where status = 'active' and from_refresh and lease_owner is null and failure_count = 0)::int as well from connection_tokens",
        [],
      );
      expect(rows).toEqual([{ well: good }]);
    },
    90 * SECOND,
  );
});
