import { beforeAll, expect, it } from "vitest";
import type { Database } from "../../src/store/index.ts";
import { HOUR, MINUTE } from "../../src/time.ts";
import { describeEachStore, moveClock } from "../support/database.ts";
import { oauthError } from "../support/provider.ts";
import { createTokenFixture, refusal } from "./token-fixture.ts";

const untilDone = new AbortController().signal;

describeEachStore("tokens that a vendor splits", (backend) => {
  let database: Database;
  beforeAll(async () => {
    database = await backend.open();
  });

  it("are had by name; without a name GetToken answers the main one", async () => {
    const { tokens, authorize } = await createTokenFixture(database);
    const selector = await authorize({ more: ["bot", "user"] });
    const main = await tokens.getToken(selector);
    const bot = await tokens.getToken({ ...selector, tokenName: "bot", requiredScopes: ["bot:read"] });
    const user = await tokens.getToken({ ...selector, tokenName: "user" });
    expect(main.scopes).toEqual(["read", "write"]);
    expect(user.scopes).toEqual(["user:read"]);
    expect(new Set([main, bot, user].map(({ accessToken }) => accessToken)).size).toBe(3);
    expect(new Set([main, bot, user].map(({ version }) => version)).size).toBe(3);
    expect(await refusal(tokens.getToken({ ...selector, requiredScopes: ["bot:read"] }))).toMatchObject({
      code: "MISSING_SCOPES",
    });
  });

  it("have the scopes that were asked for with their prefix, and without it", async () => {
    const { registration } = await createTokenFixture(database);
    const definition = {
      authorizeRequest: {
        ...registration.definition.authorizeRequest,
        secondScope: { parameter: "user_scope", prefix: "user:" },
      },
    };
    const other = await createTokenFixture(database, { definition });
    const selector = await other.authorize({ more: ["user"] });
    const named = { ...selector, tokenName: "user" };
    for (const scope of ["user:read", "read"])
      await other.tokens.getToken({ ...named, requiredScopes: [scope] });
    const missing = { code: "MISSING_SCOPES", metadata: { missing_scopes: "search" } };
    expect(await refusal(other.tokens.getToken({ ...named, requiredScopes: ["user:search"] }))).toMatchObject(
      missing,
    );
    expect(
      await refusal(other.tokens.getToken({ ...selector, requiredScopes: ["user:read"] })),
    ).toMatchObject({
      metadata: { missing_scopes: "user:read" },
    });
  });

  it("are listed with the connection", async () => {
    const { tokens, authorize } = await createTokenFixture(database);
    const selector = await authorize({ more: ["user", "bot"] });
    expect((await tokens.getConnection(selector)).tokenNames).toEqual(["bot", "user"]);
    expect((await tokens.getConnection(await authorize())).tokenNames).toEqual([]);
  });

  it("say which there are when another is asked for; an unknown connection says nothing", async () => {
    const { tokens, authorize } = await createTokenFixture(database);
    const selector = await authorize({ more: ["user", "bot"] });
    expect(await refusal(tokens.getToken({ ...selector, tokenName: "page" }))).toMatchObject({
      code: "CONNECTION_NOT_FOUND",
      metadata: { token_names: "bot user" },
    });
    const foreign = { ...selector, userId: "somebody else", tokenName: "bot" };
    expect(await refusal(tokens.getToken(foreign))).toMatchObject({
      code: "CONNECTION_NOT_FOUND",
      metadata: {},
    });
  });

  it("are refreshed on read each with its own refresh token", async () => {
    const { tokens, authorize, calls } = await createTokenFixture(database);
    const selector = await authorize({ more: ["user"], expiresInSeconds: 60 });
    const [main, user] = [
      await tokens.getToken(selector),
      await tokens.getToken({ ...selector, tokenName: "user" }),
    ];
    expect(calls()).toBe(2);
    expect(main.scopes).toEqual(["read", "write"]);
    expect(user.scopes).toEqual(["user:read"]);
    expect((await tokens.getToken({ ...selector, tokenName: "user" })).version).toBe(user.version);
  });

  it("are refreshed by the sweep, and one that the vendor rejects leaves the others alone", async () => {
    const { tokens, authorize, provider, row } = await createTokenFixture(database);
    const selector = await authorize({ more: ["bot", "user"] });
    await tokens.getToken(selector);
    provider.grants.end(`${selector.connectionId} user`);
    await moveClock(database, 55 * MINUTE);
    await tokens.sweep(untilDone);
    expect((await row(selector)).status).toBe("active");
    expect((await row(selector)).fromRefresh).toBe(true);
    expect((await row(selector, "bot")).fromRefresh).toBe(true);
    expect((await row(selector, "user")).status).toBe("needs_reauth");
    await moveClock(database, HOUR);
    expect(await refusal(tokens.getToken({ ...selector, tokenName: "user" }))).toMatchObject({
      code: "REAUTHORIZATION_REQUIRED",
    });
  });

  it("are replaced when a resource refused them, and only then", async () => {
    const { tokens, authorize } = await createTokenFixture(database);
    const selector = await authorize({ more: ["user"] });
    const named = { ...selector, tokenName: "user" };
    const [main, user] = [await tokens.getToken(selector), await tokens.getToken(named)];
    const next = await tokens.getToken({ ...named, rejectedVersion: user.version });
    expect(next.version).toBeGreaterThan(user.version);
    expect((await tokens.getToken(selector)).version).toBe(main.version);
  });

  it("are all replaced by a new authorization, and what it does not bring is gone", async () => {
    const { tokens, authorize } = await createTokenFixture(database);
    const selector = await authorize({ more: ["bot", "user"] });
    const before = await tokens.getToken({ ...selector, tokenName: "user" });
    await authorize({ selector, more: ["user"] });
    const after = await tokens.getToken({ ...selector, tokenName: "user" });
    expect(after.version).toBeGreaterThan(before.version);
    expect(after.accessToken).not.toBe(before.accessToken);
    expect((await tokens.getConnection(selector)).tokenNames).toEqual(["user"]);
    expect(await refusal(tokens.getToken({ ...selector, tokenName: "bot" }))).toMatchObject({
      code: "CONNECTION_NOT_FOUND",
    });
  });

  it("are gone when an import replaces the grant", async () => {
    const { tokens, authorize } = await createTokenFixture(database);
    const selector = await authorize({ more: ["bot"] });
    const { version } = await tokens.getToken(selector);
    await tokens.importToken({ ...selector, accessToken: "imported", replaceVersion: version });
    expect((await tokens.getConnection(selector)).tokenNames).toEqual([]);
  });

  it("end together, here and at the vendor", async () => {
    const { tokens, authorize, provider } = await createTokenFixture(database);
    const selector = await authorize({ more: ["bot", "user"] });
    expect(provider.grants.size).toBe(3);
    expect(await tokens.revokeConnection(selector)).toBe("done");
    expect(provider.grants.size).toBe(0);
    for (const tokenName of ["", "bot", "user"]) {
      expect(await refusal(tokens.getToken({ ...selector, tokenName }))).toMatchObject({
        code: "CONNECTION_NOT_FOUND",
        metadata: {},
      });
    }
  });

  it("count as one connection where they are listed", async () => {
    const { tokens, authorize } = await createTokenFixture(database);
    const selector = await authorize({ more: ["bot", "user"] });
    const { connections } = await tokens.listConnections({ provider: selector.provider });
    expect(connections).toHaveLength(1);
  });

  it("fail each for itself at a vendor that is away", async () => {
    const { tokens, authorize, provider } = await createTokenFixture(database);
    const selector = await authorize({ more: ["user"], expiresInSeconds: 0 });
    provider.script("token", oauthError("temporarily_unavailable", 503));
    expect(await refusal(tokens.getToken({ ...selector, tokenName: "user" }))).toMatchObject({
      code: "PROVIDER_UNAVAILABLE",
    });
    provider.always("token", undefined);
    expect((await tokens.getConnection(selector)).lastError).toBeUndefined();
  });
});

describeEachStore("what GetToken and GetConnection tell of an account", (backend) => {
  it("is where the API is, which origins may have the token, and whose account it is", async () => {
    const { tokens, authorize, registration } = await createTokenFixture(await backend.open(), {
      definition: {
        metadata: [
          { name: "api_domain", from: "token", path: "api_domain", role: "host" },
          { name: "team_id", from: "token", path: "team.id", role: "tenant" },
          { name: "team", from: "token", path: "team.name", role: "label" },
        ],
        usage: {
          headerName: "X-Acme-Token",
          headerPrefix: "",
          apiBaseUrl: "https://api.acme.example/v2",
          allowedOrigins: ["https://files.acme.example"],
        },
      },
    });
    expect(registration.definition.usage.headerName).toBe("X-Acme-Token");
    const metadata = { api_domain: "https://eu.acme.example", team_id: "T1", team: "Acme workspace" };
    const selector = await authorize({ metadata, more: ["user"] });
    for (const tokenName of ["", "user"]) {
      const token = await tokens.getToken({ ...selector, tokenName });
      expect(token.providerMetadata).toEqual(metadata);
      expect(token.usage).toEqual({
        headerName: "X-Acme-Token",
        headerPrefix: "",
        apiBaseUrl: "https://eu.acme.example/v2",
        allowedOrigins: ["https://files.acme.example", "https://api.acme.example", "https://eu.acme.example"],
      });
      expect(token.refreshAfter?.getTime()).toBeGreaterThan(Date.now() + 50 * MINUTE);
      expect(token.refreshAfter?.getTime()).toBeLessThan(token.expiresAt!.getTime());
    }
    expect((await tokens.getConnection(selector)).accountLabel).toBe("Acme workspace");
    const { connections } = await tokens.listConnections({ provider: selector.provider });
    expect(connections.map(({ accountLabel }) => accountLabel)).toEqual(["Acme workspace"]);
    await authorize({ selector });
    expect((await tokens.getConnection(selector)).accountLabel).toBe("");
  });
});
