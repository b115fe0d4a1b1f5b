import { randomUUID } from "node:crypto";
import { beforeAll, describe, expect, it } from "vitest";
import { type ClaimedToken, createStore, type Database, type Store } from "../../src/store/index.ts";
import { silentLogger } from "../../src/telemetry/index.ts";
import { describeEachStore, moveClock } from "../support/database.ts";
import { holdLivenessLock } from "../support/liveness-lock.ts";
import { newKeyRing, pins, stored, tokenUpdate } from "./fixtures.ts";

const LEASE_SECONDS = 45;
const SHORT_OF_A_LEASE = 30;
const PAST_A_LEASE = 50;
const PAST_TWO = 100;

/** Whoever claims after another: for how long it has had the database, and whether it looks at the owners' locks. */
const claimers = {
  patient: { held: () => true, steadyMs: () => 10_000, seesOthers: true },
  newcomer: { held: () => true, steadyMs: () => 9999, seesOthers: true },
  alone: { held: () => true, steadyMs: () => Infinity, seesOthers: false },
  unseen: { held: () => false, steadyMs: () => Infinity, seesOthers: true },
};

type ClaimerName = keyof typeof claimers;

const WITHOUT_LOCK = "host/1/AbCdEf";

describeEachStore("taking over a lease", (backend) => {
  let database: Database;
  const stores = {} as Record<ClaimerName, Store>;
  beforeAll(async () => {
    database = await backend.open();
    const keyRing = newKeyRing();
    for (const name of Object.keys(claimers) as ClaimerName[])
      stores[name] = createStore(database, { keyRing, logger: silentLogger, liveness: claimers[name] });
  });

  /** A due row whose owner leaves it as it is. */
  const leftBy = async (owner: string): Promise<ClaimedToken> => {
    const registrationId = `environment:${randomUUID()}`;
    const row = await stored(stores.patient, {
      pins: pins({ registrationId }),
      nextRefresh: { afterSeconds: -1 },
    });
    const claim = await stores.patient.tokens.claim(row.id, row.version, owner, LEASE_SECONDS);
    if (!claim) throw new Error("the new row was not claimed");
    return claim;
  };

  const byId = ({ tokens }: Store, { id, version }: ClaimedToken, owner: string, reuseSeconds?: number) =>
    tokens.claim(id, version, owner, LEASE_SECONDS, reuseSeconds);

  const asDue = async (
    { tokens }: Store,
    { pins: { registrationId, clientId } }: ClaimedToken,
    owner: string,
    reuseSeconds?: number,
  ) => {
    const registration = {
      id: registrationId,
      clientId,
      ...(reuseSeconds !== undefined && { reuseSeconds }),
    };
    const [claim] = await tokens.claimDue({
      registrations: [
        { id: "environment:another", clientId, limit: 10, reuseSeconds: Infinity },
        { ...registration, limit: 10 },
      ],
      owner,
      leaseSeconds: LEASE_SECONDS,
      limit: 10,
      idleDays: 0,
    });
    return claim;
  };

  interface Case {
    readonly by: ClaimerName;
    /** Of the owner: its lock is held or free, or its name tells of none. */
    readonly lock: "held" | "free" | "none";
    readonly afterSeconds: number;
    readonly reuseSeconds?: number;
    readonly taken: boolean;
  }

  describe.each([
    { how: "by its id", take: byId },
    { how: "as due", take: asDue },
  ])("$how", ({ take }) => {
    it.each<Case>([
      // The owner lives, as far as anybody knows: two lease lengths, and a claimer that has had the database for a while.
      { by: "patient", lock: "held", afterSeconds: SHORT_OF_A_LEASE, taken: false },
      { by: "patient", lock: "held", afterSeconds: PAST_A_LEASE, taken: false },
      { by: "patient", lock: "held", afterSeconds: PAST_A_LEASE, reuseSeconds: Infinity, taken: false },
      { by: "patient", lock: "held", afterSeconds: 3, reuseSeconds: 5, taken: false },
      { by: "patient", lock: "held", afterSeconds: PAST_TWO, taken: true },
      { by: "newcomer", lock: "held", afterSeconds: PAST_TWO, taken: false },
      { by: "alone", lock: "held", afterSeconds: PAST_A_LEASE, reuseSeconds: Infinity, taken: false },
      { by: "alone", lock: "held", afterSeconds: PAST_TWO, taken: true },
      // It is gone: when the lease has run out.
      { by: "patient", lock: "free", afterSeconds: SHORT_OF_A_LEASE, taken: false },
      { by: "patient", lock: "free", afterSeconds: PAST_A_LEASE, taken: true },
      { by: "newcomer", lock: "free", afterSeconds: PAST_A_LEASE, taken: false },
      { by: "newcomer", lock: "free", afterSeconds: PAST_TWO, taken: false },
      { by: "alone", lock: "free", afterSeconds: PAST_A_LEASE, taken: false },
      // … and at once where the vendor still takes the spent refresh token.
      { by: "patient", lock: "free", afterSeconds: 3, reuseSeconds: 5, taken: true },
      { by: "newcomer", lock: "free", afterSeconds: 3, reuseSeconds: 5, taken: true },
      { by: "newcomer", lock: "free", afterSeconds: SHORT_OF_A_LEASE, reuseSeconds: Infinity, taken: true },
      { by: "patient", lock: "free", afterSeconds: 6, reuseSeconds: 5, taken: false },
      // A replica of the version before holds no lock that could be free.
      { by: "patient", lock: "none", afterSeconds: PAST_A_LEASE, reuseSeconds: Infinity, taken: false },
      { by: "patient", lock: "none", afterSeconds: PAST_TWO, taken: true },
    ])(
      "$by, $afterSeconds s after the claim of an owner whose lock is $lock, reuse $reuseSeconds: $taken",
      async ({ by, lock, afterSeconds, reuseSeconds, taken }) => {
        await using held = await holdLivenessLock(database);
        if (lock === "free") await held.release();
        const owner = lock === "none" ? WITHOUT_LOCK : held.owner;
        const left = await leftBy(owner);
        await moveClock(database, afterSeconds * 1000);
        const claim = await take(stores[by], left, "heir@1", reuseSeconds);
        expect(claim && { id: claim.id, from: claim.takenOverFrom, to: claim.leaseOwner }).toEqual(
          taken ? { id: left.id, from: owner, to: "heir@1" } : undefined,
        );
      },
    );

    it("is refused to a replica that others may take for dead, which reads on", async () => {
      const row = await leftBy("host/1/AbCdEf@1");
      await stores.patient.tokens.releaseLease(row);
      await expect(take(stores.unseen, row, "host/2/GhIjKl@2")).rejects.toMatchObject({
        code: "STORE_UNAVAILABLE",
        metadata: { cause: "liveness_lock_lost" },
      });
      expect((await stores.unseen.tokens.find(row))?.leaseOwner).toBeNull();
      expect((await take(stores.patient, row, "host/2/GhIjKl@2"))?.takenOverFrom).toBeNull();
    });

    it("is known to whoever comes after an heir that gave the lease back unused", async () => {
      await using held = await holdLivenessLock(database);
      const left = await leftBy(held.owner);
      await held.release();
      const first = await take(stores.patient, left, "heir@1", 60);
      expect(await stores.patient.tokens.releaseLease(first!)).toBe(true);
      const second = await take(stores.patient, left, "heir@2", 60);
      expect(second).toMatchObject({ takenOverFrom: held.owner, begunAt: first?.begunAt });
    });

    it("gives every heir a lease of its own", async () => {
      await using held = await holdLivenessLock(database);
      const left = await leftBy(held.owner);
      await held.release();
      const claims = await Promise.all(
        Array.from({ length: 12 }, (_, index) =>
          take(stores.patient, left, `heir-${index}@${index + 1}`, 60),
        ),
      );
      // Nobody holds the heirs' locks either, so each finds the one before it gone: what counts is that no two have the same lease.
      const numbers = claims.flatMap((claim) => (claim ? [claim.leaseSeq] : []));
      expect(new Set(numbers).size).toBe(numbers.length);
      await expect(stores.patient.tokens.find(left)).resolves.toMatchObject({
        leaseSeq: left.leaseSeq + BigInt(numbers.length),
      });
    });
  });

  it("remembers when the first unfinished claim began, through any number of heirs", async () => {
    const first = await leftBy("host/1/AbCdEf@1");
    expect(first.begunAt).toEqual(first.now);
    await moveClock(database, 20_000);
    const second = await byId(stores.patient, first, "host/2/GhIjKl@2", 30);
    await moveClock(database, 20_000);
    expect(await byId(stores.patient, first, "host/3/MnOpQr@3", 30)).toBeUndefined();
    const third = await byId(stores.patient, first, "host/3/MnOpQr@3", 60);
    expect([second?.begunAt, third?.begunAt]).toEqual([first.begunAt, first.begunAt]);
    const saved = await stores.patient.tokens.saveRefreshed(third!, tokenUpdate());
    const next = await byId(stores.patient, { ...third!, version: saved!.version }, "host/1/AbCdEf@1");
    expect(next?.begunAt).toEqual(next?.now);
  });

  it("knows no beginning of a claim that a replica of the version before made, whatever stands in the row", async () => {
    const left = await leftBy("host/1/AbCdEf@1");
    await database.sql.run("", "update connection_tokens set lease_owner = $1 where id = $2::bigint", [
      WITHOUT_LOCK,
      left.id,
    ]);
    await moveClock(database, PAST_TWO * 1000);
    const heir = await byId(stores.patient, left, "host/2/GhIjKl@2");
    expect(heir).toMatchObject({ takenOverFrom: WITHOUT_LOCK, begunAt: null });
    await moveClock(database, PAST_TWO * 1000);
    const next = await byId(stores.patient, left, "host/3/MnOpQr@3", Infinity);
    expect(next).toMatchObject({ takenOverFrom: "host/2/GhIjKl@2", begunAt: null });
  });

  it.each(["", "@", "host@-1", "host@99999999999999999999", "x@1 or true", "@0", "ünïcode@1\n"])(
    "an owner's name that was edited into %j stops nobody's claim",
    async (name) => {
      const left = await leftBy("host/1/AbCdEf@1");
      await database.sql.run("", "update connection_tokens set lease_owner = $1 where id = $2::bigint", [
        name,
        left.id,
      ]);
      expect(await byId(stores.patient, left, "heir@1")).toBeUndefined();
      await moveClock(database, PAST_TWO * 1000);
      expect(await asDue(stores.patient, left, "heir@1")).toMatchObject({ takenOverFrom: name });
    },
  );
});
