import { beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { createStore, type Database, type Liveness, openLiveness } from "../../src/store/index.ts";
import { silentLogger } from "../../src/telemetry/index.ts";
import { HOUR, MINUTE, SECOND } from "../../src/time.ts";
import { moveClock, storeUnderTest } from "../support/database.ts";
import { createTokenFixture, type FixtureOptions, refusal } from "./token-fixture.ts";

const ROTATING = { rotates: true, graceSeconds: 0 };

describe("a refresh whose owner died", () => {
  const backend = storeUnderTest("postgresql");
  let database: Database;
  beforeAll(async () => {
    database = await backend.open();
  });

  const replica = async (): Promise<Liveness> => {
    const liveness = await openLiveness(database, { logger: silentLogger });
    onTestFinished(() => liveness.close());
    return liveness;
  };

  /** An expired token, whose refresh a replica claimed; and another replica, which has had the database for `steadyMs`. */
  const claimedByAnother = async (options: FixtureOptions, steadyMs: number) => {
    const fixture = await createTokenFixture(database, options);
    const [owner, heir] = [await replica(), await replica()];
    const { keyRing, store, row } = fixture;
    const liveness = { ...heir, steadyMs: () => steadyMs };
    const heirStore = createStore(database, { keyRing, logger: silentLogger, liveness });
    const selector = await fixture.authorize();
    await moveClock(database, 3 * HOUR);
    const { id, version } = await row(selector);
    await store.tokens.claim(id, version, owner.owner, 45);
    return { ...fixture, selector, owner, heir: fixture.manager({ store: heirStore, owner: heir.owner }) };
  };

  it.each([
    ["the vendor's grace allows to ask again", { refresh: { rotates: true, graceSeconds: 30 } }],
    ["the vendor does not rotate", { refresh: { rotates: false }, provider: { rotation: false } }],
  ])("is taken over by a waiting caller within seconds where %s", async (_, options) => {
    const { selector, owner, heir, calls, row } = await claimedByAnother(options, 0);
    expect(await refusal(heir.getToken(selector, { deadlineMs: 1500 }))).toMatchObject({
      code: "DEADLINE_EXCEEDED",
    });
    expect(calls()).toBe(0);
    await owner.close();
    const view = await heir.getToken(selector, { deadlineMs: 15_000 });
    expect(view.degraded).toBeUndefined();
    expect(await row(selector)).toMatchObject({ version: view.version, leaseOwner: null });
    expect(calls()).toBe(1);
  });

  it("waits for its lease where the refresh token may be lost with it, and is then tried", async () => {
    const { selector, owner, heir, calls } = await claimedByAnother({ refresh: ROTATING }, 10 * SECOND);
    await owner.close();
    const early = refusal(heir.getToken(selector, { deadlineMs: 1500 }));
    expect(await early).toMatchObject({ code: "DEADLINE_EXCEEDED" });
    expect(calls()).toBe(0);
    await moveClock(database, 46 * SECOND);
    expect((await heir.getToken(selector)).degraded).toBeUndefined();
    expect(calls()).toBe(1);
  });

  it("is left to an owner who may come back with the database, by a replica that has just come back itself", async () => {
    const { selector, owner, heir, calls } = await claimedByAnother({ refresh: ROTATING }, 9 * SECOND);
    await owner.close();
    await moveClock(database, 2 * MINUTE);
    const refused = refusal(heir.getToken(selector, { deadlineMs: 1500 }));
    expect(await refused).toMatchObject({ code: "DEADLINE_EXCEEDED" });
    expect(calls()).toBe(0);
  });
});
