import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { beforeAll, describe, expect, it, onTestFinished, vi } from "vitest";
import { BrokerError } from "../../src/errors.ts";
import { type Database, openSpool, type Store } from "../../src/store/index.ts";
import { silentLogger } from "../../src/telemetry/index.ts";
import { HOUR, SECOND } from "../../src/time.ts";
import { describeEachStore, moveClock } from "../support/database.ts";
import { createTokenFixture, type FixtureOptions, type Selector } from "./token-fixture.ts";

/** A store that takes no refreshed token for as long as `away` says so. */
const losing = (store: Store, away: () => boolean): Store => ({
  ...store,
  tokens: {
    ...store.tokens,
    async saveRefreshed(...save) {
      if (away()) throw new BrokerError("STORE_UNAVAILABLE", "the database is away");
      return await store.tokens.saveRefreshed(...save);
    },
  },
});

describeEachStore("a spooled token", (backend) => {
  let database: Database;
  beforeAll(async () => {
    database = await backend.open();
  });

  /** A process whose database went away at the save, and what the next one finds. */
  const spooling = async (options: FixtureOptions = {}) => {
    const fixture = await createTokenFixture(database, options);
    const directory = mkdtempSync(join(tmpdir(), "token-broker-spool-"));
    onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
    const spool = openSpool({ directory, keyRing: fixture.keyRing, logger: silentLogger });
    const state = { away: true };
    // What still tries to save at the test's end succeeds, or finds that it is too late.
    onTestFinished(() => {
      state.away = false;
    });
    const first = fixture.manager({ store: losing(fixture.store, () => state.away), spool });
    /** Without what is being written. */
    const files = () => readdirSync(directory).filter((name) => name.endsWith(".token"));
    const refreshed = async (selector: Selector) => {
      await moveClock(database, 3 * HOUR);
      const view = await first.getToken(selector);
      expect(view.degraded?.reason).toBe("STORE_UNAVAILABLE");
      await vi.waitFor(() => expect(files()).not.toEqual([]));
      return view;
    };
    /** Another start on the same directory; the first process is as good as dead. */
    const second = () => fixture.manager({ spool });
    const manager: typeof fixture.manager = (changes) =>
      fixture.manager({ store: losing(fixture.store, () => state.away), ...changes });
    return { ...fixture, manager, first, second, state, files, refreshed, spool, directory };
  };

  it("is on disk while the database does not take it, and gone when it has", async () => {
    const { first, authorize, refreshed, files, state } = await spooling();
    const selector = await authorize();
    await refreshed(selector);
    expect(files()).toHaveLength(1);
    state.away = false;
    expect(await first.settle(3000)).toEqual([]);
    expect(files()).toEqual([]);
    expect((await first.getToken(selector)).degraded).toBeUndefined();
  });

  it("is stored by the next start, with the life that is left to it, and the provider is not asked again", async () => {
    const { second, authorize, refreshed, files, row, store, calls, provider } = await spooling();
    const selector = await authorize({ labels: { team: "blue" } });
    const before = await row(selector);
    const view = await refreshed(selector);
    await moveClock(database, 600 * SECOND);
    const next = second();
    expect(await next.recover()).toBe(1);
    expect(files()).toEqual([]);
    const after = await row(selector);
    expect(after).toMatchObject({
      version: view.version,
      status: "active",
      leaseOwner: null,
      labels: { team: "blue" },
      scopes: before.scopes,
      providerMetadata: before.providerMetadata,
    });
    expect(store.tokens.openAccessToken(after)).toBe(view.accessToken);
    expect(provider.grants.isLiveRefreshToken(store.tokens.openRefreshToken(after) ?? "")).toBe(true);
    expect(Math.abs((after.expiresAt?.getTime() ?? 0) - (view.expiresAt?.getTime() ?? 0))).toBeLessThan(500);
    expect(await next.getToken(selector)).toMatchObject({
      accessToken: view.accessToken,
      degraded: undefined,
    });
    expect(calls()).toBe(1);
    expect(await next.recover()).toBe(0);
  });

  it("keeps the stored refresh token where the provider did not rotate it", async () => {
    const { second, authorize, refreshed, row, store } = await spooling({ provider: { rotation: false } });
    const selector = await authorize();
    const before = store.tokens.openRefreshToken(await row(selector));
    await refreshed(selector);
    await second().recover();
    expect(store.tokens.openRefreshToken(await row(selector))).toBe(before);
  });

  it("rescues a grant that another replica took for dead meanwhile", async () => {
    const { second, authorize, refreshed, row, store } = await spooling();
    const selector = await authorize();
    const view = await refreshed(selector);
    await moveClock(database, 2 * 60 * SECOND);
    const { id, version } = await row(selector);
    const claim = await store.tokens.claim(id, version, "another", 45);
    await store.tokens.recordFailure(claim!, {
      status: "needs_reauth",
      reason: "REFRESH_OUTCOME_UNKNOWN",
      providerError: "invalid_grant",
      nextAttempt: undefined,
      credential: "",
    });
    expect(await second().recover()).toBe(1);
    expect(await row(selector)).toMatchObject({ status: "active", version: view.version, failureReason: "" });
  });

  it("that was stored, and its file not removed, changes nothing", async () => {
    const { first, second, authorize, refreshed, files, row, spool, state } = await spooling();
    const selector = await authorize();
    await refreshed(selector);
    const left = await spool.read();
    state.away = false;
    await first.settle(3000);
    for (const token of left) await spool.put(token);
    const { revision } = await row(selector);
    expect(await second().recover()).toBe(0);
    expect(files()).toEqual([]);
    expect((await row(selector)).revision).toBe(revision);
  });

  it("is dropped when the person authorized again: telling the provider could end the new grant", async () => {
    const { second, authorize, refreshed, files, row, provider, logLines } = await spooling();
    const selector = await authorize();
    await refreshed(selector);
    await authorize({ selector });
    const { version } = await row(selector);
    const next = second();
    expect(await next.recover()).toBe(0);
    await next.deliverRevocations(new AbortController().signal);
    expect(files()).toEqual([]);
    expect((await row(selector)).version).toBe(version);
    expect(provider.requestsTo("revoke")).toHaveLength(0);
    expect(logLines.join("\n")).toContain("spooled token not needed any more");
  });

  it("of a grant that was revoked meanwhile is handed to the provider's revocation", async () => {
    const { first, second, authorize, refreshed, files, provider } = await spooling();
    const selector = await authorize();
    await refreshed(selector);
    expect(await first.revokeConnection(selector)).toBe("done");
    const told = provider.requestsTo("revoke").length;
    const next = second();
    expect(await next.recover()).toBe(0);
    expect(files()).toEqual([]);
    await next.deliverRevocations(new AbortController().signal);
    expect(provider.requestsTo("revoke").length).toBeGreaterThan(told);
    expect(provider.grants.size).toBe(0);
  });

  it("of another database's connection is left alone and pointed out", async () => {
    const { second, authorize, refreshed, files, spool, provider, logLines, row } = await spooling();
    const selector = await authorize();
    await refreshed(selector);
    const [token] = await spool.read();
    await spool.remove(token!);
    const strangers = [
      { ...token!, key: { ...token!.key, userId: "somebody else" } },
      { ...token!, id: "999999999", key: { ...token!.key, namespace: "elsewhere" } },
    ];
    for (const stranger of strangers) await spool.put(stranger);
    const before = await row(selector);
    const next = second();
    expect(await next.recover()).toBe(0);
    await next.deliverRevocations(new AbortController().signal);
    expect(files()).toHaveLength(2);
    expect(await row(selector)).toMatchObject({ version: before.version, revision: before.revision });
    expect(provider.requestsTo("revoke")).toHaveLength(0);
    expect(
      logLines.filter((line) => line.includes("belongs to no connection of this database")),
    ).toHaveLength(2);
  });

  it("whose row was edited into something unreadable stays, and the others are stored", async () => {
    const { second, first, authorize, refreshed, files, row, logLines } = await spooling();
    const [broken, fine] = [await authorize(), await authorize()];
    await refreshed(broken);
    await first.getToken(fine);
    await vi.waitFor(() => expect(files()).toHaveLength(2));
    await database.sql.run("", "update connection_tokens set status = 'odd' where connection_id = $1::uuid", [
      broken.connectionId,
    ]);
    const next = second();
    expect(await next.recover()).toBe(1);
    expect(files()).toHaveLength(1);
    expect(await row(fine)).toMatchObject({ fromRefresh: true });
    expect(logLines.join("\n")).toContain("spooled token cannot be stored and stays where it is");
  });

  it("stays when the database goes away before it is stored", async () => {
    const { manager, authorize, refreshed, files, spool } = await spooling();
    await refreshed(await authorize());
    const next = manager({ spool });
    await expect(next.recover()).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });
    expect(files()).toHaveLength(1);
  });

  describe("at the end of the process", () => {
    it("is told apart from one that is nowhere but in memory", async () => {
      const { first, authorize, refreshed, manager } = await spooling();
      const [spooled, lost] = [await authorize(), await authorize()];
      await refreshed(spooled);
      const bare = manager();
      await bare.getToken(lost);
      expect(await first.settle(300)).toMatchObject([
        { connectionId: spooled.connectionId, isSpooled: true },
      ]);
      expect(await bare.settle(300)).toMatchObject([{ connectionId: lost.connectionId, isSpooled: false }]);
    });

    it("is tried again that could not be written", async () => {
      const { authorize, manager, spool, logLines, files } = await spooling();
      let full = true;
      const put: typeof spool.put = async (token) => {
        if (full) throw Object.assign(new Error("no space left"), { code: "ENOSPC" });
        await spool.put(token);
      };
      const tokens = manager({ spool: { ...spool, put } });
      const selector = await authorize();
      await moveClock(database, 3 * HOUR);
      await tokens.getToken(selector);
      expect(await tokens.settle(100)).toMatchObject([{ isSpooled: false }]);
      expect(logLines.join("\n")).toContain("Error:ENOSPC");
      full = false;
      expect(await tokens.settle(100)).toMatchObject([{ isSpooled: true }]);
      expect(files()).toHaveLength(1);
    });

    it("does not wait for a disk that hangs", async () => {
      const { authorize, manager, spool } = await spooling();
      const put = () => new Promise<void>(() => {});
      const tokens = manager({ spool: { ...spool, put } });
      const selector = await authorize();
      await moveClock(database, 3 * HOUR);
      const begunMs = performance.now();
      await tokens.getToken(selector);
      expect(performance.now() - begunMs).toBeLessThan(10_000);
      expect(await Promise.race([tokens.settle(100), delay(15_000)])).toMatchObject([{ isSpooled: false }]);
    });
  });
});
