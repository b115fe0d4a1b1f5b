import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { defaultSettings } from "../settings.ts";
import type { GrantRules } from "./grant.ts";
import { createGrants, type Grants, type GrantView } from "./grants.ts";

interface Bench {
  readonly grants: Grants;
  readonly rules: GrantRules;
  /** Moves the clock. */
  readonly pass: (ms: number) => void;
  readonly ended: GrantView[];
}

const create = (changes: Partial<GrantRules> = {}): Bench => {
  let nowMs = 1_000_000;
  const rules: GrantRules = { ...defaultSettings, ...changes };
  const ended: GrantView[] = [];
  const grants = createGrants({
    rules,
    now: () => nowMs,
    idPrefix: "g-",
    onEnded: (grant) => ended.push(grant),
  });
  return { grants, rules, ended, pass: (ms) => (nowMs += ms) };
};

const client = { clientId: "client" };

/** What a refresh was told, or its new refresh token's generation. */
const spend = (grants: Grants, token: string, clientId = "client") => {
  const outcome = grants.refresh(token, clientId);
  return "issued" in outcome
    ? [outcome.verdict, outcome.issued.generation]
    : [outcome.verdict, outcome.reason];
};

const next = (grants: Grants, token: string): string => {
  const outcome = grants.refresh(token, "client");
  if (!("issued" in outcome)) throw new Error(`refused: ${outcome.reason}`);
  return outcome.issued.refreshToken ?? "";
};

describe("a rotating vendor", () => {
  it("accepts each refresh token once", () => {
    const { grants } = create();
    const { refreshToken: first = "" } = grants.open(client);
    const second = next(grants, first);
    expect(second).not.toBe(first);
    expect(spend(grants, first)).toEqual(["reuse_detected", "spent"]);
    expect(grants.isLiveRefreshToken(second)).toBe(true);
    expect(spend(grants, second)).toEqual(["issued", 3]);
  });

  it("accepts a spent one within its grace, with the living successor, and not a moment longer", () => {
    const { grants, pass } = create({ graceMs: 5000 });
    const { refreshToken: first = "" } = grants.open(client);
    const second = next(grants, first);
    pass(4999);
    expect(next(grants, first)).toBe(second);
    expect(spend(grants, first)).toEqual(["grace_replay", 2]);
    pass(1);
    expect(spend(grants, first)).toEqual(["reuse_detected", "spent"]);
  });

  it("ends the whole family when one comes back after its grace, however old", () => {
    const { grants, ended, pass } = create({ graceMs: 1000, revokeFamilyOnReuse: true });
    const { grantId, accessToken, refreshToken: first = "" } = grants.open(client);
    const third = next(grants, next(grants, first));
    pass(1000);
    expect(grants.subjectOf(accessToken)).toBe("subject-1");
    expect(spend(grants, first)).toEqual(["reuse_detected", "spent"]);
    expect(ended).toMatchObject([{ grantId, ended: "reuse", generation: 3 }]);
    expect(spend(grants, third)).toEqual(["rejected", "ended"]);
    expect(grants.subjectOf(accessToken)).toBeUndefined();
    expect(grants.size).toBe(0);
  });

  it("does not let another client spend, or burn, a token", () => {
    const { grants } = create({ revokeFamilyOnReuse: true });
    const { refreshToken = "" } = grants.open(client);
    expect(spend(grants, refreshToken, "other")).toEqual(["rejected", "wrong_client"]);
    expect(spend(grants, refreshToken)).toEqual(["issued", 2]);
    expect(spend(grants, "rt-made-up")).toEqual(["rejected", "unknown_token"]);
  });

  it("has one living token for each living grant, and none in a family that was reused", () => {
    const action = fc.record({ grant: fc.nat(2), token: fc.nat(5), passMs: fc.nat(2000) });
    fc.assert(
      fc.property(fc.array(action, { maxLength: 60 }), fc.nat(1500), (actions, graceMs) => {
        const { grants, pass, ended } = create({ graceMs, revokeFamilyOnReuse: true });
        const known = [0, 1, 2].map(() => [grants.open(client).refreshToken ?? ""]);
        for (const { grant, token, passMs } of actions) {
          pass(passMs);
          const tokens = known[grant] ?? [];
          const presented = tokens[token % tokens.length] ?? "";
          const before = grants.generationOf(presented) ?? 0;
          const wasLive = grants.isLiveRefreshToken(presented);
          const outcome = grants.refresh(presented, "client");
          if ("issued" in outcome) {
            expect(outcome.verdict).toBe(wasLive ? "issued" : "grace_replay");
            expect(outcome.issued.generation).toBe(before + (wasLive ? 1 : 0));
            tokens.push(outcome.issued.refreshToken ?? "");
          }
          const alive = tokens.filter((one) => grants.isLiveRefreshToken(one));
          expect(new Set(alive).size).toBe(grants.generationOf(tokens[0] ?? "") === undefined ? 0 : 1);
        }
        expect(grants.size).toBe(3 - ended.length);
      }),
    );
  });
});

describe("a grant", () => {
  it("keeps its refresh token where the vendor does not rotate", () => {
    const { grants } = create({ rotation: false });
    const { refreshToken = "" } = grants.open(client);
    expect(next(grants, refreshToken)).toBe(refreshToken);
    expect(grants.holderOf(refreshToken)?.generation).toBe(2);
    expect(grants.isLiveRefreshToken(refreshToken)).toBe(true);
  });

  it("ends at its age, refreshed or not", () => {
    const { grants, pass, ended } = create({ refreshLifetimeSeconds: 100 });
    let { refreshToken = "", refreshExpiresInSeconds } = grants.open(client);
    expect(refreshExpiresInSeconds).toBe(100);
    pass(60_000);
    refreshToken = next(grants, refreshToken);
    expect(grants.views()[0]?.ended).toBeUndefined();
    pass(40_000);
    expect(grants.isLiveRefreshToken(refreshToken)).toBe(false);
    expect(grants.views()[0]?.ended).toBe("lifetime");
    expect(spend(grants, refreshToken)).toEqual(["rejected", "ended"]);
    expect(ended.map((grant) => grant.ended)).toEqual(["lifetime"]);
  });

  it("ends when it lies idle", () => {
    const { grants, pass, ended } = create({ refreshIdleSeconds: 100 });
    let { refreshToken = "" } = grants.open(client);
    for (let turn = 0; turn < 3; turn += 1) {
      pass(99_999);
      refreshToken = next(grants, refreshToken);
    }
    pass(100_000);
    expect(spend(grants, refreshToken)).toEqual(["rejected", "ended"]);
    expect(ended.map((grant) => grant.ended)).toEqual(["idle"]);
  });

  it("is not refreshed before its time", () => {
    const { grants, pass } = create({ refreshNotBeforeSeconds: 10 });
    const { refreshToken = "" } = grants.open(client);
    pass(9999);
    expect(spend(grants, refreshToken)).toEqual(["rejected", "too_early"]);
    pass(1);
    expect(spend(grants, refreshToken)).toEqual(["issued", 2]);
  });

  it("ends when its person has opened too many", () => {
    const { grants, ended } = create({ grantsPerSubject: 2 });
    const ids = [1, 2, 3].map(() => grants.open({ ...client, subject: "ada" }).grantId);
    grants.open({ ...client, subject: "grace" });
    expect(ended.map(({ grantId, ended: reason }) => [grantId, reason])).toEqual([[ids[0], "limit"]]);
    expect(grants.size).toBe(3);
  });

  it("is narrowed by a refresh that asks for less, and refuses more without spending the token", () => {
    const { grants } = create();
    const { refreshToken = "" } = grants.open({ ...client, scopes: ["a", "b"] });
    expect(grants.refresh(refreshToken, "client", ["a", "c"])).toMatchObject({ error: "invalid_scope" });
    expect(grants.refresh(refreshToken, "client", ["b"])).toMatchObject({ issued: { scopes: ["b"] } });
  });

  it("is ended by label, by revocation, and with all others", () => {
    const { grants, ended } = create();
    grants.open({ ...client, label: "connection-1" });
    const { refreshToken = "", grantId } = grants.open(client);
    grants.open(client);
    expect([grants.end("connection-1"), grants.end("connection-1"), grants.end("nobody")]).toEqual([
      true,
      false,
      false,
    ]);
    expect(grants.revoke(refreshToken)).toEqual({ grantId, label: undefined, generation: 1 });
    expect(grants.revoke("rt-made-up")).toBeUndefined();
    grants.revokeAll();
    expect(ended.map((grant) => grant.ended)).toEqual(["withdrawn", "revoked", "withdrawn"]);
  });
});

describe("an access token", () => {
  it("works as long as expires_in says, or shorter where the vendor lies", () => {
    const { grants, pass, rules } = create({ expiresInSeconds: 10 });
    const { accessToken } = grants.open(client);
    rules.accessLifetimeSeconds = 4;
    const { accessToken: short } = grants.open(client);
    pass(4000);
    expect([grants.subjectOf(accessToken), grants.subjectOf(short)]).toEqual(["subject-1", undefined]);
    pass(6000);
    expect(grants.subjectOf(accessToken)).toBeUndefined();
  });

  it("ends with the next refresh where the vendor says so, and alone when it is revoked", () => {
    const { grants, rules } = create();
    const { accessToken: first, refreshToken = "" } = grants.open(client);
    const second = next(grants, refreshToken);
    expect(grants.subjectOf(first)).toBe("subject-1");
    grants.revoke(first);
    expect(grants.subjectOf(first)).toBeUndefined();
    const { accessToken: other, refreshToken: othersToken = "" } = grants.open(client);
    rules.killAccessTokenOnRefresh = true;
    next(grants, othersToken);
    expect(grants.subjectOf(other)).toBeUndefined();
    expect(grants.isLiveRefreshToken(second)).toBe(true);
  });
});
