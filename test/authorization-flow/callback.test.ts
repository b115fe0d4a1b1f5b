import { randomUUID } from "node:crypto";
import { beforeAll, describe, expect, it } from "vitest";
import { generateFernetKey, parseKeyRing, sha256Hex } from "../../src/crypto/index.ts";
import { BrokerError } from "../../src/errors.ts";
import { type AuthorizationRow, createStore, type Database } from "../../src/store/index.ts";
import { silentLogger } from "../../src/telemetry/index.ts";
import { getRaw } from "../http-callback/raw-request.ts";
import { describeEachStore, moveClock } from "../support/database.ts";
import { createFlowFixture, type FlowFixture, RETURN_URI } from "./flow-fixture.ts";

describeEachStore("handleCallback", (stores) => {
  let database: Database;
  beforeAll(async () => {
    database = await stores.open();
  });
  const fixtureOf = (options?: Parameters<typeof createFlowFixture>[1]): Promise<FlowFixture> =>
    createFlowFixture(database, options);

  const withParams = (url: URL, changes: Record<string, string | undefined>): URL => {
    const changed = new URL(url);
    for (const [name, value] of Object.entries(changes)) {
      if (value === undefined) changed.searchParams.delete(name);
      else changed.searchParams.set(name, value);
    }
    return changed;
  };
  const elsewhere = (url: URL, pathname: string): URL => Object.assign(new URL(url), { pathname });

  const expectInvalid = async (fixture: FlowFixture, url: URL): Promise<void> => {
    const fixed = await fixture.visit(new URL("http://localhost/connect/callback/acme?state=unknown"));
    const visit = await fixture.visit(url);
    expect([visit.status, visit.location]).toEqual([400, undefined]);
    expect(visit.body).toBe(fixed.body);
  };
  const expectNoExchange = ({ provider }: FlowFixture): void =>
    expect(provider.requestsTo("token")).toHaveLength(0);

  describe("automatic completion", () => {
    it("exchanges, stores, and sends the person back", async () => {
      const fixture = await fixtureOf();
      const { request, callback, authorizationId } = await fixture.consent({ labels: { team: "a" } });
      expect(await fixture.statusOf(authorizationId)).toBe("pending");
      const visit = await fixture.visit(callback);
      expect(visit.status).toBe(303);
      expect(visit.location).toBe(`${RETURN_URI}&success=true&connection_id=${request.connectionId}`);
      expect(await fixture.statusOf(authorizationId)).toBe("succeeded");
      const [exchange] = fixture.provider.requestsTo("token");
      expect(exchange).toMatchObject({
        verdict: "issued",
        client: { method: "basic", clientId: "client" },
        params: {
          grant_type: "authorization_code",
          redirect_uri: "http://localhost/connect/callback/acme",
          code_verifier: expect.stringMatching(/^[A-Za-z0-9_-]{43}$/),
        },
      });
      expect(await fixture.tokenOf(request)).toMatchObject({
        status: "active",
        scopes: ["read", "write"],
        labels: { team: "a" },
        pins: { registrationId: "code:acme", clientId: "client", tokenUrl: fixture.provider.tokenUrl },
      });
    });

    it("takes a form post", async () => {
      const fixture = await fixtureOf();
      const { callback, request } = await fixture.consent();
      const bare = new URL(callback);
      bare.search = "";
      const visit = await fixture.visit(bare, { method: "POST", body: callback.searchParams });
      expect([visit.status, visit.query?.["success"]]).toEqual([303, "true"]);
      expect(await fixture.tokenOf(request)).toBeDefined();
    });

    it("shows a page where there is no address to return to", async () => {
      const fixture = await fixtureOf();
      const { callback } = await fixture.consent({ redirectUri: "" });
      const visit = await fixture.visit(callback);
      expect([visit.status, visit.location]).toEqual([200, undefined]);
      expect(visit.body).toContain("You are connected");
    });

    it("returns to a custom scheme", async () => {
      const fixture = await fixtureOf();
      const { callback, request } = await fixture.consent({ redirectUri: "com.example.app:/done?x=1" });
      const answer = await getRaw(fixture.callbackPort, callback.pathname + callback.search);
      expect(answer.headers.get("location")).toBe(
        `com.example.app:/done?x=1&success=true&connection_id=${request.connectionId}`,
      );
    });

    it("keeps namespaces apart", async () => {
      const fixture = await fixtureOf();
      const connectionId = randomUUID();
      const first = await fixture.consent({ connectionId, namespace: "team-a" });
      await fixture.visit(first.callback);
      expect(await fixture.tokenOf({ ...first.request, namespace: "team-a" })).toBeDefined();
      expect(await fixture.tokenOf({ ...first.request, namespace: "team-b" })).toBeUndefined();
      await expect(fixture.statusOf(first.authorizationId, "team-b")).rejects.toMatchObject({
        code: "AUTHORIZATION_NOT_FOUND",
      });
    });

    it("keeps of the answer what the catalog names", async () => {
      const fixture = await fixtureOf({
        registration: { template: "quickbooks" },
      });
      const { callback, request } = await fixture.consent();
      await fixture.visit(withParams(callback, { realmId: "9130", other: "x" }));
      expect((await fixture.tokenOf(request))?.providerMetadata).toMatchObject({ realmId: "9130" });
      expect((await fixture.tokenOf(request))?.providerMetadata).not.toHaveProperty("other");
    });

    it("causes one exchange out of fifty equal callbacks", async () => {
      const fixture = await fixtureOf();
      const { callback } = await fixture.consent();
      const visits = await Promise.all(Array.from({ length: 50 }, () => fixture.visit(callback)));
      const statuses = visits.map(({ status }) => status).toSorted((a, b) => a - b);
      expect(statuses).toEqual([303, ...Array.from({ length: 49 }, () => 400)]);
      expect(fixture.provider.requestsTo("token")).toHaveLength(1);
    });
  });

  describe("what names no flow", () => {
    it("is one answer: missing, repeated and malformed parameters", async () => {
      const fixture = await fixtureOf();
      const { callback, request } = await fixture.consent();
      const { searchParams } = callback;
      const [code, state] = [searchParams.get("code"), searchParams.get("state")];
      for (const query of [
        "",
        `state=${state}`,
        `code=${code}`,
        `code=${code}&code=${code}&state=${state}`,
        `code=${code}&state=${state}&state=${state}`,
        `code=${code}&state[]=${state}`,
        `code=${code}&state%5B%5D=${state}`,
        `code=${code}&state=${state}&state[]=x`,
        `code=%zz&state=${state}`,
        `code=${code}%00&state=${state}`,
        `code=%C0%AF&state=${state}`,
        `code=${code}&state=${state}%00`,
        `code=${code}&state=${state}&x=%ED%A0%80`,
        `code=${"a".repeat(9000)}&state=${state}`,
      ]) {
        const answer = await getRaw(fixture.callbackPort, `/connect/callback/acme?${query}`);
        const fixed = await getRaw(fixture.callbackPort, "/connect/callback/acme?x=1");
        expect([query, answer.status, answer.body]).toEqual([query, 400, fixed.body]);
      }
      expectNoExchange(fixture);
      expect((await fixture.visit(callback)).query?.["success"]).toBe("true");
      expect(await fixture.tokenOf(request)).toBeDefined();
    });

    it("is one answer: unknown, expired, used and foreign states", async () => {
      const fixture = await fixtureOf({ others: [otherOf(fixtureProviderUrls)] });
      const unknown = await fixture.consent();
      await expectInvalid(fixture, withParams(unknown.callback, { state: "A".repeat(43) }));
      expectNoExchange(fixture);

      const used = await fixture.consent();
      await fixture.visit(used.callback);
      await expectInvalid(fixture, used.callback);
      expect(fixture.provider.requestsTo("token")).toHaveLength(1);

      const foreign = await fixture.consent();
      await expectInvalid(fixture, elsewhere(foreign.callback, "/connect/callback/other"));
      const otherNamespace = await fixture.consent();
      await expectInvalid(fixture, elsewhere(otherNamespace.callback, "/connect/callback/team-a/acme"));
      const fromNamespace = await fixture.consent({ namespace: "team-a" });
      await expectInvalid(fixture, elsewhere(fromNamespace.callback, "/connect/callback/acme"));
      expect(fixture.provider.requestsTo("token")).toHaveLength(1);

      const expired = await fixture.consent();
      await moveClock(database, 601_000);
      await expectInvalid(fixture, expired.callback);
      expect(fixture.provider.requestsTo("token")).toHaveLength(1);
      expect(await fixture.statusOf(expired.authorizationId)).toBe("expired");
      expect(await fixture.tokenOf(expired.request)).toBeUndefined();
    });

    const fixtureProviderUrls = "https://other.example";
    const otherOf = (base: string) => ({
      name: "other",
      authorizeUrl: `${base}/authorize`,
      tokenUrl: `${base}/token`,
      clientId: "client",
      clientSecret: "not-used",
    });

    it("ends the flow whose state came to another provider's callback", async () => {
      const fixture = await fixtureOf();
      const { callback, authorizationId } = await fixture.consent();
      await expectInvalid(fixture, elsewhere(callback, "/connect/callback/other"));
      await expectInvalid(fixture, callback);
      await expect.poll(() => fixture.statusOf(authorizationId)).toBe("failed ISSUER_MISMATCH");
      expectNoExchange(fixture);
    });

    it("asks the database exactly once, whatever the state is", async () => {
      const statements: string[] = [];
      const { sql } = database;
      const counting = {
        ...sql,
        run: (name: string, text: string, parameters: Parameters<typeof sql.run>[2]) => {
          statements.push(name);
          return sql.run(name, text, parameters);
        },
      };
      const store = createStore(
        { sql: counting },
        { keyRing: parseKeyRing(generateFernetKey()), logger: silentLogger },
      );
      const counted = await fixtureOf({ store });
      const used = await counted.consent();
      await counted.visit(used.callback);
      const expired = await counted.consent();
      await moveClock(database, 601_000);
      statements.length = 0;
      for (const url of [
        withParams(used.callback, { state: "B".repeat(43) }),
        used.callback,
        expired.callback,
      ]) {
        expect((await counted.visit(url)).status).toBe(400);
      }
      expect(statements).toEqual(Array.from({ length: 3 }, () => "authorizations.consume"));
    });
  });

  describe("HEAD and prefetch", () => {
    it("spend nothing", async () => {
      const fixture = await fixtureOf();
      const { callback } = await fixture.consent();
      expect((await fixture.visit(callback, { method: "HEAD" })).status).toBe(200);
      for (const headers of [
        { "sec-purpose": "prefetch" },
        { purpose: "prefetch" },
        { "sec-purpose": "prefetch;prerender" },
      ]) {
        expect((await fixture.visit(callback, { headers })).status).toBe(503);
      }
      expectNoExchange(fixture);
      expect((await fixture.visit(callback)).query?.["success"]).toBe("true");
    });
  });

  describe("a provider's error", () => {
    it.each([
      ["access_denied", "access_denied", "ACCESS_DENIED"],
      ["invalid_scope", "invalid_scope", "INVALID_SCOPE"],
      ["temporarily_unavailable", "provider_unavailable", "PROVIDER_UNAVAILABLE"],
      ["server_error", "provider_error", "PROVIDER_ERROR"],
      ["unauthorized_client", "provider_error", "PROVIDER_ERROR"],
      ["<script>alert(1)</script>", "provider_error", "PROVIDER_ERROR"],
    ])("%s becomes %s", async (error, code, reason) => {
      const fixture = await fixtureOf();
      const { callback, request, authorizationId } = await fixture.consent();
      const text = "A+vendor's <b>own</b> words";
      const url = withParams(callback, {
        code: undefined,
        error,
        error_description: text,
        error_uri: "https://evil.example/",
      });
      const visit = await fixture.visit(url);
      expect([visit.status, visit.query]).toEqual([
        303,
        { keep: "1", error: code, connection_id: request.connectionId },
      ]);
      expect(await fixture.statusOf(authorizationId)).toBe(`failed ${reason}`);
      expect(fixture.logLines.join("\n")).not.toContain("own");
      expectNoExchange(fixture);
      await expectInvalid(fixture, callback);
    });

    it("wins over a code beside it, which is never redeemed", async () => {
      const fixture = await fixtureOf();
      const { callback, request } = await fixture.consent();
      const visit = await fixture.visit(withParams(callback, { error: "access_denied" }));
      expect(visit.query?.["error"]).toBe("access_denied");
      expectNoExchange(fixture);
      expect(await fixture.tokenOf(request)).toBeUndefined();
    });

    it("has a page where there is no address to return to", async () => {
      const fixture = await fixtureOf();
      const { callback } = await fixture.consent({ redirectUri: "" });
      const visit = await fixture.visit(withParams(callback, { code: undefined, error: "access_denied" }));
      expect([visit.status, visit.body.includes("<code>access_denied</code>")]).toEqual([200, true]);
    });
  });

  describe("iss", () => {
    const ISSUER = "https://as.example/realms/a";

    it.each([
      ["another server", "https://evil.example"],
      ["a slash more", `${ISSUER}/`],
      ["another case", ISSUER.replace("realms", "Realms")],
      ["the default port", "https://as.example:443/realms/a"],
    ])("is compared as a plain string and spends the state: %s", async (_, iss) => {
      const fixture = await fixtureOf({ registration: { issuer: ISSUER } });
      const { callback, authorizationId } = await fixture.consent();
      const visit = await fixture.visit(withParams(callback, { iss }));
      expect(visit.query?.["error"]).toBe("issuer_mismatch");
      expectNoExchange(fixture);
      expect(await fixture.statusOf(authorizationId)).toBe("failed ISSUER_MISMATCH");
      await expectInvalid(fixture, withParams(callback, { iss: ISSUER }));
    });

    it("is judged before an error is believed", async () => {
      const fixture = await fixtureOf({ registration: { issuer: ISSUER } });
      const { callback } = await fixture.consent();
      const url = withParams(callback, { error: "access_denied", iss: "https://evil.example" });
      expect((await fixture.visit(url)).query?.["error"]).toBe("issuer_mismatch");
    });

    it.each([ISSUER, undefined])("passes when it is equal, or absent and not promised: %s", async (iss) => {
      const fixture = await fixtureOf({ registration: { issuer: ISSUER } });
      const { callback } = await fixture.consent();
      expect((await fixture.visit(withParams(callback, { iss }))).query?.["success"]).toBe("true");
    });

    it("is not judged where nobody knows the issuer", async () => {
      const fixture = await fixtureOf();
      const { callback } = await fixture.consent();
      const visit = await fixture.visit(withParams(callback, { iss: "https://anything.example" }));
      expect(visit.query?.["success"]).toBe("true");
    });
  });

  describe("mix-up", () => {
    it("redeems an honest server's code at no other endpoint", async () => {
      const honest = await fixtureOf();
      const { callback, request } = await honest.consent();
      const evil = await fixtureOf({ store: honest.store });
      const stolen = await evil.consent({ provider: "acme" });
      const crossed = withParams(stolen.callback, { code: callback.searchParams.get("code") ?? "" });
      expect((await honest.visit(crossed)).query?.["error"]).toBe("exchange_failed");
      expect(await honest.tokenOf(request)).toBeUndefined();
    });
  });

  describe("a doubtful row", () => {
    it.each([
      ["the return address", "update oauth_states set redirect_uri = 'https://evil.example/' where id = $1"],
      [
        "the token endpoint",
        `update oauth_states set endpoints = endpoints || '{"tokenUrl":"https://evil.example/"}' where id = $1`,
      ],
      ["the user", "update oauth_states set user_id = 'mallory' where id = $1"],
      ["the completion", "update oauth_states set completion = 'required' where id = $1"],
      ["the verifier", "update oauth_states set code_verifier = 'gAAAAA' where id = $1"],
    ])("with %s edited leads nowhere", async (_, statement) => {
      const fixture = await fixtureOf();
      const { callback, authorizationId } = await fixture.consent();
      await database.sql.run("", statement, [authorizationId]);
      const visit = await fixture.visit(callback);
      expect([visit.status, visit.location]).toEqual([200, undefined]);
      expect(visit.body).toContain("<code>internal_error</code>");
      expectNoExchange(fixture);
      expect(await fixture.statusOf(authorizationId)).toBe("failed KEY_UNAVAILABLE");
    });
  });

  describe("trouble with the store", () => {
    it("consumes nothing while the database is away, so that the person may reload", async () => {
      const fixture = await fixtureOf();
      const { callback } = await fixture.consent();
      const away = await fixtureOf({
        flow: {
          authorizations: {
            ...fixture.store.authorizations,
            consumeByState: () => Promise.reject(new BrokerError("STORE_UNAVAILABLE", "away")),
          },
        },
      });
      expect((await away.visit(callback)).status).toBe(503);
      expect((await fixture.visit(callback)).query?.["success"]).toBe("true");
    });

    it("stores again when the database was away for a moment", async () => {
      let attempts = 0;
      const fixture = await fixtureOf({
        flow: {
          storeTokens: () => {
            attempts += 1;
            return attempts < 3
              ? Promise.reject(new BrokerError("STORE_UNAVAILABLE", "away"))
              : Promise.resolve();
          },
        },
      });
      const { callback } = await fixture.consent();
      expect((await fixture.visit(callback)).query?.["success"]).toBe("true");
      expect(attempts).toBe(3);
      expect(fixture.provider.requestsTo("token")).toHaveLength(1);
    });

    it("tells the person and the application when storing fails", async () => {
      const fixture = await fixtureOf({ flow: { storeTokens: () => Promise.reject(new Error("boom")) } });
      const { callback, authorizationId } = await fixture.consent();
      expect((await fixture.visit(callback)).query?.["error"]).toBe("internal_error");
      expect(await fixture.statusOf(authorizationId)).toBe("failed INTERNAL");
      expect(fixture.logLines.join("\n")).not.toContain("boom");
    });

    it("counts a flow as interrupted whose exchange was cut off by a crash", async () => {
      const fixture = await fixtureOf();
      const { callback, authorizationId } = await fixture.consent();
      const row = await consume(fixture, callback);
      expect(row?.id).toBe(authorizationId);
      expect(await fixture.statusOf(authorizationId)).toBe("pending");
      await moveClock(database, 60_000);
      expect(await fixture.statusOf(authorizationId)).toBe("failed EXCHANGE_INTERRUPTED");
      await expectInvalid(fixture, callback);
    });

    const consume = async ({ store }: FlowFixture, callback: URL): Promise<AuthorizationRow | undefined> => {
      return store.authorizations.consumeByState(sha256Hex(callback.searchParams.get("state") ?? ""));
    };
  });

  describe("a registration that changed in between", () => {
    it("is not followed", async () => {
      const fixture = await fixtureOf();
      const { callback, authorizationId } = await fixture.consent();
      const changed = await fixtureOf({ store: fixture.store, registration: { clientId: "another" } });
      expect((await changed.visit(callback)).query?.["error"]).toBe("exchange_failed");
      expect(await fixture.statusOf(authorizationId)).toBe("failed PROVIDER_MISCONFIGURED");
      expectNoExchange(fixture);
    });

    it("exchanges at the endpoint that was pinned", async () => {
      const fixture = await fixtureOf();
      const { callback } = await fixture.consent();
      const moved = await fixtureOf({ store: fixture.store });
      await moved.visit(callback);
      expect([
        fixture.provider.requestsTo("token").length,
        moved.provider.requestsTo("token").length,
      ]).toEqual([1, 0]);
    });
  });
});
