import { beforeAll, describe, expect, it } from "vitest";
import type { Database, HealthKey, ProviderHealthRepository } from "../../src/store/index.ts";
import { MINUTE, SECOND } from "../../src/time.ts";
import { describeEachStore, moveClock } from "../support/database.ts";
import { storeOn } from "./fixtures.ts";

let registrations = 0;
/** A registration that no other test uses. */
const newKey = (more: Partial<HealthKey> = {}): HealthKey => {
  registrations += 1;
  return {
    registrationId: `environment:health-${registrations}`,
    origin: "https://acme.test",
    credential: "0123456789abcdef",
    ...more,
  };
};

/** So that what follows at once falls into one second. */
const startOfSecond = async (database: Database): Promise<void> => {
  await moveClock(database, 0);
  const { rows } = await database.sql.run(
    "",
    "select (extract(epoch from date_trunc('second', broker_now()) + interval '1 second' - broker_now()) * 1000)::float8 as ms",
    [],
  );
  await moveClock(database, Number(rows[0]?.["ms"]));
};

describeEachStore("providerHealth", (backend) => {
  let database: Database;
  let health: ProviderHealthRepository;
  beforeAll(async () => {
    database = await backend.open();
    health = storeOn(database).providerHealth;
  });

  const refuse = (key: HealthKey, tokenId: string, acceptedAt?: Date) =>
    health.recordRefusal(key, { provider: "acme", tokenId, providerError: "invalid_client", acceptedAt });
  const blocked = async (key: HealthKey): Promise<boolean> => (await health.find(key)).block !== undefined;
  const now = async (): Promise<Date> => (await health.list()).now;

  describe("a block", () => {
    it("begins with the third grant that is refused, and one of the callers is told", async () => {
      const key = newKey();
      const answers = await Promise.all(["1", "2", "3", "4", "5"].map((id) => refuse(key, id)));
      expect(answers.filter(({ began }) => began)).toHaveLength(1);
      expect(answers.filter(({ blockedUntil }) => blockedUntil !== undefined)).toHaveLength(3);
      expect(await health.find(key)).toMatchObject({ block: { providerError: "invalid_client" } });
    });

    it("does not begin with one grant that is refused again and again", async () => {
      const key = newKey();
      for (let i = 0; i < 5; i += 1) await refuse(key, "1");
      await refuse(key, "2");
      expect(await blocked(key)).toBe(false);
    });

    it("does not begin with three that are refused over more than a minute", async () => {
      const key = newKey();
      await refuse(key, "1");
      await moveClock(database, 31 * SECOND);
      await refuse(key, "2");
      await moveClock(database, 31 * SECOND);
      await refuse(key, "3");
      expect(await blocked(key)).toBe(false);
      expect(await refuse(key, "4")).toMatchObject({ began: true });
    });

    it("does not begin while anybody's refresh succeeded within the minute", async () => {
      const key = newKey();
      await refuse(key, "1");
      await refuse(key, "2");
      expect(await health.recordAcceptance(key)).toBe(false);
      for (const id of ["3", "4", "5"]) await refuse(key, id);
      expect(await blocked(key)).toBe(false);
      const other = newKey();
      const acceptedAt = await now();
      for (const id of ["1", "2", "3"]) await refuse(other, id, acceptedAt);
      expect(await blocked(other)).toBe(false);
      expect(await health.block(other)).toBe(false);
      await moveClock(database, 61 * SECOND);
      for (const id of ["1", "2", "3"]) await refuse(other, id, acceptedAt);
      expect(await blocked(other)).toBe(true);
    });

    it("concerns these credentials at this origin alone", async () => {
      const key = newKey();
      for (const id of ["1", "2", "3"]) await refuse(key, id);
      expect(await blocked({ ...key, credential: "another" })).toBe(false);
      expect(await blocked({ ...key, origin: "https://other.test" })).toBe(false);
      expect(await blocked(newKey())).toBe(false);
    });

    it("begins with a refused probe, once", async () => {
      const key = newKey();
      expect(await health.block(key)).toBe(false);
      await refuse(key, "1");
      expect([await health.block(key), await health.block(key)]).toEqual([true, false]);
    });

    it("ends when the credentials are accepted, and one of the callers is told", async () => {
      const key = newKey();
      for (const id of ["1", "2", "3"]) await refuse(key, id);
      const ends = await Promise.all([1, 2, 3].map(() => health.recordAcceptance(key)));
      expect(ends.filter((ended) => ended)).toHaveLength(1);
      expect(await blocked(key)).toBe(false);
      expect(await health.recordAcceptance(newKey())).toBe(false);
    });

    it("is probed once a minute, whoever asks", async () => {
      const key = newKey();
      for (const id of ["1", "2", "3"]) await refuse(key, id);
      const claims = () => Promise.all([1, 2, 3, 4].map(() => health.claimProbe(key)));
      expect((await claims()).filter((claimed) => claimed)).toHaveLength(1);
      await moveClock(database, 59 * SECOND);
      expect((await claims()).filter((claimed) => claimed)).toHaveLength(0);
      await moveClock(database, 1 * SECOND);
      expect((await claims()).filter((claimed) => claimed)).toHaveLength(1);
      const { block, now: at } = await health.find(key);
      expect((block?.nextProbeAt.getTime() ?? 0) - at.getTime()).toBeGreaterThan(59 * SECOND);
    });

    it("is forgotten when nobody has probed it for ten minutes", async () => {
      const [used, unused] = [newKey(), newKey()];
      for (const key of [used, unused]) for (const id of ["1", "2", "3"]) await refuse(key, id);
      await moveClock(database, 9 * MINUTE);
      await health.claimProbe(used);
      await moveClock(database, 2 * MINUTE);
      const forgotten = (await health.deleteUnused()).map(({ registrationId }) => registrationId);
      expect(forgotten).toContain(unused.registrationId);
      expect(forgotten).not.toContain(used.registrationId);
      expect([await blocked(used), await blocked(unused)]).toEqual([true, false]);
    });
  });

  describe("a hold", () => {
    it("begins and ends once, whoever says so, and may be probed at once", async () => {
      const { registrationId, ...rest } = newKey();
      const begins = await Promise.all([1, 2, 3].map(() => health.beginHold(registrationId, "acme")));
      expect(begins.filter((began) => began)).toHaveLength(1);
      expect((await health.find({ registrationId, ...rest })).hold).toBeDefined();
      const claims = () => Promise.all([1, 2, 3].map(() => health.claimHoldProbe(registrationId)));
      expect((await claims()).filter((claimed) => claimed)).toHaveLength(1);
      expect((await claims()).filter((claimed) => claimed)).toHaveLength(0);
      await moveClock(database, 60 * SECOND);
      expect((await claims()).filter((claimed) => claimed)).toHaveLength(1);
      const ends = await Promise.all([1, 2, 3].map(() => health.endHold(registrationId)));
      expect(ends.filter((ended) => ended)).toHaveLength(1);
      expect((await health.find({ registrationId, ...rest })).hold).toBeUndefined();
      expect(await health.claimHoldProbe(registrationId)).toBe(false);
    });

    it("takes what was counted so far with it, of this registration alone", async () => {
      const [{ registrationId }, other] = [newKey(), newKey()];
      await health.beginHold(registrationId, "acme");
      for (const id of [registrationId, other.registrationId])
        await health.addOutcomes("replica-1", [
          { registrationId: id, succeeded: 1, rejected: 5, rejectedLast: 5 },
        ]);
      await health.endHold(registrationId);
      expect(await health.recentOutcomes(registrationId, 600)).toEqual([]);
      expect(await health.recentOutcomes(other.registrationId, 600)).not.toEqual([]);
    });
  });

  it("lists blocks and holds with when each may be probed", async () => {
    const [key, held] = [newKey(), newKey()];
    for (const id of ["1", "2", "3"]) await refuse(key, id);
    await health.beginHold(held.registrationId, "hooli");
    const { blocks, holds, now: at } = await health.list();
    expect(blocks).toContainEqual({
      ...key,
      provider: "acme",
      providerError: "invalid_client",
      blockedAt: expect.any(Date),
      nextProbeAt: expect.any(Date),
    });
    expect(holds).toContainEqual({
      registrationId: held.registrationId,
      provider: "hooli",
      heldAt: expect.any(Date),
      nextProbeAt: expect.any(Date),
    });
    expect(at).toBeInstanceOf(Date);
  });

  it("answers a list even when there is no trouble at all", async () => {
    const empty = storeOn(await backend.open()).providerHealth;
    expect(await empty.list()).toEqual({ blocks: [], holds: [], now: expect.any(Date) });
  });

  it("tells what came last in a second: rejections after the last success, or the successes of who ended with one", async () => {
    const { registrationId } = newKey();
    const add = (owner: string, succeeded: number, rejected: number, rejectedLast: number) =>
      health.addOutcomes(owner, [{ registrationId, succeeded, rejected, rejectedLast }]);
    /** All of them in one second. */
    const parts = async () => {
      await database.sql.run(
        "",
        "update refresh_outcomes set begun_at = date_trunc('minute', broker_now()) where registration_id = $1",
        [registrationId],
      );
      return await health.recentOutcomes(registrationId, 600);
    };
    await add("replica-1", 9, 3, 2);
    await add("replica-2", 4, 1, 0);
    expect(await parts()).toEqual([
      { succeeded: 4, rejected: 2 },
      { succeeded: 9, rejected: 2 },
    ]);
  });

  it("goes on counting rejections until the next success", async () => {
    const { registrationId } = newKey();
    const add = (succeeded: number, rejectedLast: number) =>
      health.addOutcomes("replica-1", [{ registrationId, succeeded, rejected: rejectedLast, rejectedLast }]);
    const last = async () => (await health.recentOutcomes(registrationId, 600))[0];
    await startOfSecond(database);
    await add(5, 1);
    await add(0, 2);
    expect(await last()).toEqual({ succeeded: 0, rejected: 3 });
    await add(1, 0);
    expect(await last()).toEqual({ succeeded: 6, rejected: 0 });
  });

  it("adds up outcomes of all replicas by the second, newest first, and forgets them after 20 minutes", async () => {
    const { registrationId } = newKey();
    await health.addOutcomes("replica-1", []);
    await health.addOutcomes("replica-1", [{ registrationId, succeeded: 7, rejected: 0, rejectedLast: 0 }]);
    await moveClock(database, 5 * SECOND);
    const late = ["replica-1", "replica-1", "replica-2"];
    await Promise.all(
      late.map((owner) =>
        health.addOutcomes(owner, [{ registrationId, succeeded: 1, rejected: 2, rejectedLast: 1 }]),
      ),
    );
    const recent = await health.recentOutcomes(registrationId, 600);
    expect(recent.slice(-2)).toEqual([
      { succeeded: 7, rejected: 0 },
      { succeeded: 0, rejected: 0 },
    ]);
    const sums = recent.slice(0, -2).reduce((sum, { rejected }) => sum + rejected, 0);
    expect(sums).toBe(6);
    await moveClock(database, 10 * MINUTE);
    expect(await health.recentOutcomes(registrationId, 600)).toEqual([]);
    expect(await health.recentOutcomes(registrationId, 1200)).not.toEqual([]);
    await moveClock(database, 11 * MINUTE);
    while ((await health.deleteOldOutcomes(1)) === 1);
    expect(await health.recentOutcomes(registrationId, 7200)).toEqual([]);
  });
});
