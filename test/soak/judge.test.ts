import { describe, expect, it } from "vitest";
import type { LogReport, Overlap } from "../mock-provider/index.ts";
import type { CutOff } from "../system/refresh/kills.ts";
import { problemsOf } from "./judge.ts";
import { readOptions, type SoakOptions } from "./options.ts";
import type { SoakResult } from "./soak.ts";
import type { Footprint } from "./watch.ts";

const OPTIONS = readOptions([])!;
const NO_GRACE: SoakOptions = { ...OPTIONS, graceSeconds: 0 };
const MIB = 2 ** 20;

const LOST_TO_A_CRASH = "REAUTHORIZATION_REQUIRED/refresh_outcome_unknown";

const cutOff = (...connectionIds: string[]): CutOff[] =>
  connectionIds.map((connectionId) => ({ connectionId, takenOverAfterMs: undefined }));

const footprint = (megabytes: number, databaseConnections = 40): Footprint => ({
  sparedBytes: megabytes * MIB,
  othersBytes: 0,
  databaseConnections,
});

const FLAT = Array.from({ length: 100 }, () => footprint(200));

const LOG: LogReport = {
  refreshes: 700,
  attempts: 700,
  overlaps: [],
  graceReplays: [],
  reuseDetections: [],
  unknownTokens: [],
  undelivered: [],
  deadFamilies: [],
  liveFamilies: [],
  perGrantCounts: new Map(),
};

const HELD: SoakResult = {
  seconds: 600,
  calls: {
    calls: 3,
    callsPerSecond: 200,
    outcomes: { ok: 1, degraded: 1, "STORE_UNAVAILABLE/ECONNREFUSED": 1 },
    latenciesMs: [],
  },
  badTokens: 0,
  log: LOG,
  kills: [],
  cutOff: cutOff("a"),
  restarts: [],
  lost: [],
  footprints: FLAT,
  leftovers: { leases: 0, lent: 0, waiting: 0, spooled: 0 },
  leaks: [],
};

const answers = (outcomes: Record<string, number>): SoakResult["calls"] => ({ ...HELD.calls, outcomes });

describe("the judgement on a soak", () => {
  it("finds nothing in a run that has held", () => {
    expect(problemsOf(OPTIONS, HELD)).toEqual([]);
  });

  it.each<[string, Partial<SoakResult>, string]>([
    ["stood still", { log: { ...LOG, refreshes: 299 } }, "only 299 refreshes, and 300 are the least"],
    [
      "refreshed twice at once",
      { log: { ...LOG, overlaps: [{} as Overlap] } },
      "1 refreshes of a connection overlap",
    ],
    ["reused a token", { log: { ...LOG, reuseDetections: [{} as never] } }, "1 reuse detections"],
    [
      "made up a token",
      { log: { ...LOG, unknownTokens: [{} as never] } },
      "1 refresh tokens were never issued",
    ],
    ["answered a dead token", { badTokens: 2 }, "2 answered tokens do not work at the provider"],
    ["failed a caller", { calls: answers({ ok: 9, INTERNAL: 4 }) }, "4 callers were told INTERNAL"],
    [
      "printed a secret",
      { leaks: ["client_secret in the log"] },
      "a secret was printed: client_secret in the log",
    ],
    ["kept a lease", { leftovers: { ...HELD.leftovers, leases: 1 } }, "1 leases are still held"],
    [
      "kept a connection",
      { leftovers: { ...HELD.leftovers, lent: 1 } },
      "1 database connections were not given back",
    ],
    [
      "kept a spooled token",
      { leftovers: { ...HELD.leftovers, spooled: 1 } },
      "1 refreshed tokens are still in a spool",
    ],
    [
      "opened sessions",
      { footprints: [...FLAT, footprint(200, 49)] },
      "49 database sessions, and 48 are the most",
    ],
    [
      "grew",
      { footprints: FLAT.map((_, index) => footprint(200 + 4 * index)) },
      "memory has grown from at most 396 MiB to 548 MiB",
    ],
  ])("finds that it %s", (_, change, problem) => {
    expect(problemsOf(OPTIONS, { ...HELD, ...change })).toEqual([problem]);
  });

  it("allows no loss where the provider gives a grace, unless very many refreshes were cut off", () => {
    const lost = [{ connectionId: "a", why: LOST_TO_A_CRASH }];
    expect(problemsOf(OPTIONS, { ...HELD, lost })).toEqual(["1 connections lost, and 0 are allowed"]);
    const fifty = cutOff("a", ...Array.from({ length: 49 }, (_, index) => `${index}`));
    expect(problemsOf(OPTIONS, { ...HELD, lost, cutOff: fifty })).toEqual([]);
  });

  it("allows the loss of what was cut off where there is none, by its name and of nothing else", () => {
    const outcomes = { ok: 9, [LOST_TO_A_CRASH]: 3 };
    const reuse = { ...LOG, reuseDetections: [{} as never] };
    const crashed = { ...HELD, calls: answers(outcomes), log: reuse };
    const lost = (connectionId: string, why: string) => [{ connectionId, why }];
    expect(problemsOf(NO_GRACE, { ...crashed, lost: lost("a", LOST_TO_A_CRASH) })).toEqual([]);
    expect(problemsOf(NO_GRACE, { ...crashed, lost: lost("b", LOST_TO_A_CRASH) })).toEqual([
      "1 connections lost that no kill has touched",
    ]);
    expect(problemsOf(NO_GRACE, { ...crashed, lost: lost("a", "REAUTHORIZATION_REQUIRED") })).toEqual([
      `lost by another reason than ${LOST_TO_A_CRASH}`,
    ]);
    expect(problemsOf(OPTIONS, { ...HELD, calls: answers(outcomes) })).toEqual([
      `3 callers were told ${LOST_TO_A_CRASH}`,
    ]);
  });
});
