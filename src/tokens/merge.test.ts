import { describe, expect, it } from "vitest";
import { minutesAfter, tokenRow } from "../../test/support/token-row.ts";
import { plainDefinition, type RefreshRules } from "../catalog/index.ts";
import type { TokenSet } from "../oauth/index.ts";
import { authorizedToken, type MergeContext, refreshedUpdate } from "./merge.ts";

const context = (rules: Partial<RefreshRules> = {}): MergeContext => ({
  rules: { ...plainDefinition({ name: "acme", authorizeUrl: "", tokenUrl: "" }).refresh, ...rules },
  sweepHorizonMs: 600_000,
});

const answer = (changes: Partial<TokenSet> = {}): TokenSet => ({
  accessToken: "new",
  tokenType: "Bearer",
  refreshToken: undefined,
  expiresInSeconds: 3600,
  refreshExpiresInSeconds: undefined,
  scopes: undefined,
  raw: "{}",
  metadata: {},
  ...changes,
});

describe("refreshedUpdate", () => {
  it("changes what the answer speaks of and keeps the rest", () => {
    const row = tokenRow({ scopes: ["a", "b"], providerMetadata: { tenant: "1", region: "eu" } });
    const silent = refreshedUpdate(row, answer({ expiresInSeconds: undefined }), context(), 7);
    expect(silent).toEqual({
      accessToken: "new",
      refreshToken: undefined,
      raw: "{}",
      tokenType: "Bearer",
      scopes: ["a", "b"],
      providerMetadata: undefined,
      receivedAgoMs: 7,
      expires: undefined,
      nextRefresh: undefined,
      refreshExpires: undefined,
    });
    const spoken = answer({ refreshToken: "rotated", scopes: ["a"], metadata: { region: "us" } });
    expect(refreshedUpdate(row, spoken, context(), 0)).toMatchObject({
      refreshToken: "rotated",
      scopes: ["a"],
      providerMetadata: { tenant: "1", region: "us" },
      expires: { afterSeconds: 3600 },
    });
  });

  it.each([
    [3600, {}, 3000],
    [3000, {}, 2400],
    [300, {}, 240],
    [0, {}, 0],
    [3600, { notBeforeExpirySeconds: 60 }, 3540],
  ])("lets the sweep come to a token of %i s with %j after %i s", (expiresInSeconds, rules, afterSeconds) => {
    const update = refreshedUpdate(tokenRow(), answer({ expiresInSeconds }), context(rules), 0);
    expect(update.nextRefresh).toEqual({ afterSeconds });
  });

  it("renews what an idle refresh token has left, within the absolute limit", () => {
    const row = tokenRow({ authorizedAt: minutesAfter(0), now: minutesAfter(30) });
    const expiryWith = (rules: Partial<RefreshRules>, changes: Partial<TokenSet> = {}) =>
      refreshedUpdate(row, answer(changes), context(rules), 0).refreshExpires;
    expect(expiryWith({})).toBeUndefined();
    expect(expiryWith({ lifetimeSeconds: 7200 })).toBeUndefined();
    expect(expiryWith({ idleLifetimeSeconds: 3600 })).toEqual({ afterSeconds: 3600 });
    expect(expiryWith({ idleLifetimeSeconds: 3600, lifetimeSeconds: 3600 })).toEqual({
      at: minutesAfter(60),
    });
    expect(expiryWith({ idleLifetimeSeconds: 3600 }, { refreshExpiresInSeconds: 5 })).toEqual({
      afterSeconds: 5,
    });
  });
});

describe("authorizedToken", () => {
  const authorized = (changes: Partial<TokenSet>, rules: Partial<RefreshRules> = {}) =>
    authorizedToken(
      {
        answer: answer(changes),
        requestedScopes: ["read", "write"],
        pins: tokenRow().pins,
        labels: undefined,
        callbackMetadata: { realm: "1", kept: "yes" },
        metadataRules: [{ name: "team", from: "token", path: "team", role: "label" }],
      },
      context(rules),
      0,
    );

  it("takes the scopes that were asked for where the answer lists none", () => {
    expect(authorized({}).scopes).toEqual(["read", "write"]);
    expect(authorized({ scopes: ["read"] })).toMatchObject({
      scopes: ["read"],
      requestedScopes: ["read", "write"],
    });
  });

  it("lets the token answer speak before the callback", () => {
    expect(authorized({ metadata: { realm: "2" } }).providerMetadata).toEqual({ realm: "2", kept: "yes" });
  });

  it("is named after the account, as the vendor calls it", () => {
    expect(authorized({}).accountLabel).toBe("");
    expect(authorized({ metadata: { team: "Acme" } }).accountLabel).toBe("Acme");
  });

  it("stores what a vendor splits as tokens of their own", () => {
    const { accessToken: _, ...rest } = answer();
    const user = { ...rest, name: "user", accessToken: "u", scopes: ["search"], metadata: { user_id: "U1" } };
    const page = { ...rest, name: "page", accessToken: "p", refreshToken: "pr", expiresInSeconds: 300 };
    const { named, providerMetadata } = authorized({ more: [user, page], metadata: { realm: "2" } });
    expect(providerMetadata).toEqual({ realm: "2", kept: "yes" });
    expect(named).toMatchObject([
      {
        name: "user",
        accessToken: "u",
        refreshToken: undefined,
        scopes: ["search"],
        providerMetadata: { realm: "2", kept: "yes", user_id: "U1" },
        nextRefresh: undefined,
      },
      { name: "page", refreshToken: "pr", scopes: ["read", "write"], nextRefresh: { afterSeconds: 0 } },
    ]);
    expect(authorized({}).named).toEqual([]);
  });

  it("is not swept without a refresh token, and is in full time with one", () => {
    expect(authorized({}).nextRefresh).toBeUndefined();
    expect(authorized({ refreshToken: "r", expiresInSeconds: 300 }).nextRefresh).toEqual({ afterSeconds: 0 });
  });

  it("knows when the refresh token ends: by the answer, else by the nearer of the catalog's limits", () => {
    const limits = { lifetimeSeconds: 100, idleLifetimeSeconds: 50 };
    expect(authorized({ refreshToken: "r" }, limits).refreshExpires).toEqual({ afterSeconds: 50 });
    expect(authorized({}, limits).refreshExpires).toBeUndefined();
    expect(authorized({ refreshToken: "r", refreshExpiresInSeconds: 7 }, limits).refreshExpires).toEqual({
      afterSeconds: 7,
    });
  });
});
