import { beforeAll, describe, expect, it } from "vitest";
import type { ClaimedToken, Database, Store, TokenRow } from "../../src/store/index.ts";
import { describeEachStore, moveClock } from "../support/database.ts";
import { pins, stored, storeOn } from "./fixtures.ts";

let registrations = 0;

describeEachStore("tokens after trouble of their provider", (backend) => {
  let database: Database;
  let store: Store;
  let registrationId: string;
  beforeAll(async () => {
    database = await backend.open();
    store = storeOn(database);
  });

  const claimed = async (more: Parameters<typeof stored>[1] = {}): Promise<ClaimedToken> => {
    const row = await stored(store, {
      pins: pins({ registrationId }),
      nextRefresh: { afterSeconds: -10 },
      ...more,
    });
    return await claimOf(row);
  };
  const claimOf = async ({ id, version }: TokenRow): Promise<ClaimedToken> => {
    const claim = await store.tokens.claim(id, version, "replica-1", 45);
    if (!claim) throw new Error("the row was not claimed");
    return claim;
  };
  const newRegistration = (): void => {
    registrations += 1;
    registrationId = `environment:trouble-${registrations}`;
  };

  describe("a claim", () => {
    const inTrouble = async (row: TokenRow): Promise<boolean[]> => {
      const byId = await claimOf(row);
      await store.tokens.releaseLease(byId);
      const [asDue] = await store.tokens.claimDue({
        registrations: [{ id: row.pins.registrationId, clientId: row.pins.clientId, limit: 10 }],
        limit: 10,
        owner: "replica-1",
        leaseSeconds: 45,
        idleDays: 0,
      });
      if (!asDue) throw new Error("the row was not due");
      await store.tokens.releaseLease(asDue);
      return [byId.providerTroubled, asDue.providerTroubled];
    };

    it("says whether anything is known against the provider, as long as it is", async () => {
      newRegistration();
      const row = await claimed();
      await store.tokens.releaseLease(row);
      const { providerHealth } = store;
      const key = { registrationId, origin: "https://acme.test", credential: "0123456789abcdef" };
      const refusal = { provider: "acme", tokenId: row.id, providerError: "", acceptedAt: undefined };
      expect(await inTrouble(row)).toEqual([false, false]);
      await providerHealth.recordRefusal(key, refusal);
      expect(await inTrouble(row)).toEqual([true, true]);
      await providerHealth.recordAcceptance(key);
      expect(await inTrouble(row)).toEqual([false, false]);
      await providerHealth.beginHold(registrationId, "acme");
      expect(await inTrouble(row)).toEqual([true, true]);
      await providerHealth.endHold(registrationId);
      expect(await inTrouble(row)).toEqual([false, false]);
      await providerHealth.beginHold(`${registrationId}-another`, "acme");
      expect(await inTrouble(row)).toEqual([false, false]);
    });
  });

  describe("putOff", () => {
    const delay = (until: Date, reason = "PROVIDER_MISCONFIGURED") => ({
      reason,
      providerError: "invalid_client",
      credential: "0123456789abcdef",
      until,
    });
    const minutesAfter = ({ now }: TokenRow, minutes: number) => new Date(now.getTime() + minutes * 60_000);

    const held = async (): Promise<void> => {
      newRegistration();
      await store.providerHealth.beginHold(registrationId, "acme");
    };

    it("gives the lease back, leaves the row alone until then, and counts no failure", async () => {
      await held();
      const claim = await claimed();
      const until = minutesAfter(claim, 1);
      expect(await store.tokens.putOff(claim, delay(until))).toMatchObject({
        status: "degraded",
        failureReason: "PROVIDER_MISCONFIGURED",
        failureProviderError: "invalid_client",
        failureCredential: "0123456789abcdef",
        failureCount: 0,
        failureAt: expect.any(Date),
        degradedSince: expect.any(Date),
        nextAttemptAt: until,
        leaseOwner: null,
        version: claim.version,
      });
    });

    it("shows a new revision for another reason only", async () => {
      newRegistration();
      const first = await claimed();
      const put = await store.tokens.putOff(first, delay(minutesAfter(first, 1)));
      if (!put) throw new Error("not put off");
      expect(put.revision).toBeGreaterThan(first.revision);
      const again = await store.tokens.putOff(await claimOf(put), delay(minutesAfter(first, 2)));
      expect([again?.revision, again?.failureAt]).toEqual([put.revision, put.failureAt]);
      const other = await store.tokens.putOff(
        await claimOf(put),
        delay(minutesAfter(first, 2), "REFRESH_HELD"),
      );
      expect(other?.revision).toBeGreaterThan(put.revision);
    });

    it("lets nobody wait for trouble that is over", async () => {
      await held();
      const claim = await claimed();
      await store.providerHealth.endHold(registrationId);
      const put = await store.tokens.putOff(claim, delay(minutesAfter(claim, 1)));
      expect(put).toMatchObject({ status: "degraded", nextAttemptAt: null, leaseOwner: null });
    });

    it("does nothing for one who is not the holder any more", async () => {
      newRegistration();
      const claim = await claimed();
      await store.tokens.releaseLease(claim);
      const next = await claimOf(claim);
      expect(await store.tokens.putOff(claim, delay(minutesAfter(claim, 1)))).toBeUndefined();
      expect(await store.tokens.releaseLease(next)).toBe(true);
    });
  });

  describe("spareRejected", () => {
    const spare = {
      withinSeconds: 600,
      reason: "DEAD",
      sparedReason: "DOUBTED",
      spreadSeconds: 60,
      limit: 100,
    };
    const rejected = async (reason: string, more: Parameters<typeof stored>[1] = {}): Promise<TokenRow> => {
      const row = await store.tokens.recordFailure(await claimed(more), {
        status: "needs_reauth",
        reason,
        providerError: "invalid_grant",
        nextAttempt: undefined,
      });
      if (!row) throw new Error("the rejection was not recorded");
      return row;
    };

    it("takes back what was rejected a short time ago, in this registration, and keeps other reasons", async () => {
      newRegistration();
      await rejected("DEAD");
      await moveClock(database, 601_000);
      const recent = [await rejected("DEAD"), await rejected("UNKNOWN")];
      const mine = registrationId;
      newRegistration();
      await rejected("DEAD");
      const spared = await store.tokens.spareRejected(mine, spare);
      expect(new Map(spared.map(({ id, status, failureReason }) => [id, [status, failureReason]]))).toEqual(
        new Map([
          [recent[0]?.id, ["degraded", "DOUBTED"]],
          [recent[1]?.id, ["degraded", "UNKNOWN"]],
        ]),
      );
      for (const row of spared) {
        const delayMs = (row.nextAttemptAt?.getTime() ?? 0) - row.now.getTime();
        expect(delayMs).toBeGreaterThanOrEqual(0);
        expect(delayMs).toBeLessThanOrEqual(60_000);
        expect(row.degradedSince).not.toBeNull();
      }
      expect(await store.tokens.spareRejected(mine, spare)).toEqual([]);
    });

    it("works in batches, and makes due what had no known end", async () => {
      newRegistration();
      for (let i = 0; i < 3; i += 1) await rejected("DEAD", { expires: undefined, nextRefresh: undefined });
      const first = await store.tokens.spareRejected(registrationId, { ...spare, limit: 2 });
      const second = await store.tokens.spareRejected(registrationId, { ...spare, limit: 2 });
      expect([first.length, second.length]).toEqual([2, 1]);
      expect(second[0]?.nextRefreshAt).not.toBeNull();
    });
  });

  it("retryNow ends the back-off of rows with these reasons, in batches", async () => {
    newRegistration();
    const failed = async (reason: string) =>
      await store.tokens.recordFailure(await claimed(), {
        status: "degraded",
        reason,
        providerError: "",
        nextAttempt: { afterSeconds: 900 },
      });
    await failed("A");
    await failed("B");
    const other = await failed("C");
    const due = () =>
      store.tokens.claimDue({
        registrations: [{ id: registrationId, clientId: "client-1", limit: 10 }],
        limit: 10,
        owner: "replica-2",
        leaseSeconds: 45,
        idleDays: 0,
      });
    expect(await due()).toEqual([]);
    expect(await store.tokens.retryNow(registrationId, ["A", "B"], 1)).toBe(1);
    expect(await store.tokens.retryNow(registrationId, ["A", "B"], 1)).toBe(1);
    expect(await store.tokens.retryNow(registrationId, ["A", "B"], 1)).toBe(0);
    const claims = await due();
    expect(claims).toHaveLength(2);
    expect(claims.map(({ id }) => id)).not.toContain(other?.id);
  });

  it("callUp shortens back-offs behind the same endpoint, but no rest that the provider asked for", async () => {
    newRegistration();
    const failed = async (
      afterSeconds: number,
      more: Parameters<typeof claimed>[0] & { rest?: number } = {},
    ) => {
      const { rest, ...changes } = more;
      const row = await store.tokens.recordFailure(await claimed(changes), {
        status: "degraded",
        reason: "AWAY",
        providerError: "",
        nextAttempt: { afterSeconds },
        ...(rest !== undefined && { notBeforeSeconds: rest }),
      });
      if (row === undefined) throw new Error("not recorded");
      return row;
    };
    const far = await failed(900);
    const near = await failed(20);
    const resting = await failed(900, { rest: 600 });
    const bound = await failed(600, { rest: 590 });
    const elsewhere = await failed(900, {
      pins: pins({ registrationId, tokenUrl: "https://another.example/token" }),
    });
    const { tokenUrl } = far.pins;
    const call = { registrationId, tokenUrl, reason: "AWAY", spreadSeconds: 30, limit: 1 };
    const counts = [1, 2, 3].map(() => store.tokens.callUp(call));
    expect((await Promise.all(counts)).toSorted((a, b) => a - b)).toEqual([0, 1, 1]);
    const waitOf = async (row: TokenRow): Promise<number> => {
      const { nextAttemptAt, now } = (await store.tokens.find(row))!;
      return (nextAttemptAt!.getTime() - now.getTime()) / 1000;
    };
    expect(await waitOf(far)).toBeLessThanOrEqual(30);
    const restOf = await waitOf(resting);
    expect([restOf > 590, restOf <= 630]).toEqual([true, true]);
    for (const row of [near, bound, elsewhere])
      expect((await store.tokens.find(row))?.nextAttemptAt).toEqual(row.nextAttemptAt);
    expect(await store.tokens.callUp({ ...call, reason: "OTHER" })).toBe(0);
  });
});
