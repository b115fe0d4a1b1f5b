import { beforeAll, describe, expect, it } from "vitest";
import type { Database, GrantKey, Store } from "../../src/store/index.ts";
import { MINUTE } from "../../src/time.ts";
import { describeEachStore, moveClock } from "../support/database.ts";
import { grantKey, namedToken, newToken, pins, stored, storeOn, tokenUpdate } from "./fixtures.ts";

const OWNER = "replica-1";
const LEASE_SECONDS = 45;
const QUEUE = { owner: OWNER, leaseSeconds: LEASE_SECONDS };

describeEachStore("named tokens of a grant", (backend) => {
  let database: Database;
  let store: Store;
  beforeAll(async () => {
    database = await backend.open();
    store = storeOn(database);
  });

  const find = (key: GrantKey, tokenName: string) => store.tokens.find({ ...key, tokenName });
  const live = async (key: GrantKey, tokenName: string) => {
    const row = await find(key, tokenName);
    if (!row) throw new Error(`there is no token ${tokenName}`);
    return row;
  };

  describe("one authorization", () => {
    it("stores a row for each, with its own secrets, times, scopes and version", async () => {
      const bot = namedToken("bot", { scopes: ['a "b"', "c,d", ""], expires: { afterSeconds: 60 } });
      const user = namedToken("user", {
        refreshToken: undefined,
        expires: undefined,
        nextRefresh: undefined,
      });
      const main = await stored(store, { named: [bot, user], receivedAgoMs: 5000 });
      const [botRow, userRow] = [await live(main, "bot"), await live(main, "user")];
      expect(botRow).toMatchObject({
        status: "active",
        scopes: bot.scopes,
        lifetimeSeconds: 60,
        hasRefreshToken: true,
        providerMetadata: { token: "bot" },
        labels: { team: "blue" },
        accountLabel: "octocat",
        pins: main.pins,
        authorizedAt: main.authorizedAt,
        issuedAt: main.issuedAt,
      });
      expect(userRow).toMatchObject({ expiresAt: null, hasRefreshToken: false, nextRefreshAt: null });
      expect(store.tokens.openAccessToken(botRow)).toBe(bot.accessToken);
      expect(store.tokens.openRefreshToken(botRow)).toBe(bot.refreshToken);
      expect(store.tokens.openAccessToken(userRow)).toBe(user.accessToken);
      expect(new Set([main, botRow, userRow].map(({ version }) => version)).size).toBe(3);
      expect(await store.tokens.names(main)).toEqual(["bot", "user"]);
      expect(await store.tokens.names(grantKey())).toEqual([]);
    });

    it("replaces them all, and ends names that come no more", async () => {
      const first = await stored(store, { named: [namedToken("bot"), namedToken("user")] });
      const before = await live(first, "user");
      const user = namedToken("user");
      const again = await store.tokens.putAuthorized(first, newToken({ named: [user, namedToken("page")] }));
      expect(await store.tokens.names(again)).toEqual(["page", "user"]);
      const after = await live(again, "user");
      expect(after.id).toBe(before.id);
      expect(after.version).toBeGreaterThan(before.version);
      expect(after.revision).toBeGreaterThan(before.revision);
      expect(store.tokens.openAccessToken(after)).toBe(user.accessToken);
      expect(await find(again, "bot")).toBeUndefined();
      const alone = await store.tokens.putAuthorized(first, newToken());
      expect(await store.tokens.names(alone)).toEqual([]);
    });

    it("keeps nothing of a name that came no more", async () => {
      const first = await stored(store, { named: [namedToken("bot")] });
      const { id } = await live(first, "bot");
      await store.tokens.putAuthorized(first, newToken());
      const { rows } = await database.sql.run(
        "",
        "select access_token, refresh_token, raw_token, provider_metadata, revoked_at is not null as gone from connection_tokens where id = $1::bigint",
        [id],
      );
      expect(rows).toEqual([
        { access_token: null, refresh_token: null, raw_token: null, provider_metadata: {}, gone: true },
      ]);
    });

    it("brings a name back that an earlier one ended", async () => {
      const first = await stored(store, { named: [namedToken("bot")] });
      const bot = await live(first, "bot");
      await store.tokens.putAuthorized(first, newToken());
      await store.tokens.putAuthorized(first, newToken({ named: [namedToken("bot")] }));
      expect((await live(first, "bot")).version).toBeGreaterThan(bot.version);
    });

    it("writes no row when its condition does not hold", async () => {
      const first = await stored(store, { named: [namedToken("bot")] });
      const token = newToken({ named: [namedToken("user")] });
      expect(await store.tokens.putAuthorized(first, token, { kind: "absent" })).toBeUndefined();
      const other = { kind: "version", version: first.version + 1000n } as const;
      expect(await store.tokens.putAuthorized(first, token, other)).toBeUndefined();
      expect(await store.tokens.names(first)).toEqual(["bot"]);
    });

    it("of many at once leaves the rows of one", async () => {
      const key = grantKey();
      const sets = [["a"], ["b"], ["a", "b"], [], ["c"], ["a", "c"]];
      await Promise.all(
        sets.map((names) =>
          store.tokens.putAuthorized(key, newToken({ named: names.map((name) => namedToken(name)) })),
        ),
      );
      const main = await live(key, "");
      const names = await store.tokens.names(key);
      expect(sets.map((set) => set.join())).toContain(names.join());
      for (const name of names) expect((await live(key, name)).authorizedAt).toEqual(main.authorizedAt);
    });

    it("wins over a refresh of a named row that saves while it is stored", async () => {
      const first = await stored(store, { named: [namedToken("bot")] });
      const bot = await live(first, "bot");
      const claim = await store.tokens.claim(bot.id, bot.version, OWNER, LEASE_SECONDS);
      const again = namedToken("bot");
      await Promise.all([
        store.tokens.saveRefreshed(claim!, tokenUpdate()),
        store.tokens.putAuthorized(first, newToken({ named: [again] })),
      ]);
      expect(store.tokens.openAccessToken(await live(first, "bot"))).toBe(again.accessToken);
    });
  });

  describe("a refresh", () => {
    it("concerns its own row", async () => {
      const main = await stored(store, { named: [namedToken("bot"), namedToken("user")] });
      const bot = await live(main, "bot");
      const claim = await store.tokens.claim(bot.id, bot.version, OWNER, LEASE_SECONDS);
      const user = await live(main, "user");
      expect(await store.tokens.claim(user.id, user.version, "replica-2", LEASE_SECONDS)).toBeDefined();
      const saved = await store.tokens.saveRefreshed(claim!, tokenUpdate());
      expect(saved!.tokenName).toBe("bot");
      expect((await live(main, "bot")).version).toBe(claim!.nextVersion);
      expect((await live(main, "")).version).toBe(main.version);
    });

    it("that is rejected leaves the others as they are", async () => {
      const main = await stored(store, { named: [namedToken("bot")] });
      const bot = await live(main, "bot");
      const claim = await store.tokens.claim(bot.id, bot.version, OWNER, LEASE_SECONDS);
      await store.tokens.recordFailure(claim!, {
        status: "needs_reauth",
        reason: "REAUTHORIZATION_REQUIRED",
        providerError: "invalid_grant",
        nextAttempt: undefined,
      });
      expect((await live(main, "bot")).status).toBe("needs_reauth");
      expect((await live(main, "")).status).toBe("active");
    });

    it("is due for each at its own time", async () => {
      const registrationId = "environment:split";
      const main = await stored(store, {
        pins: pins({ registrationId }),
        nextRefresh: { afterSeconds: 3000 },
        named: [
          namedToken("soon", { nextRefresh: { afterSeconds: 60 } }),
          namedToken("never", { nextRefresh: undefined }),
        ],
      });
      const due = () =>
        store.tokens.claimDue({
          limit: 10,
          owner: OWNER,
          leaseSeconds: LEASE_SECONDS,
          registrations: [{ id: registrationId, clientId: "client-1", limit: 10 }],
          idleDays: 0,
        });
      await moveClock(database, 2 * MINUTE);
      expect((await due()).map(({ tokenName }) => tokenName)).toEqual(["soon"]);
      await moveClock(database, 55 * MINUTE);
      expect((await due()).map(({ tokenName }) => tokenName).toSorted()).toEqual(["", "soon"]);
      expect(main.tokenName).toBe("");
    });
  });

  describe("a row that a race left behind", () => {
    /** As if a revocation or another authorization had not seen it. */
    const stray = async () => {
      const main = await stored(store, { named: [namedToken("bot")] });
      const bot = await live(main, "bot");
      await database.sql.run(
        "",
        "update connection_tokens set authorized_at = authorized_at - interval '1 second' where id = $1::bigint",
        [bot.id],
      );
      return { main, bot };
    };

    it("serves nobody and is not refreshed", async () => {
      const { main, bot } = await stray();
      expect(await find(main, "bot")).toBeUndefined();
      expect(await store.tokens.names(main)).toEqual([]);
      expect(await store.tokens.claim(bot.id, bot.version, OWNER, LEASE_SECONDS)).toBeUndefined();
    });

    it("ends with the grant, and the vendor is told", async () => {
      const { main } = await stray();
      const queued = await store.tokens.revoke(main, QUEUE);
      expect(queued!.map(({ tokenName }) => tokenName).toSorted()).toEqual(["", "bot"]);
    });

    it("ends in a revocation that came too early to see it", async () => {
      const { main, bot } = await stray();
      await database.sql.run("", "update connection_tokens set revoked_at = now() where id = $1::bigint", [
        bot.id,
      ]);
      await store.tokens.revoke(main, QUEUE);
      await database.sql.run("", "update connection_tokens set revoked_at = null where id = $1::bigint", [
        bot.id,
      ]);
      expect(await find(main, "bot")).toBeUndefined();
      expect(await store.tokens.revoke(main, QUEUE)).toBeDefined();
      expect(await store.tokens.revoke(main, QUEUE)).toBeUndefined();
    });
  });

  it("revocation ends all in flight: no refresh of any can save", async () => {
    const main = await stored(store, { named: [namedToken("bot")] });
    const bot = await live(main, "bot");
    const claim = await store.tokens.claim(bot.id, bot.version, OWNER, LEASE_SECONDS);
    await store.tokens.revoke(main, QUEUE);
    expect(await store.tokens.saveRefreshed(claim!, tokenUpdate())).toBeUndefined();
    expect(await store.tokens.names(main)).toEqual([]);
  });
});
