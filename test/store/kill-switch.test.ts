import { randomUUID } from "node:crypto";
import { beforeAll, describe, expect, it } from "vitest";
import type {
  Database,
  GrantKey,
  NewToken,
  Store,
  SwitchAction,
  SwitchFilter,
  TokenRow,
} from "../../src/store/index.ts";
import { describeEachStore } from "../support/database.ts";
import { grantKey, namedToken, newToken, storeOn } from "./fixtures.ts";

const BLOCK = { kind: "block" } as const;
const UNBLOCK = { kind: "unblock" } as const;

describeEachStore("a kill switch", (backend) => {
  let database: Database;
  let store: Store;
  beforeAll(async () => {
    database = await backend.open();
    store = storeOn(database);
  });

  const put = async (key: Partial<GrantKey>, token: Partial<NewToken> = {}): Promise<TokenRow> =>
    store.tokens.putAuthorized(grantKey(key), newToken(token));
  const find = (row: TokenRow): Promise<TokenRow | undefined> => store.tokens.find(row);
  const statusOf = async (row: TokenRow): Promise<string | undefined> => (await find(row))?.status;

  /** As whoever throws the switch goes on until nothing is left. */
  const all = async (action: SwitchAction, filter: SwitchFilter, limit = 2): Promise<[number, number]> => {
    const total: [number, number] = [0, 0];
    for (;;) {
      const { counts, last } = await store.tokens.switchBatch(action, filter, { after: 0n, limit });
      for (const { connections, tokens } of counts) {
        total[0] += connections;
        total[1] += tokens;
      }
      if (last === 0n) return total;
    }
  };

  it("changes what it counted, in batches, and nothing else", async () => {
    const namespace = "batches";
    const rows = [];
    for (let n = 0; n < 5; n += 1) rows.push(await put({ namespace, userId: "ada" }));
    const named = await put({ namespace, userId: "ada" }, { named: [namedToken("bot")] });
    const others = [await put({ namespace, userId: "bob" }), await put({ userId: "ada" })];
    const filter = { namespace, userId: "ada" };
    expect(await store.tokens.countForSwitch("block", filter)).toEqual([
      { provider: "acme", connections: 6, tokens: 7 },
    ]);
    expect(await all(BLOCK, filter)).toEqual([6, 7]);
    expect(await Promise.all([...rows, named].map(statusOf))).toEqual(Array(6).fill("blocked"));
    expect((await store.tokens.find({ ...named, tokenName: "bot" }))?.status).toBe("blocked");
    expect(await Promise.all(others.map(statusOf))).toEqual(["active", "active"]);
    expect((await find(rows[0]!))?.revision).toBeGreaterThan(rows[0]!.revision);
    expect((await find(rows[0]!))?.version).toBe(rows[0]!.version);
    expect(await store.tokens.countForSwitch("block", filter)).toEqual([]);
    expect(await all(UNBLOCK, filter)).toEqual([6, 7]);
    expect(await Promise.all(rows.map(statusOf))).toEqual(Array(5).fill("active"));
  });

  it.each<[string, Partial<GrantKey>, Partial<NewToken>, Partial<SwitchFilter>]>([
    ["provider", { provider: "crm" }, {}, { provider: "crm" }],
    ["user", { userId: "eve" }, {}, { userId: "eve" }],
    ["caller", {}, { callerId: "billing" }, { callerId: "billing" }],
    [
      "host of an MCP server",
      { provider: "", mcpServerUrl: "https://MCP.example:8443/path/mcp.other.example" },
      {},
      { mcpServerHost: "mcp.example:8443" },
    ],
  ])("finds connections by their %s", async (name, key, token, filter) => {
    const namespace = `by-${name.split(" ")[0]}`;
    const wanted = await put({ namespace, ...key }, token);
    const other = await put({ namespace });
    expect(await all(BLOCK, { namespace, ...filter })).toEqual([1, 1]);
    expect([await statusOf(wanted), await statusOf(other)]).toEqual(["blocked", "active"]);
  });

  describe("that is taken back", () => {
    const namespace = "back";
    const claim = async (row: TokenRow) => (await store.tokens.claim(row.id, row.version, "me", 60))!;
    const failed = async (status: "degraded" | "needs_reauth"): Promise<TokenRow> => {
      const row = await put({ namespace });
      const failure = { status, reason: "WHY", providerError: "", nextAttempt: undefined };
      await store.tokens.recordFailure(await claim(row), failure);
      return row;
    };
    const blockAndBack = async (row: TokenRow, meanwhile = async () => {}): Promise<string | undefined> => {
      const filter = { namespace, userId: row.userId };
      await all(BLOCK, filter);
      await meanwhile();
      expect(await statusOf(row)).toBe("blocked");
      await all(UNBLOCK, filter);
      return statusOf(row);
    };

    it.each(["degraded", "needs_reauth"] as const)(
      "gives a connection back as %s as it was",
      async (status) => {
        expect(await blockAndBack(await failed(status))).toBe(status);
      },
    );

    it("gives it back in order when a person authorized again meanwhile", async () => {
      const row = await failed("needs_reauth");
      expect(await blockAndBack(row, async () => void (await put(row)))).toBe("active");
    });

    it("keeps what a refresh that was under way brought", async () => {
      const row = await put({ namespace, userId: randomUUID() });
      const claimed = await claim(row);
      const update = { ...newToken(), refreshToken: "next", providerMetadata: undefined };
      expect(
        await blockAndBack(row, async () => void (await store.tokens.saveRefreshed(claimed, update))),
      ).toBe("active");
      expect((await find(row))?.version).toBe(claimed.nextVersion);
    });
  });

  it("lets nobody refresh what is blocked", async () => {
    const row = await put({ namespace: "still" }, { nextRefresh: { afterSeconds: -1 } });
    await all(BLOCK, { namespace: "still" });
    expect(await store.tokens.claim(row.id, row.version, "me", 60)).toBeUndefined();
  });

  it.each([true, false])("revokes what is blocked too; vendors are told: %s", async (queue) => {
    const namespace = queue ? "told" : "untold";
    const rows = [await put({ namespace }), await put({ namespace })];
    await all(BLOCK, { namespace, userId: "user-1" });
    expect(await all({ kind: "revoke", queue }, { namespace }, 1)).toEqual([2, 2]);
    expect(await Promise.all(rows.map(find))).toEqual([undefined, undefined]);
    const claimed = await store.revocations.claimDue({ limit: 10, owner: "me", leaseSeconds: 60 });
    expect(claimed.map((each) => store.revocations.openAccessToken(each)).length).toBe(queue ? 2 : 0);
  });
});
