import { randomUUID } from "node:crypto";
import { beforeAll, expect, it } from "vitest";
import type { Database, Store, TokenRow } from "../../src/store/index.ts";
import { describeEachStore, moveClock } from "../support/database.ts";
import { grantKey, newKeyRing, newToken, stored, storeOn } from "./fixtures.ts";

const WINDOW_MS = 600_000;

describeEachStore("step-ups of a grant", (backend) => {
  let database: Database;
  let store: Store;
  let other: Store;
  beforeAll(async () => {
    database = await backend.open();
    const keyRing = newKeyRing();
    [store, other] = [storeOn(database, keyRing), storeOn(database, keyRing)];
  });

  const grant = (): Promise<TokenRow> =>
    stored(store, {}, grantKey({ provider: "", mcpServerUrl: "https://h.test/mcp" }));
  const stepUps = async (row: TokenRow) => (await store.tokens.find(row))?.stepUps;

  it("are counted up to the limit, however many come at once", async () => {
    const row = await grant();
    const counted = await Promise.all(
      Array.from({ length: 8 }, (_, index) => (index % 2 === 0 ? store : other).tokens.countStepUp(row, 3)),
    );
    expect(counted.filter(Boolean)).toHaveLength(3);
    expect(await stepUps(row)).toBe(3);
    expect(await store.tokens.countStepUp(row, 3)).toBe(false);
    expect(await store.tokens.countStepUp(row, 4)).toBe(true);
  });

  it("are those of one grant", async () => {
    const [row, another] = [await grant(), await grant()];
    await store.tokens.countStepUp(row, 1);
    expect([await stepUps(row), await stepUps(another)]).toEqual([1, 0]);
    for (const change of [
      { mcpServerUrl: "https://h.test/mcp2" },
      { userId: "user-2" },
      { namespace: "other" },
      { connectionId: randomUUID() },
      { connectionId: "no-uuid" },
    ])
      expect(await store.tokens.countStepUp({ ...another, ...change }, 3)).toBe(false);
  });

  it("end when a token is accepted", async () => {
    const row = await grant();
    await store.tokens.countStepUp(row, 1);
    await store.tokens.endStepUps(row.id);
    expect(await stepUps(row)).toBe(0);
    expect(await store.tokens.countStepUp(row, 1)).toBe(true);
  });

  it("go on through a new consent, which is no sign that a token is accepted", async () => {
    const row = await grant();
    await store.tokens.countStepUp(row, 1);
    await store.tokens.putAuthorized(row, newToken());
    expect(await stepUps(row)).toBe(1);
    expect(await store.tokens.countStepUp(row, 1)).toBe(false);
  });

  it("begin anew ten minutes after the last", async () => {
    const row = await grant();
    for (let count = 0; count < 3; count += 1) await store.tokens.countStepUp(row, 3);
    await moveClock(database, WINDOW_MS - 1000);
    expect([await stepUps(row), await store.tokens.countStepUp(row, 3)]).toEqual([3, false]);
    await moveClock(database, 2000);
    expect(await stepUps(row)).toBe(0);
    expect(await store.tokens.countStepUp(row, 3)).toBe(true);
    expect(await stepUps(row)).toBe(1);
  });

  it("are none of a grant that was revoked", async () => {
    const row = await grant();
    await store.tokens.revoke(row, { owner: "replica-1", leaseSeconds: 1 });
    expect(await store.tokens.countStepUp(row, 3)).toBe(false);
  });
});
