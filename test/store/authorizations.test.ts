import { randomUUID } from "node:crypto";
import { beforeAll, describe, expect, it } from "vitest";
import { randomToken, sha256Hex } from "../../src/crypto/index.ts";
import {
  authorizationStatus,
  type AuthorizationRow,
  type Database,
  type Store,
} from "../../src/store/index.ts";
import { describeEachStore, moveClock } from "../support/database.ts";
import { newAuthorization, secondsAfter, storeOn } from "./fixtures.ts";

const SECOND_MS = 1000;

describeEachStore("authorizations", (backend) => {
  let database: Database;
  let store: Store;
  beforeAll(async () => {
    database = await backend.open();
    store = storeOn(database);
  });

  const get = async (row: AuthorizationRow) => {
    const found = await store.authorizations.get(row.namespace, row.id);
    if (!found) throw new Error("the flow is gone");
    return found;
  };
  const status = async (row: AuthorizationRow) =>
    authorizationStatus(await get(row), { interruptedAfterSeconds: 75 });
  const consumed = async (overrides?: Parameters<typeof newAuthorization>[0]) => {
    const flow = newAuthorization(overrides);
    await store.authorizations.insert(flow);
    const row = await store.authorizations.consumeByState(flow.stateHash);
    if (!row) throw new Error("the new flow was not consumed");
    return row;
  };
  const parked = async (forSeconds = 60) => {
    const row = await consumed({ completion: "required" });
    const ticketHash = sha256Hex(randomToken());
    expect(await store.authorizations.park(row, { code: "the-code", ticketHash, forSeconds })).toBe(true);
    return { row, ticketHash };
  };

  it("give back everything pinned, and the verifier", async () => {
    const flow = newAuthorization({
      labels: { a: "b" },
      scopes: ["x y", ""],
      mcpServerUrl: "https://mcp.test/",
      completion: "required",
      allowAccountChange: true,
    });
    const inserted = await store.authorizations.insert(flow);
    const row = await get(inserted);
    const { stateHash: _, codeVerifier, ttlSeconds, ...pinned } = flow;
    expect(row).toMatchObject({ ...pinned, consumedAt: null, parkedUntil: null, outcome: null });
    expect(secondsAfter(row.expiresAt, row.createdAt)).toBe(ttlSeconds);
    expect(store.authorizations.openCodeVerifier(row)).toBe(codeVerifier);
    const plain = await store.authorizations.insert(newAuthorization({ codeVerifier: undefined }));
    expect(store.authorizations.openCodeVerifier(plain)).toBeUndefined();
    const login = await store.authorizations.insert(
      newAuthorization({ purpose: "login", connectionId: "", userId: "" }),
    );
    expect(login).toMatchObject({ purpose: "login", connectionId: "" });
  });

  it("answer to their namespace only", async () => {
    const row = await store.authorizations.insert(newAuthorization({ namespace: "mine" }));
    expect(await store.authorizations.get("mine", row.id)).toBeDefined();
    expect(await store.authorizations.get("default", row.id)).toBeUndefined();
    expect(await store.authorizations.get("mine", randomUUID())).toBeUndefined();
    expect(await store.authorizations.get("mine", "not a uuid")).toBeUndefined();
  });

  it("are consumed by exactly one of fifty callbacks", async () => {
    const flow = newAuthorization();
    await store.authorizations.insert(flow);
    const rows = await Promise.all(
      Array.from({ length: 50 }, () => store.authorizations.consumeByState(flow.stateHash)),
    );
    expect(rows.filter((row) => row !== undefined)).toHaveLength(1);
    expect(await store.authorizations.consumeByState(sha256Hex("unknown"))).toBeUndefined();
  });

  it("tell an expired state by its row", async () => {
    const flow = newAuthorization({ ttlSeconds: 60 });
    const started = await store.authorizations.insert(flow);
    await moveClock(database, 61 * SECOND_MS);
    expect(await status(started)).toEqual({ status: "expired" });
    const row = await store.authorizations.consumeByState(flow.stateHash);
    expect(row!.expiresAt.getTime()).toBeLessThan(row!.now.getTime());
  });

  it("keep the first outcome and erase verifier and code with it", async () => {
    const { row } = await parked();
    expect(
      await store.authorizations.recordOutcome(row.id, { kind: "failed", reason: "ACCESS_DENIED" }),
    ).toBe(true);
    expect(await store.authorizations.recordOutcome(row.id, { kind: "succeeded" })).toBe(false);
    const ended = await get(row);
    expect(ended.outcome).toEqual({ kind: "failed", reason: "ACCESS_DENIED" });
    expect(ended.completedAt).not.toBeNull();
    expect(ended.sealed).toEqual({ codeVerifier: undefined, code: undefined });
    expect(() => store.authorizations.openCodeVerifier(ended)).toThrow("ended");
    expect(await status(row)).toEqual({ status: "failed", reason: "ACCESS_DENIED" });
  });

  it("cut off in their exchange are failed, not pending for ever", async () => {
    const row = await consumed();
    expect(await status(row)).toEqual({ status: "pending" });
    await moveClock(database, 76 * SECOND_MS);
    expect(await status(row)).toEqual({ status: "failed", reason: "EXCHANGE_INTERRUPTED" });
  });

  describe("with a ticket", () => {
    it("park a code once, after the callback only", async () => {
      const fresh = await store.authorizations.insert(newAuthorization());
      const park = (row: AuthorizationRow) =>
        store.authorizations.park(row, { code: "c", ticketHash: sha256Hex(randomToken()), forSeconds: 60 });
      expect(await park(fresh)).toBe(false);
      const { row } = await parked();
      expect(await park(row)).toBe(false);
      expect(await status(row)).toEqual({ status: "awaiting_completion" });
    });

    it("are found without being spent, and redeemed by exactly one of many", async () => {
      const { row, ticketHash } = await parked();
      expect(await store.authorizations.findByTicket(sha256Hex("another"))).toBeUndefined();
      const found = await store.authorizations.findByTicket(ticketHash);
      expect(found).toMatchObject({ id: row.id, callerId: "caller-1", userId: "user-1", redeemingAt: null });
      const claims = await Promise.all(
        Array.from({ length: 10 }, () => store.authorizations.claimParked(row.id)),
      );
      const won = claims.filter((claim) => claim !== undefined);
      expect(won).toHaveLength(1);
      expect(store.authorizations.openParkedCode(won[0]!)).toBe("the-code");
      await store.authorizations.recordOutcome(row.id, { kind: "succeeded" });
      expect((await store.authorizations.findByTicket(ticketHash))?.outcome).toEqual({ kind: "succeeded" });
    });

    it("expire with the parked code", async () => {
      const { row } = await parked(60);
      await moveClock(database, 61 * SECOND_MS);
      expect(await store.authorizations.claimParked(row.id)).toBeUndefined();
      expect(await status(row)).toEqual({ status: "expired" });
    });

    it("have no code to open before one is parked", async () => {
      const row = await consumed();
      expect(() => store.authorizations.openParkedCode(row)).toThrow("no code");
    });
  });

  it("are forgotten some time after they expired, in batches", async () => {
    await database.sql.run("", "delete from oauth_states", []);
    for (let i = 0; i < 3; i += 1) await store.authorizations.insert(newAuthorization({ ttlSeconds: 60 }));
    const young = await store.authorizations.insert(newAuthorization({ ttlSeconds: 3600 }));
    expect(await store.authorizations.deleteExpired(600, 10)).toBe(0);
    await moveClock(database, 700 * SECOND_MS);
    expect(await store.authorizations.deleteExpired(600, 2)).toBe(2);
    expect(await store.authorizations.deleteExpired(600, 2)).toBe(1);
    expect(await store.authorizations.deleteExpired(600, 2)).toBe(0);
    expect(await get(young)).toBeDefined();
  });
});
