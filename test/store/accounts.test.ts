import { beforeAll, expect, it } from "vitest";
import type { Database, Store } from "../../src/store/index.ts";
import { describeEachStore } from "../support/database.ts";
import { grantKey, namedToken, newToken, pins, stored, storeOn, tokenUpdate } from "./fixtures.ts";

describeEachStore("a grant's account", (backend) => {
  let database: Database;
  let store: Store;
  beforeAll(async () => {
    database = await backend.open();
    store = storeOn(database);
  });

  const accountOf = async (key: ReturnType<typeof grantKey>) => {
    const account = await store.tokens.findAccount(key);
    return account && store.tokens.openAccount(key, account);
  };

  it("is kept with the main row, over refreshes, until the next authorization", async () => {
    const key = grantKey();
    const row = await stored(store, { account: "ada", named: [namedToken("bot")] }, key);
    expect(row.accountPinned).toBe(true);
    expect((await store.tokens.find({ ...key, tokenName: "bot" }))?.accountPinned).toBe(false);
    const claimed = await store.tokens.claim(row.id, row.version, "replica-1", 45);
    const refreshed = await store.tokens.saveRefreshed(claimed!, tokenUpdate());
    expect(refreshed?.accountPinned).toBe(true);
    expect(await store.tokens.findAccount(key)).toMatchObject({ version: refreshed?.version });
    expect(await accountOf(key)).toBe("ada");
    expect((await stored(store, {}, key)).accountPinned).toBe(false);
    expect(await accountOf(key)).toBeUndefined();
  });

  it("is erased with the grant", async () => {
    const key = grantKey();
    const { id } = await stored(store, { account: "ada" }, key);
    await store.tokens.revoke(key, undefined);
    expect(await store.tokens.findAccount(key)).toBeUndefined();
    const { rows } = await database.sql.run(
      "",
      "select account_subject, account_subject_key_id from connection_tokens where id = $1",
      [id],
    );
    expect(rows).toEqual([{ account_subject: null, account_subject_key_id: null }]);
  });

  it("opens in its row alone, for its client alone", async () => {
    const [one, two] = [grantKey(), grantKey()];
    await stored(store, { account: "ada" }, one);
    await stored(store, { account: "eve" }, two);
    await database.sql.run(
      "",
      `update connection_tokens t set account_subject = o.account_subject from connection_tokens o
       where t.connection_id = $1 and o.connection_id = $2`,
      [one.connectionId, two.connectionId],
    );
    await expect(accountOf(one)).rejects.toMatchObject({
      code: "KEY_UNAVAILABLE",
      metadata: { cause: "binding" },
    });
    await stored(store, { account: "ada" }, two);
    await database.sql.run("", "update connection_tokens set client_id = $2 where connection_id = $1", [
      two.connectionId,
      "another",
    ]);
    await expect(accountOf(two)).rejects.toMatchObject({ code: "KEY_UNAVAILABLE" });
  });

  it("is not compared across clients, and the write holds only for the grant that was looked at", async () => {
    const key = grantKey();
    await stored(store, { account: "ada", pins: pins({ clientId: "client-1" }) }, key);
    const looked = (await store.tokens.findAccount(key))!;
    expect(looked).toMatchObject({ clientId: "client-1", registrationId: "environment:acme" });
    await stored(store, { account: "eve" }, key);
    const condition = { kind: "version", version: looked.version } as const;
    expect(await store.tokens.putAuthorized(key, newToken(), condition)).toBeUndefined();
    expect(await accountOf(key)).toBe("eve");
  });
});
