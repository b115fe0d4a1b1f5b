import { describe, expect, it } from "vitest";
import { type MockProvider, startMockProvider, STRICT } from "../index.ts";
import { checkLog, summarize } from "./check-log.ts";
import { compareWithStore } from "./compare-with-store.ts";
import type { LogEntry, RequestEntry } from "./log-entry.ts";
import { monotonicUs, underWayAt } from "./under-way.ts";

const refreshAt = async (provider: MockProvider, refreshToken: string): Promise<string | undefined> => {
  const response = await fetch(provider.vendor("acme").tokenUrl, {
    method: "POST",
    body: new URLSearchParams({
      grant_type: "refresh_token",
      refresh_token: refreshToken,
      client_id: "client",
      client_secret: "secret",
    }),
  });
  const answer = (await response.json()) as { refresh_token?: string };
  return answer.refresh_token;
};

const openGrant = (provider: MockProvider, label: string) =>
  provider.vendor("acme").grants.open({ clientId: "client", label });

describe("the checker on a real log", () => {
  it("finds nothing wrong with a client that takes its turns", async () => {
    await using provider = await startMockProvider({ vendors: { acme: STRICT } });
    const stored = new Map<string, string>();
    for (const label of ["one", "two"]) {
      let { refreshToken = "" } = openGrant(provider, label);
      for (let turn = 0; turn < 3; turn += 1) refreshToken = (await refreshAt(provider, refreshToken)) ?? "";
      stored.set(label, refreshToken);
    }
    await provider.quiet();
    const report = checkLog(provider.log);
    expect(summarize(report)).toBe(
      "6 refreshes in 6 attempts, 0 overlaps, 0 grace replays, 0 reuse detections, 0 undelivered, 0 unknown tokens, 2 grants alive, 0 dead",
    );
    expect([...report.perGrantCounts.values()].map(({ refreshes }) => refreshes)).toEqual([3, 3]);
    const tokens = [...stored].map(([connectionId, refreshToken]) => ({ connectionId, refreshToken }));
    expect(compareWithStore(provider.log, tokens).live).toHaveLength(2);
  });

  it("finds two refreshes of one grant at once, and the grant that they cost", async () => {
    const slow = { ...STRICT, answerDelayMs: 100 };
    await using provider = await startMockProvider({ vendors: { acme: slow } });
    const { refreshToken = "", grantId } = openGrant(provider, "raced");
    const other = openGrant(provider, "other");
    const [first, second] = await Promise.all([
      refreshAt(provider, refreshToken),
      refreshAt(provider, refreshToken),
      refreshAt(provider, other.refreshToken ?? ""),
    ]);
    await provider.quiet();
    const report = checkLog(provider.log);
    expect(report.overlaps).toMatchObject([{ grantId, label: "raced" }]);
    expect(report.overlaps[0]?.byUs).toBeGreaterThan(50_000);
    expect(report.reuseDetections).toMatchObject([{ grantId, presentedGeneration: 1, reason: "spent" }]);
    expect(report.deadFamilies).toEqual([{ grantId, label: "raced", reason: "reuse" }]);
    expect(report.liveFamilies).toEqual([other.grantId]);
    expect(checkLog(provider.log, { grants: ["other"] })).toMatchObject({ overlaps: [], refreshes: 1 });
    const refreshed = first ?? second ?? "";
    expect(
      compareWithStore(provider.log, [{ connectionId: "c", refreshToken: refreshed }]).lost,
    ).toMatchObject([{ standing: "dead", grantId, ended: "reuse", storedGeneration: 2, liveGeneration: 2 }]);
  });

  it("finds the token that a client lost, by a broken answer or by forgetting it", async () => {
    await using provider = await startMockProvider();
    const vendor = provider.vendor("acme");
    const { refreshToken = "" } = openGrant(provider, "cut");
    vendor.script({ answer: { own: true, fault: "truncate" } });
    await expect(refreshAt(provider, refreshToken)).rejects.toThrow("terminated");
    const forgetful = openGrant(provider, "forgetful").refreshToken ?? "";
    await refreshAt(provider, forgetful);
    await provider.quiet();
    const { undelivered, refreshes } = checkLog(provider.log);
    expect([refreshes, undelivered.map(({ label, script }) => [label, script])]).toEqual([
      2,
      [["cut", "truncate"]],
    ]);
    const compared = compareWithStore(provider.log, [
      { connectionId: "cut", refreshToken },
      { connectionId: "forgetful", refreshToken: forgetful },
      { connectionId: "invented", refreshToken: "rt-made-up" },
    ]);
    expect(compared.lost.map(({ standing, liveGeneration }) => [standing, liveGeneration])).toEqual([
      ["superseded", 2],
      ["superseded", 2],
      ["unknown", undefined],
    ]);
  });

  it("does not count a client that died together with its successor, but a deed done for the dead", async () => {
    await using provider = await startMockProvider({ vendors: { acme: { graceMs: 60_000 } } });
    const vendor = provider.vendor("acme");
    const dieAndRetry = async (label: string) => {
      const { refreshToken = "" } = openGrant(provider, label);
      const dead = new AbortController();
      const dying = fetch(vendor.tokenUrl, {
        method: "POST",
        body: new URLSearchParams({ grant_type: "refresh_token", refresh_token: refreshToken }),
        signal: dead.signal,
      });
      await expect.poll(() => vendor.counters.inFlight, { interval: 5 }).toBe(1);
      const killedUs = monotonicUs();
      dead.abort();
      await expect(dying).rejects.toThrow("aborted");
      await expect.poll(() => vendor.counters.inFlight).toBeLessThanOrEqual(label === "late" ? 1 : 0);
      await refreshAt(provider, refreshToken);
      await provider.quiet();
      return { killedUs, overlaps: checkLog(provider.log, { grants: [label] }).overlaps.length };
    };
    vendor.script({ answer: { own: true, delayMs: 1000 } });
    const early = await dieAndRetry("early");
    expect(early.overlaps).toBe(0);
    expect(underWayAt(provider.log, early.killedUs).map(({ label }) => label)).toEqual(["early"]);
    expect(underWayAt(provider.log, monotonicUs())).toEqual([]);
    vendor.script({ answer: { own: true, waitMs: 1000 } });
    expect((await dieAndRetry("late")).overlaps).toBe(1);
  });
});

describe("the checker", () => {
  const grant: LogEntry = {
    kind: "grant",
    seq: 1,
    vendor: "acme",
    grantId: "g",
    label: "c",
    clientId: "client",
    subject: "s",
    issued: "token-1",
    atUs: 0,
  };
  const refresh = (
    seq: number,
    startUs: number,
    endUs: number,
    more: Partial<RequestEntry> = {},
  ): LogEntry => ({
    kind: "token",
    seq,
    vendor: "acme",
    clientId: "client",
    grantType: "refresh_token",
    grantId: "g",
    presented: "token-1",
    verdict: "issued",
    delivered: true,
    startUs,
    processedUs: startUs,
    endUs,
    startWallUs: startUs,
    endWallUs: endUs,
    providerMs: 0,
    ...more,
  });

  it("orders by the beginning, not by the log, and lets one end when the next begins", () => {
    const spans = [
      refresh(2, 10, 20),
      refresh(3, 20, 30),
      refresh(4, 0, 5, { verdict: "scripted:503" }),
      refresh(5, 31, 32),
    ];
    expect(checkLog([grant, ...spans]).overlaps).toEqual([]);
    expect(checkLog([grant, ...spans, refresh(6, 4, 40)]).overlaps).toMatchObject([
      { first: 4, second: 6, byUs: 1 },
      { first: 6, second: 2, byUs: 10 },
      { first: 6, second: 3, byUs: 10 },
      { first: 6, second: 5, byUs: 1 },
    ]);
  });

  it("leaves out what began before, and tokens of nobody", () => {
    const stranger = refresh(4, 60, 70, { grantId: undefined, verdict: "rejected" });
    const report = checkLog([grant, refresh(2, 0, 10), refresh(3, 50, 60), stranger], { sinceUs: 50 });
    expect([report.refreshes, report.attempts, report.unknownTokens.length]).toEqual([1, 1, 1]);
  });

  it("refuses a grant that it was not told of", () => {
    expect(() => checkLog([grant], { grants: ["c", "d"] })).toThrow('the log knows no grant "d"');
  });

  it("takes the highest generation for the living one, in whatever order the answers ended", () => {
    const log = [
      grant,
      refresh(2, 5, 6, { issued: "token-3", issuedGeneration: 3 }),
      refresh(3, 0, 9, { issued: "token-2", issuedGeneration: 2 }),
    ];
    const stored = ["token-1", "token-2", "token-3"].map((fingerprint) => ({
      connectionId: "c",
      fingerprint,
    }));
    expect(compareWithStore(log, stored).all.map(({ standing }) => standing)).toEqual([
      "superseded",
      "superseded",
      "live",
    ]);
  });
});
