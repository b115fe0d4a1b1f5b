import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Database, Store } from "../../src/store/index.ts";
import { describeEachStore, moveClock } from "../support/database.ts";
import {
  grantKey,
  newKeyRing,
  namedToken,
  newToken,
  pins,
  stored,
  storeOn,
  tokenUpdate,
} from "./fixtures.ts";

const QUEUE = { owner: "replica-1", leaseSeconds: 45 };
const HOUR_MS = 3_600_000;

describeEachStore("revocation", (backend) => {
  let database: Database;
  let store: Store;
  const keyRing = newKeyRing();
  beforeAll(async () => {
    database = await backend.open();
    store = storeOn(database, keyRing);
  });
  beforeEach(async () => {
    await database.sql.run("", "delete from revocation_outbox", []);
  });

  const rowOf = async (id: string) =>
    (await database.sql.run("", "select * from connection_tokens where id = $1", [id])).rows[0]!;
  const claimDue = (owner = "replica-2") =>
    store.revocations.claimDue({ limit: 10, owner, leaseSeconds: 45 });

  describe("tokens.revoke", () => {
    it("erases the row and hands its tokens to the outbox, leased to the caller, in one step", async () => {
      const token = newToken();
      const key = grantKey();
      const row = await store.tokens.putAuthorized(key, token);
      const queued = await store.tokens.revoke(key, QUEUE);
      expect(queued).toHaveLength(1);
      const [entry] = queued!;
      expect(entry).toMatchObject({
        ...key,
        pins: token.pins,
        providerMetadata: token.providerMetadata,
        version: row.version,
        attempts: 0,
        leaseOwner: "replica-1",
      });
      expect(entry!.expiresAt.getTime() - entry!.now.getTime()).toBe(24 * HOUR_MS);
      expect(store.revocations.openAccessToken(entry!)).toBe(token.accessToken);
      expect(store.revocations.openRefreshToken(entry!)).toBe(token.refreshToken);

      expect(await store.tokens.find(key)).toBeUndefined();
      const erased = await rowOf(row.id);
      for (const column of ["access_token", "refresh_token", "raw_token"]) {
        expect([erased[column], erased[`${column}_key_id`]]).toEqual([null, null]);
      }
      expect(erased["version"]).toBeGreaterThan(row.version);
      expect(erased["revision"]).toBeGreaterThan(row.revision);
      expect(erased).toMatchObject({ provider_metadata: {}, labels: {}, account_label: "" });
      expect(await claimDue()).toEqual([]);
    });

    it("answers undefined when nothing is live, and queues nothing when not asked to", async () => {
      const row = await stored(store);
      expect(await store.tokens.revoke(grantKey(), QUEUE)).toBeUndefined();
      expect(await store.tokens.revoke(row, undefined)).toEqual([]);
      expect(await store.tokens.revoke(row, QUEUE)).toBeUndefined();
      expect(await claimDue()).toEqual([]);
    });

    it("ends every token row of the grant and no other grant's", async () => {
      const row = await stored(store, { named: [namedToken("bot", { refreshToken: undefined })] });
      const neighbour = await stored(
        store,
        {},
        { ...grantKey(), connectionId: row.connectionId, userId: "user-2" },
      );
      const queued = await store.tokens.revoke(row, QUEUE);
      expect(queued!.map(({ tokenName }) => tokenName).toSorted()).toEqual(["", "bot"]);
      const bot = queued!.find(({ tokenName }) => tokenName === "bot");
      expect(store.revocations.openRefreshToken(bot!)).toBeUndefined();
      expect(await store.tokens.find(neighbour)).toBeDefined();
    });

    it("beats a refresh in flight: its save and its failure find nothing", async () => {
      const row = await stored(store);
      const claim = await store.tokens.claim(row.id, row.version, "replica-1", 45);
      await store.tokens.revoke(row, undefined);
      const update = tokenUpdate();
      expect(await store.tokens.saveRefreshed(claim!, update)).toBeUndefined();
      expect(
        await store.tokens.recordFailure(claim!, {
          status: "needs_reauth",
          reason: "x",
          providerError: "",
          nextAttempt: undefined,
        }),
      ).toBeUndefined();
      expect((await rowOf(row.id))["access_token"]).toBeNull();
      await store.revocations.enqueue(
        claim!,
        { ...update, pins: row.pins, providerMetadata: {} },
        claim!.nextVersion,
      );
      const [orphan] = await claimDue();
      expect(store.revocations.openRefreshToken(orphan!)).toBe(update.refreshToken);
    });

    it("and a save at the same moment leave either a revoked grant, or none that was saved after", async () => {
      for (let round = 0; round < 10; round += 1) {
        const row = await stored(store);
        const claim = await store.tokens.claim(row.id, row.version, "replica-1", 45);
        const update = tokenUpdate();
        const [saved, queued] = await Promise.all([
          store.tokens.saveRefreshed(claim!, update),
          store.tokens.revoke(row, QUEUE),
        ]);
        expect(await store.tokens.find(row)).toBeUndefined();
        expect(queued).toHaveLength(1);
        expect(store.revocations.openAccessToken(queued![0]!) === update.accessToken).toBe(
          saved !== undefined,
        );
      }
    });

    it("of many at once happens once", async () => {
      const row = await stored(store);
      const answers = await Promise.all(Array.from({ length: 8 }, () => store.tokens.revoke(row, QUEUE)));
      expect(answers.filter((answer) => answer !== undefined)).toHaveLength(1);
    });

    it("needs no key", async () => {
      const row = await stored(store);
      const stranger = storeOn(database);
      const [entry] = (await stranger.tokens.revoke(row, QUEUE))!;
      expect(() => stranger.revocations.openAccessToken(entry!)).toThrow("not configured");
      expect(store.revocations.openAccessToken(entry!)).toBe(store.tokens.openAccessToken(row));
    });
  });

  it("leaves the pins of a revoked row for tokens that come late, of this grant and row alone", async () => {
    const token = newToken();
    const row = await store.tokens.putAuthorized(grantKey(), token);
    expect(await store.tokens.findRevoked(row, row.id)).toBeUndefined();
    await store.tokens.revoke(row, undefined);
    expect(await store.tokens.findRevoked(row, row.id)).toEqual({ pins: token.pins });
    const other = await stored(store);
    await store.tokens.revoke(other, undefined);
    expect(await store.tokens.findRevoked(row, other.id)).toBeUndefined();
    expect(await store.tokens.findRevoked({ ...row, userId: "mallory" }, row.id)).toBeUndefined();
    await store.tokens.putAuthorized(row, newToken());
    expect(await store.tokens.findRevoked(row, row.id)).toBeUndefined();
  });

  describe("the outbox", () => {
    const enqueue = () =>
      store.revocations.enqueue(grantKey(), {
        accessToken: "access",
        refreshToken: undefined,
        pins: pins(),
        providerMetadata: {},
      });

    it("gives each entry to one replica, and to another when its lease ran out", async () => {
      await enqueue();
      const claims = await Promise.all([claimDue("a"), claimDue("b"), claimDue("c")]);
      expect(claims.flat()).toHaveLength(1);
      const [entry] = claims.flat();
      expect(await claimDue("d")).toEqual([]);
      await moveClock(database, 46_000);
      expect(await claimDue("d")).toMatchObject([{ id: entry!.id, leaseOwner: "d" }]);
      await store.revocations.done(entry!);
      await store.revocations.retryLater(entry!, 0);
      const { rows } = await database.sql.run("", "select lease_owner, attempts from revocation_outbox", []);
      expect(rows).toEqual([{ lease_owner: "d", attempts: 0 }]);
    });

    it("counts attempts and waits between them; what is done is gone", async () => {
      await enqueue();
      const [first] = await claimDue();
      await store.revocations.retryLater(first!, 60);
      expect(await claimDue()).toEqual([]);
      await moveClock(database, 61_000);
      const [second] = await claimDue();
      expect(second).toMatchObject({ id: first!.id, attempts: 1 });
      await store.revocations.done(second!);
      await moveClock(database, HOUR_MS);
      expect(await claimDue()).toEqual([]);
    });

    it("goes on behind entries that were edited into something unreadable", async () => {
      for (let i = 0; i < 12; i += 1) await enqueue();
      await database.sql.run("", "update revocation_outbox set provider_config = '[]'", []);
      await moveClock(database, 1000);
      await enqueue();
      expect(await claimDue()).toHaveLength(1);
      expect(await claimDue()).toEqual([]);
    });

    it("gives up after a day, and erases what it gave up", async () => {
      await enqueue();
      await enqueue();
      await moveClock(database, 24 * HOUR_MS + 1000);
      expect(await claimDue()).toEqual([]);
      expect(await store.revocations.deleteExpired(1)).toBe(1);
      expect(await store.revocations.deleteExpired(10)).toBe(1);
      expect(await store.revocations.deleteExpired(10)).toBe(0);
    });
  });

  it("forgets revoked rows after the time to keep them, in batches", async () => {
    await database.sql.run("", "delete from connection_tokens", []);
    const rows = [await stored(store), await stored(store), await stored(store)];
    await store.tokens.revoke(rows[0]!, undefined);
    await store.tokens.revoke(rows[1]!, undefined);
    expect(await store.tokens.deleteRevoked(3600, 10)).toBe(0);
    await moveClock(database, HOUR_MS + 1000);
    expect(await store.tokens.deleteRevoked(3600, 1)).toBe(1);
    expect(await store.tokens.deleteRevoked(3600, 10)).toBe(1);
    expect(await store.tokens.find(rows[2]!)).toBeDefined();
  });
});
