import { beforeAll, describe, expect, it } from "vitest";
import type { Database, Store } from "../../src/store/index.ts";
import { describeEachStore, moveClock } from "../support/database.ts";
import { grantKey, newToken, pins, secondsAfter, stored, storeOn, tokenUpdate } from "./fixtures.ts";

const OWNER = "replica-1";
const OTHER = "replica-2";
const LEASE_SECONDS = 45;

describeEachStore("token rows", (backend) => {
  let database: Database;
  let store: Store;
  beforeAll(async () => {
    database = await backend.open();
    store = storeOn(database);
  });

  const claimed = async (overrides?: Parameters<typeof stored>[1], owner = OWNER) => {
    const row = await stored(store, overrides);
    const claim = await store.tokens.claim(row.id, row.version, owner, LEASE_SECONDS);
    if (!claim) throw new Error("the new row was not claimed");
    return claim;
  };
  const live = async (key: Parameters<Store["tokens"]["find"]>[0]) => {
    const row = await store.tokens.find(key);
    if (!row) throw new Error("the row is gone");
    return row;
  };

  describe("putAuthorized and find", () => {
    it("give back what was stored, with the database's times", async () => {
      const key = grantKey({ userId: 'ünï"c\\ode {,} user' });
      const token = newToken({
        scopes: ['odd "scope"', "back\\slash", "", "a,b", "{}", "NULL"],
        labels: { "key with spaces": "värde", __proto__: "x" },
        refreshExpires: { afterSeconds: 7200 },
        receivedAgoMs: 60_000,
      });
      await store.tokens.putAuthorized(key, token);
      const row = await live(key);
      expect(row).toMatchObject({
        ...key,
        status: "active",
        tokenType: "Bearer",
        scopes: token.scopes,
        requestedScopes: token.requestedScopes,
        lifetimeSeconds: 3600,
        fromRefresh: false,
        hasRefreshToken: true,
        pins: token.pins,
        providerMetadata: token.providerMetadata,
        labels: token.labels,
        accountLabel: "octocat",
        leaseOwner: null,
        failureReason: "",
        failureCount: 0,
        rejectedVersion: null,
        lastRefreshedAt: null,
        lastUsedAt: null,
      });
      expect(secondsAfter(row.issuedAt, row.authorizedAt)).toBeCloseTo(-60, 1);
      expect(secondsAfter(row.expiresAt!, row.issuedAt)).toBe(3600);
      expect(secondsAfter(row.nextRefreshAt!, row.issuedAt)).toBe(3000);
      expect(secondsAfter(row.refreshExpiresAt!, row.issuedAt)).toBe(7200);
      expect(row.now.getTime()).toBeGreaterThanOrEqual(row.createdAt.getTime());
      expect(store.tokens.openAccessToken(row)).toBe(token.accessToken);
      expect(store.tokens.openRefreshToken(row)).toBe(token.refreshToken);
    });

    it("keeps an absolute expiry to the millisecond, and none at all", async () => {
      const at = new Date("2030-02-28T23:59:59.987Z");
      const row = await stored(store, { expires: { at }, nextRefresh: undefined, refreshToken: undefined });
      expect(row.expiresAt).toEqual(at);
      expect(row.nextRefreshAt).toBeNull();
      expect(row.hasRefreshToken).toBe(false);
      expect(store.tokens.openRefreshToken(row)).toBeUndefined();
      const unknown = await stored(store, { expires: undefined });
      expect([unknown.expiresAt, unknown.lifetimeSeconds]).toEqual([null, null]);
    });

    it("answer nothing for ids that no row can have, and refuse text that cannot be stored", async () => {
      expect(await store.tokens.find(grantKey({ connectionId: "../../x" }))).toBeUndefined();
      expect(await store.tokens.revoke(grantKey({ connectionId: "" }), undefined)).toBeUndefined();
      const unstorable = { code: "INVALID_REQUEST", message: expect.stringContaining("U+0000") };
      await expect(store.tokens.find(grantKey({ userId: "a\0b" }))).rejects.toMatchObject(unstorable);
      await expect(store.providers.find("default", "a\0b")).rejects.toMatchObject(unstorable);
      await expect(stored(store, { labels: { a: "b\0" } })).rejects.toMatchObject(unstorable);
    });

    it("replaces a live row: new version and revision, failures gone, labels kept where none are given", async () => {
      const first = await claimed();
      await store.tokens.recordFailure(first, {
        status: "needs_reauth",
        reason: "REAUTHORIZATION_REQUIRED",
        providerError: "invalid_grant",
        nextAttempt: undefined,
      });
      await store.tokens.markRejected(first.id, first.version);
      const again = await store.tokens.putAuthorized(
        first,
        newToken({ labels: undefined, accountLabel: undefined, pins: pins({ clientId: "client-2" }) }),
      );
      expect(again.id).toBe(first.id);
      expect(again.version).toBeGreaterThan(first.version);
      expect(again.revision).toBeGreaterThan(first.revision);
      expect(again).toMatchObject({
        status: "active",
        failureReason: "",
        failureCount: 0,
        leaseOwner: null,
        rejectedVersion: null,
        labels: { team: "blue" },
        accountLabel: "octocat",
        createdAt: first.createdAt,
      });
      expect(again.pins.clientId).toBe("client-2");
    });

    it("writes only if the condition holds", async () => {
      const key = grantKey();
      const absent = { kind: "absent" } as const;
      expect(
        await store.tokens.putAuthorized(key, newToken(), { kind: "version", version: 1n }),
      ).toBeUndefined();
      const first = await store.tokens.putAuthorized(key, newToken(), absent);
      expect(first).toBeDefined();
      expect(await store.tokens.putAuthorized(key, newToken(), absent)).toBeUndefined();
      const replaced = await store.tokens.putAuthorized(key, newToken(), {
        kind: "version",
        version: first!.version,
      });
      expect(replaced?.version).toBeGreaterThan(first!.version);
      expect(
        await store.tokens.putAuthorized(key, newToken(), { kind: "version", version: first!.version }),
      ).toBeUndefined();
      await store.tokens.revoke(key, undefined);
      expect(
        await store.tokens.putAuthorized(key, newToken(), { kind: "version", version: replaced!.version }),
      ).toBeUndefined();
      expect(await store.tokens.putAuthorized(key, newToken(), absent)).toBeDefined();
    });

    it("lets one of many conditional imports in, and every authorization, in any order of their versions", async () => {
      const key = grantKey();
      const imports = await Promise.all(
        Array.from({ length: 10 }, () => store.tokens.putAuthorized(key, newToken(), { kind: "absent" })),
      );
      expect(imports.filter((row) => row !== undefined)).toHaveLength(1);
      const rows = await Promise.all(
        Array.from({ length: 10 }, () => store.tokens.putAuthorized(key, newToken())),
      );
      const versions = rows.map(({ version }) => version);
      expect(new Set(versions).size).toBe(10);
      const last = await live(key);
      expect(last.version).toBe(versions.reduce((a, b) => (a > b ? a : b)));
      expect(last.revision).toBe(rows.map(({ revision }) => revision).reduce((a, b) => (a > b ? a : b)));
    });
  });

  describe("namespaces", () => {
    it("keep grants with equal ids apart in every call", async () => {
      const mine = grantKey({ namespace: "mine" });
      const theirs = { ...mine, namespace: "theirs" };
      const [a, b] = [await stored(store, {}, mine), await stored(store, {}, theirs)];
      expect(a.id).not.toBe(b.id);
      expect((await live(mine)).id).toBe(a.id);
      expect(await store.tokens.find({ ...mine, namespace: "third" })).toBeUndefined();
      const listed = await store.tokens.list({ namespace: "mine" }, { size: 1000, token: "" });
      expect(listed.tokens.map(({ namespace }) => namespace)).toEqual(["mine"]);
      await store.tokens.revoke(mine, undefined);
      expect(await store.tokens.find(mine)).toBeUndefined();
      expect((await live(theirs)).version).toBe(b.version);
    });
  });

  describe("claim", () => {
    it("is won by one of many", async () => {
      const row = await stored(store);
      const claims = await Promise.all(
        Array.from({ length: 20 }, (_, i) =>
          store.tokens.claim(row.id, row.version, `replica-${i}`, LEASE_SECONDS),
        ),
      );
      const won = claims.filter((claim) => claim !== undefined);
      expect(won).toHaveLength(1);
      const [winner] = won;
      expect(winner).toMatchObject({ id: row.id, version: row.version, takenOverFrom: null, leaseSeq: 1n });
      expect(winner!.nextVersion).toBeGreaterThan(row.version);
      expect(secondsAfter(winner!.leaseUntil, winner!.now)).toBe(LEASE_SECONDS);
      expect((await live(row)).leaseOwner).toBe(winner!.leaseOwner);
    });

    it("needs the version it was read with, and something to refresh with", async () => {
      const row = await stored(store);
      expect(await store.tokens.claim(row.id, row.version + 1n, OWNER, LEASE_SECONDS)).toBeUndefined();
      const bare = await stored(store, { refreshToken: undefined });
      expect(await store.tokens.claim(bare.id, bare.version, OWNER, LEASE_SECONDS)).toBeUndefined();
    });

    it("takes over an unfinished lease after a second lease length only, and says from whom", async () => {
      const first = await claimed();
      const again = () => store.tokens.claim(first.id, first.version, OTHER, LEASE_SECONDS);
      await moveClock(database, (LEASE_SECONDS + 1) * 1000);
      expect(await again()).toBeUndefined();
      await moveClock(database, LEASE_SECONDS * 1000);
      expect(await again()).toMatchObject({ takenOverFrom: OWNER, leaseOwner: OTHER, leaseSeq: 2n });
    });

    it("finds a lease free at once that was given back, and one whose process is gone", async () => {
      const first = await claimed();
      expect(await store.tokens.releaseLease(first)).toBe(true);
      expect(await store.tokens.releaseLease(first)).toBe(false);
      const second = await store.tokens.claim(first.id, first.version, OTHER, LEASE_SECONDS);
      expect(second?.takenOverFrom).toBeNull();
      await store.tokens.expireForeignLeases(OTHER);
      expect(await store.tokens.claim(first.id, first.version, OWNER, LEASE_SECONDS)).toBeUndefined();
      expect(await store.tokens.expireForeignLeases(OWNER)).toBeGreaterThan(0);
      expect(await store.tokens.expireForeignLeases(OWNER)).toBe(0);
      const third = await store.tokens.claim(first.id, first.version, OWNER, LEASE_SECONDS);
      expect(third?.takenOverFrom).toBe(OTHER);
    });
  });

  describe("saveRefreshed", () => {
    it("moves the row to the claim's version and clears failure and lease", async () => {
      const claim = await claimed();
      const update = tokenUpdate({
        receivedAgoMs: 5000,
        providerMetadata: { instance_url: "https://us.acme.test" },
      });
      const row = await store.tokens.saveRefreshed(claim, update);
      expect(row).toMatchObject({
        version: claim.nextVersion,
        fromRefresh: true,
        status: "active",
        leaseOwner: null,
        leaseUntil: null,
        scopes: ["read"],
        labels: { team: "blue" },
        accountLabel: "octocat",
        providerMetadata: { instance_url: "https://us.acme.test" },
      });
      expect(row!.revision).toBeGreaterThan(claim.revision);
      expect(secondsAfter(row!.expiresAt!, row!.lastRefreshedAt!)).toBeCloseTo(3595, 1);
      expect(store.tokens.openAccessToken(row!)).toBe(update.accessToken);
      expect(store.tokens.openRefreshToken(row!)).toBe(update.refreshToken);
    });

    it("keeps the stored refresh token, its expiry and the metadata where the answer has none", async () => {
      const token = newToken({ refreshExpires: { at: new Date("2031-01-01T00:00:00Z") } });
      const key = grantKey();
      const first = await store.tokens.putAuthorized(key, token);
      const claim = await store.tokens.claim(first.id, first.version, OWNER, LEASE_SECONDS);
      await store.tokens.saveRefreshed(claim!, tokenUpdate({ refreshToken: undefined }));
      const row = await live(key);
      expect(store.tokens.openRefreshToken(row)).toBe(token.refreshToken);
      expect(row.refreshExpiresAt).toEqual(new Date("2031-01-01T00:00:00Z"));
      expect(row.providerMetadata).toEqual(token.providerMetadata);
    });

    it("beats a failure that was recorded earlier for the same version", async () => {
      const slow = await claimed();
      await moveClock(database, 2 * LEASE_SECONDS * 1000);
      const thief = await store.tokens.claim(slow.id, slow.version, OTHER, LEASE_SECONDS);
      await store.tokens.recordFailure(thief!, {
        status: "needs_reauth",
        reason: "REAUTHORIZATION_REQUIRED",
        providerError: "invalid_grant",
        nextAttempt: undefined,
      });
      const row = await store.tokens.saveRefreshed(slow, tokenUpdate());
      expect(row).toMatchObject({ status: "active", failureReason: "", version: slow.nextVersion });
    });

    it("happens once however often it is repeated, and never over a newer token", async () => {
      const claim = await claimed();
      const update = tokenUpdate();
      const [first, second] = [
        await store.tokens.saveRefreshed(claim, update),
        await store.tokens.saveRefreshed(claim, { ...update, receivedAgoMs: 9000 }),
      ];
      expect(second).toMatchObject({
        version: first!.version,
        revision: first!.revision,
        issuedAt: first!.issuedAt,
      });
      const newer = await store.tokens.putAuthorized(claim, newToken());
      expect(await store.tokens.saveRefreshed(claim, update)).toBeUndefined();
      expect((await live(claim)).version).toBe(newer.version);
    });

    it("does not lift a block", async () => {
      const claim = await claimed();
      await database.sql.run("", "update connection_tokens set status = 'blocked' where id = $1", [claim.id]);
      expect(await store.tokens.saveRefreshed(claim, tokenUpdate())).toMatchObject({ status: "blocked" });
      expect((await store.tokens.putAuthorized(claim, newToken())).status).toBe("blocked");
    });
  });

  describe("recordFailure", () => {
    const transient = {
      status: "degraded",
      reason: "PROVIDER_UNAVAILABLE",
      providerError: "temporarily_unavailable",
      nextAttempt: { afterSeconds: 30 },
    } as const;

    it("counts, dates and backs off, and keeps the ciphertexts", async () => {
      const claim = await claimed();
      const once = await store.tokens.recordFailure(claim, transient);
      expect(once).toMatchObject({
        status: "degraded",
        version: claim.version,
        failureReason: "PROVIDER_UNAVAILABLE",
        failureProviderError: "temporarily_unavailable",
        failureCount: 1,
        leaseOwner: null,
      });
      expect(once!.revision).toBeGreaterThan(claim.revision);
      expect(secondsAfter(once!.nextAttemptAt!, once!.now)).toBe(30);
      const again = await store.tokens.claim(claim.id, claim.version, OWNER, LEASE_SECONDS);
      await moveClock(database, 1000);
      const dead = await store.tokens.recordFailure(again!, {
        ...transient,
        status: "needs_reauth",
        nextAttempt: undefined,
      });
      expect(dead).toMatchObject({
        status: "needs_reauth",
        failureCount: 2,
        degradedSince: once!.degradedSince,
      });
      expect(dead!.nextAttemptAt).toBeNull();
      expect(store.tokens.openAccessToken(dead!)).toBe(store.tokens.openAccessToken(claim));
      expect(await store.tokens.claim(claim.id, claim.version, OWNER, LEASE_SECONDS)).toBeUndefined();
    });

    it("names the credentials that were refused, until a failure that is not about them", async () => {
      const refused = { ...transient, reason: "PROVIDER_MISCONFIGURED", credential: "0123456789abcdef" };
      const first = await store.tokens.recordFailure(await claimed(), refused);
      expect(first?.failureCredential).toBe("0123456789abcdef");
      const claim = await store.tokens.claim(first!.id, first!.version, OWNER, LEASE_SECONDS);
      expect((await store.tokens.recordFailure(claim!, transient))?.failureCredential).toBe("");
    });

    it("says which state the row was in right before, whatever happened since the claim", async () => {
      const block = (id: string, status: string) =>
        database.sql.run("", "update connection_tokens set status = $1 where id = $2", [status, id]);
      const failing = await claimed();
      await block(failing.id, "blocked");
      expect(await store.tokens.recordFailure(failing, transient)).toMatchObject({
        statusBefore: "blocked",
        status: "blocked",
      });
      const late = await claimed();
      await block(late.id, "needs_reauth");
      const saved = await store.tokens.saveRefreshed(late, tokenUpdate());
      expect(saved).toMatchObject({ statusBefore: "needs_reauth", status: "active" });
      const delayed = await claimed();
      const putOff = { reason: "REFRESH_HELD", providerError: "", credential: "", until: delayed.leaseUntil };
      expect(await store.tokens.putOff(delayed, putOff)).toMatchObject({
        statusBefore: "active",
        status: "degraded",
      });
    });

    it("is refused from a stale loser: after a save, after a takeover, after a reauthorization", async () => {
      const saved = await claimed();
      await store.tokens.saveRefreshed(saved, tokenUpdate());
      expect(await store.tokens.recordFailure(saved, transient)).toBeUndefined();

      const robbed = await claimed();
      await moveClock(database, 2 * LEASE_SECONDS * 1000);
      const thief = await store.tokens.claim(robbed.id, robbed.version, OWNER, LEASE_SECONDS);
      expect(thief).toBeDefined();
      expect(await store.tokens.recordFailure(robbed, transient)).toBeUndefined();
      expect(await store.tokens.releaseLease(robbed)).toBe(false);

      await store.tokens.putAuthorized(robbed, newToken());
      expect(await store.tokens.recordFailure(thief!, transient)).toBeUndefined();
      expect((await live(robbed)).status).toBe("active");
    });
  });

  describe("markRejected", () => {
    it("notes the current version, once, and survives the refresh that follows", async () => {
      const row = await stored(store);
      expect(await store.tokens.markRejected(row.id, row.version - 1n)).toBeUndefined();
      const marked = await store.tokens.markRejected(row.id, row.version);
      expect(marked?.rejectedVersion).toBe(row.version);
      await moveClock(database, 1000);
      expect((await store.tokens.markRejected(row.id, row.version))?.rejectedAt).toEqual(marked!.rejectedAt);
      const claim = await store.tokens.claim(row.id, row.version, OWNER, LEASE_SECONDS);
      const saved = await store.tokens.saveRefreshed(claim!, tokenUpdate());
      expect(saved).toMatchObject({ rejectedVersion: row.version, rejectedAt: marked!.rejectedAt });
    });
  });

  describe("versions", () => {
    it("never repeat or fall for a key, through refresh, revoke and reconnect", async () => {
      const key = grantKey();
      const versions: bigint[] = [];
      const revisions: bigint[] = [];
      for (let round = 0; round < 3; round += 1) {
        const row = await store.tokens.putAuthorized(key, newToken());
        const claim = await store.tokens.claim(row.id, row.version, OWNER, LEASE_SECONDS);
        const saved = await store.tokens.saveRefreshed(claim!, tokenUpdate());
        versions.push(row.version, saved!.version);
        revisions.push(row.revision, saved!.revision);
        await store.tokens.revoke(key, undefined);
      }
      const ascending = (values: bigint[]) => [...new Set(values)].toSorted((a, b) => (a < b ? -1 : 1));
      expect(versions).toEqual(ascending(versions));
      expect(revisions).toEqual(ascending(revisions));
    });
  });

  describe("touchLastUsed", () => {
    it("moves forward only, and no revision", async () => {
      const [a, b] = [await stored(store), await stored(store)];
      await store.tokens.touchLastUsed([
        { id: a.id, usedAgoMs: 5000 },
        { id: a.id, usedAgoMs: 1000 },
        { id: b.id, usedAgoMs: 0 },
      ]);
      const used = await live(a);
      expect(secondsAfter(used.lastUsedAt!, used.now)).toBeCloseTo(-1, 0);
      expect(used.revision).toBe(a.revision);
      await store.tokens.touchLastUsed([{ id: a.id, usedAgoMs: 60_000 }]);
      expect((await live(a)).lastUsedAt).toEqual(used.lastUsedAt);
      await store.tokens.touchLastUsed([]);
    });
  });

  describe("countByRegistration", () => {
    it("counts live rows, of one namespace or of all", async () => {
      const registrationId = "rpc:counted";
      const one = grantKey({ namespace: "count-a" });
      await stored(store, { pins: pins({ registrationId }) }, one);
      await stored(store, { pins: pins({ registrationId }) }, grantKey({ namespace: "count-b" }));
      expect(await store.tokens.countByRegistration(registrationId)).toBe(2);
      expect(await store.tokens.countByRegistration(registrationId, "count-a")).toBe(1);
      await store.tokens.revoke(one, undefined);
      expect(await store.tokens.countByRegistration(registrationId)).toBe(1);
      expect(await store.tokens.countByRegistration("rpc:other")).toBe(0);
    });
  });
});
