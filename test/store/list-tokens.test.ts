import { beforeAll, describe, expect, it } from "vitest";
import type { Database, Store, TokenFilter } from "../../src/store/index.ts";
import { describeEachStore } from "../support/database.ts";
import { grantKey, namedToken, stored, storeOn } from "./fixtures.ts";

describeEachStore("tokens.list", (backend) => {
  let database: Database;
  let store: Store;
  beforeAll(async () => {
    database = await backend.open();
    store = storeOn(database);
  });

  const ids = async (filter: TokenFilter) =>
    (await store.tokens.list(filter, { size: 100, token: "" })).tokens.map(({ id }) => id);

  it("pages in creation order, each row once, also while rows come and go", async () => {
    const namespace = "paging";
    const rows = [];
    for (let i = 0; i < 7; i += 1) rows.push(await stored(store, {}, grantKey({ namespace })));
    const first = await store.tokens.list({ namespace }, { size: 3, token: "" });
    expect(first.tokens.map(({ id }) => id)).toEqual(rows.slice(0, 3).map(({ id }) => id));
    await store.tokens.revoke(rows[2]!, undefined);
    await store.tokens.revoke(rows[3]!, undefined);
    const newest = await stored(store, {}, grantKey({ namespace }));
    const second = await store.tokens.list({ namespace }, { size: 3, token: first.nextPageToken });
    const third = await store.tokens.list({ namespace }, { size: 3, token: second.nextPageToken });
    expect([...second.tokens, ...third.tokens].map(({ id }) => id)).toEqual([
      ...rows.slice(4).map(({ id }) => id),
      newest.id,
    ]);
    expect(third.nextPageToken).toBe("");
  });

  it("ends without a token when the last page is full", async () => {
    const namespace = "full-page";
    await stored(store, {}, grantKey({ namespace }));
    await stored(store, {}, grantKey({ namespace }));
    expect((await store.tokens.list({ namespace }, { size: 2, token: "" })).nextPageToken).toBe("");
    await expect(store.tokens.list({ namespace }, { size: 2, token: "nonsense" })).rejects.toMatchObject({
      code: "INVALID_REQUEST",
    });
  });

  it("shows main rows only", async () => {
    const namespace = "main-rows";
    const main = await stored(store, { named: [namedToken("bot")] }, grantKey({ namespace }));
    expect(await ids({ namespace })).toEqual([main.id]);
  });

  describe("filters", () => {
    const namespace = "filters";
    let early: string;
    let mcp: string;
    let dead: string;
    beforeAll(async () => {
      early = (
        await stored(
          store,
          { expires: { at: new Date("2027-01-01T00:00:00Z") }, labels: { team: "red", env: "prod" } },
          grantKey({ namespace, userId: "ann" }),
        )
      ).id;
      mcp = (
        await stored(
          store,
          { expires: { at: new Date("2029-01-01T00:00:00Z") }, labels: {} },
          grantKey({ namespace, userId: "bob", provider: "", mcpServerUrl: "https://mcp.test/a" }),
        )
      ).id;
      const row = await stored(
        store,
        { expires: undefined },
        grantKey({ namespace, userId: "ann", provider: "other" }),
      );
      dead = row.id;
      const claim = await store.tokens.claim(row.id, row.version, "replica-1", 45);
      await store.tokens.recordFailure(claim!, {
        status: "needs_reauth",
        reason: "REAUTHORIZATION_REQUIRED",
        providerError: "",
        nextAttempt: undefined,
      });
    });

    it("narrow one by one and together", async () => {
      expect(await ids({ namespace })).toEqual([early, mcp, dead]);
      expect(await ids({ namespace, userId: "ann" })).toEqual([early, dead]);
      expect(await ids({ namespace, provider: "other" })).toEqual([dead]);
      expect(await ids({ namespace, mcpServerUrl: "https://mcp.test/a" })).toEqual([mcp]);
      expect(await ids({ namespace, statuses: ["needs_reauth", "blocked"] })).toEqual([dead]);
      expect(await ids({ namespace, statuses: [] })).toHaveLength(3);
      expect(await ids({ namespace, labels: { team: "red" } })).toEqual([early]);
      expect(await ids({ namespace, labels: { team: "red", env: "test" } })).toEqual([]);
      expect(await ids({ namespace, expiresBefore: new Date("2028-01-01T00:00:00Z") })).toEqual([early]);
      expect(
        await ids({
          namespace,
          userId: "ann",
          statuses: ["active"],
          labels: { env: "prod" },
          provider: "acme",
        }),
      ).toEqual([early]);
    });

    it("take hostile values as values", async () => {
      expect(await ids({ namespace, userId: "ann' or '1'='1", labels: { "a'b": '"};--' } })).toEqual([]);
    });
  });

  it("leaves out a row that was edited into something unreadable", async () => {
    const namespace = "unreadable";
    const [broken, fine] = [
      await stored(store, {}, grantKey({ namespace })),
      await stored(store, {}, grantKey({ namespace })),
    ];
    await database.sql.run("", "update connection_tokens set status = 'zombie' where id = $1", [broken.id]);
    expect(await ids({ namespace })).toEqual([fine.id]);
  });
});
