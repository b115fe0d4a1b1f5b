import { randomUUID } from "node:crypto";
import { beforeAll, describe, expect, it, onTestFinished } from "vitest";
import type { StartLoginRequest } from "../../src/authorization-flow/index.ts";
import { plainDefinition, type ProviderDefinition } from "../../src/catalog/index.ts";
import { callbackUrl, loginCallbackUrl, type Registration, Secret } from "../../src/config/index.ts";
import { createRegistrations } from "../../src/registrations/index.ts";
import type { Database } from "../../src/store/index.ts";
import { silentLogger } from "../../src/telemetry/index.ts";
import { SECOND } from "../../src/time.ts";
import { canary } from "../support/canaries.ts";
import { describeEachStore, moveClock } from "../support/database.ts";
import {
  type Claims,
  hashOf,
  newAccessToken,
  newSigningKey,
  type OpenIdMock,
  signedJwt,
  startOpenIdMock,
} from "../support/openid-mock.ts";
import { createFlowFixture, RETURN_URI } from "./flow-fixture.ts";

const nowSeconds = (): number => Math.floor(Date.now() / 1000);
const TENANT = "9188040d-6c67-4c5b-b112-36a304b66dad";

interface Options {
  readonly rules?: (mock: OpenIdMock) => ProviderDefinition["login"];
  readonly registration?: Partial<Registration>;
  readonly definition?: Partial<ProviderDefinition>;
}

describeEachStore("user login", (backend) => {
  let database: Database;
  beforeAll(async () => {
    database = await backend.open();
  });

  const openId = (mock: OpenIdMock): ProviderDefinition["login"] => ({
    issuer: mock.url,
    scopes: ["openid", "email"],
    idToken: { issuer: mock.url, jwksUrl: mock.jwksUrl },
  });

  const create = async ({ rules = openId, registration = {}, definition = {} }: Options = {}) => {
    const mock = await startOpenIdMock();
    onTestFinished(() => mock[Symbol.asyncDispose]());
    const plain = plainDefinition({
      name: "acme",
      authorizeUrl: `${mock.url}/authorize`,
      tokenUrl: mock.tokenUrl,
      scopes: ["read"],
    });
    const acme: Registration = {
      name: "acme",
      namespace: "",
      source: "code",
      id: "code:acme",
      template: "",
      definition: { ...plain, login: rules(mock), ...definition },
      values: {},
      clientId: "client-1",
      clientSecret: new Secret(canary("client_secret")),
      previousClientSecret: undefined,
      loginEnabled: true,
      loginTenants: [],
      ...registration,
    };
    const fixture = await createFlowFixture(database, {
      flow: {
        registrations: createRegistrations({
          registrations: [acme],
          skipped: [],
          providers: { listAll: async () => [], find: async () => undefined } as never,
          tokens: { countByRegistration: async () => 0 },
          insecureLoopback: "all",
          logger: silentLogger,
          callbackUrl: (target) => callbackUrl("http://localhost", target),
        }),
      },
    });
    const { flow } = fixture;
    const accessToken = newAccessToken();

    const start = async (changes: Partial<StartLoginRequest> = {}) => {
      const started = await flow.startLogin({
        provider: "acme",
        redirectUri: RETURN_URI,
        callerId: "caller-1",
        ...changes,
      });
      return { ...started, url: new URL(started.authorizeUrl) };
    };
    type Started = Awaited<ReturnType<typeof start>>;

    /** The person consents: the vendor's answer, at the path of logins. */
    const comeBack = (started: Started, path = "/connect/login/callback/acme", params: object = {}) => {
      const callback = new URL(`http://localhost${path}`);
      const answer = { code: canary("code"), state: started.url.searchParams.get("state"), ...params };
      for (const [name, value] of Object.entries(answer)) callback.searchParams.set(name, String(value));
      return fixture.visit(callback);
    };

    const claimsFor = (started: Started, changes: Claims = {}): Claims => ({
      iss: mock.url,
      sub: "person-1",
      aud: "client-1",
      exp: nowSeconds() + 300,
      iat: nowSeconds(),
      nonce: started.url.searchParams.get("nonce"),
      at_hash: hashOf(accessToken),
      ...changes,
    });

    const answerWith = (idToken: unknown) => {
      mock.answers["/token"] = {
        body: { access_token: accessToken, token_type: "Bearer", expires_in: 60, id_token: idToken },
      };
    };

    /** Up to the ticket that the application gets. */
    const ticketOf = async (started: Started): Promise<string> => {
      const { query } = await comeBack(started);
      return query?.["ticket"] ?? "";
    };

    const completed = (ticket: string, loginId: string, changes: object = {}) =>
      flow.completeLogin({ ticket, loginId, callerId: "caller-1", ...changes });
    const complete = async (ticket: string, loginId: string, changes: object = {}) =>
      (await completed(ticket, loginId, changes)).identity;

    /** All of it, with an ID token of these claims. */
    const login = async (changes: Claims = {}, key = mock.key) => {
      const started = await start();
      answerWith(signedJwt(key, claimsFor(started, changes)));
      return complete(await ticketOf(started), started.loginId);
    };
    return {
      ...fixture,
      mock,
      accessToken,
      start,
      comeBack,
      claimsFor,
      answerWith,
      ticketOf,
      complete,
      completed,
      login,
    };
  };

  const refusal = async (call: Promise<unknown>): Promise<{ code: string; metadata: object }> => {
    try {
      await call;
    } catch (error) {
      return error as { code: string; metadata: object };
    }
    throw new Error("the call was answered");
  };

  describe("StartLogin", () => {
    it("asks for an ID token with a nonce, for the login's own callback", async () => {
      const { start } = await create();
      const { url, loginId, expiresAt } = await start({
        loginHint: "ada@example.com",
        extraParams: { hd: "x.example" },
      });
      expect(Object.fromEntries(url.searchParams)).toMatchObject({
        response_type: "code",
        client_id: "client-1",
        redirect_uri: loginCallbackUrl("http://localhost", { namespace: "default", provider: "acme" }),
        scope: "openid email",
        code_challenge_method: "S256",
        login_hint: "ada@example.com",
        hd: "x.example",
      });
      expect(url.searchParams.get("nonce")).toMatch(/^[\w-]{43}$/);
      expect(url.searchParams.get("nonce")).not.toBe(url.searchParams.get("state"));
      expect(loginId).toMatch(/^[0-9a-f-]{36}$/);
      expect(expiresAt.getTime()).toBeGreaterThan(Date.now());
      expect(url.href).not.toContain(loginId);
    });

    it("asks for other scopes when told, and for openid in any case", async () => {
      const { start } = await create();
      const { url } = await start({ scopes: ["profile phone"] });
      expect(url.searchParams.get("scope")).toBe("openid profile phone");
    });

    it("asks for neither consent nor a refresh token: no token is kept", async () => {
      const params = { prompt: "consent", access_type: "offline", audience: "api" };
      const { authorizeRequest } = plainDefinition({ name: "acme", authorizeUrl: "", tokenUrl: "" });
      const { start } = await create({ definition: { authorizeRequest: { ...authorizeRequest, params } } });
      const { url } = await start();
      expect([...url.searchParams.keys()]).toContain("audience");
      expect([...url.searchParams.keys()]).not.toContain("prompt");
      expect([...url.searchParams.keys()]).not.toContain("access_type");
    });

    it.each<[string, Partial<StartLoginRequest>, object]>([
      [
        "an address that is not allowed",
        { redirectUri: "https://evil.example" },
        { code: "REDIRECT_URI_NOT_ALLOWED" },
      ],
      ["no address", { redirectUri: "" }, { code: "INVALID_REQUEST" }],
      ["a nonce of the caller's", { extraParams: { nonce: "x" } }, { code: "INVALID_REQUEST" }],
      ["a state of the caller's", { extraParams: { state: "x" } }, { code: "INVALID_REQUEST" }],
      ["a hint with a line break", { loginHint: "a\nb" }, { code: "INVALID_REQUEST" }],
      ["an unknown provider", { provider: "nobody" }, { code: "PROVIDER_NOT_FOUND" }],
    ])("refuses %s", async (_, changes, expected) => {
      const { start } = await create();
      expect(await refusal(start(changes))).toMatchObject(expected);
    });

    it("refuses a provider that is not offered for login, and names the variable", async () => {
      const { start } = await create({ registration: { loginEnabled: false } });
      expect(await refusal(start())).toMatchObject({
        code: "PROVIDER_NOT_FOUND",
        metadata: { missing: "CONNECT_ACME_LOGIN_ENABLED" },
      });
    });

    it("refuses a provider of which nobody says how it proves an identity", async () => {
      const { start } = await create({ rules: () => undefined });
      expect(await refusal(start())).toMatchObject({
        code: "PROVIDER_MISCONFIGURED",
        metadata: { cause: "login_not_described" },
      });
    });

    it("refuses one that serves many tenants until they are listed", async () => {
      const rules = (mock: OpenIdMock): ProviderDefinition["login"] => ({
        issuer: mock.url,
        scopes: ["openid"],
        idToken: { issuer: `${mock.url}/{tenantid}`, jwksUrl: mock.jwksUrl, tenantAllowList: true },
      });
      expect(await refusal((await create({ rules })).start())).toMatchObject({
        code: "PROVIDER_MISCONFIGURED",
        metadata: { missing: "CONNECT_ACME_LOGIN_TENANTS" },
      });
      const { start } = await create({ rules, registration: { loginTenants: [TENANT] } });
      expect((await start()).loginId).toBeTruthy();
    });
  });

  describe("the callback", () => {
    it("brings the application a ticket and nothing else, and calls nobody", async () => {
      const { start, comeBack, mock } = await create();
      const { query, status } = await comeBack(await start());
      expect(status).toBe(303);
      expect(Object.keys(query ?? {}).toSorted()).toEqual(["keep", "ticket"]);
      expect(mock.requests).toEqual([]);
    });

    it("tells a refusal in a fixed word", async () => {
      const { start, comeBack } = await create();
      const started = await start();
      const { query } = await comeBack(started, undefined, { error: "access_denied" });
      expect(query).toEqual({ keep: "1", error: "access_denied" });
    });

    it("takes a login's answer at the login's path only, and a connection's at its own", async () => {
      const { start, comeBack, consent, visit } = await create();
      expect((await comeBack(await start(), "/connect/callback/acme")).status).toBe(400);
      const { callback } = await consent().catch(() => ({ callback: undefined }));
      expect(callback).toBeUndefined();
      expect(
        (await visit(new URL("http://localhost/connect/login/callback/acme?code=a&state=b"))).status,
      ).toBe(400);
    });

    it("refuses a connection's state at the login's path, and spends it", async () => {
      const { flow, comeBack, statusOf } = await create();
      const request = {
        connectionId: randomUUID(),
        userId: "u",
        provider: "acme",
        redirectUri: RETURN_URI,
        callerId: "caller-1",
      };
      const { authorizeUrl, authorizationId } = await flow.start(request);
      const url = new URL(authorizeUrl);
      const started = { authorizeUrl, url, loginId: "", expiresAt: new Date() };
      expect((await comeBack(started)).status).toBe(400);
      expect((await comeBack(started, "/connect/callback/acme")).status).toBe(400);
      expect(await statusOf(authorizationId)).toBe("failed ISSUER_MISMATCH");
    });

    it("takes a state once", async () => {
      const { start, comeBack } = await create();
      const started = await start();
      expect((await comeBack(started)).status).toBe(303);
      expect((await comeBack(started)).status).toBe(400);
    });
  });

  describe("CompleteLogin", () => {
    it("answers who logged in, and keeps no token", async () => {
      const { login, mock, accessToken, store } = await create();
      const put = store.tokens.list({ namespace: "default", provider: "acme" }, { size: 10, token: "" });
      const before = (await put).tokens.length;
      const identity = await login({
        email: "ada@example.com",
        email_verified: true,
        name: " Ada\u202E ",
        picture: "https://img.example/a.png",
      });
      expect(identity).toEqual({
        provider: "acme",
        issuer: mock.url,
        subject: "person-1",
        email: "ada@example.com",
        emailAuthority: "provider",
        name: "Ada",
        picture: "https://img.example/a.png",
      });
      const after = await store.tokens.list(
        { namespace: "default", provider: "acme" },
        { size: 10, token: "" },
      );
      expect(after.tokens).toHaveLength(before);
      expect(JSON.stringify(identity)).not.toContain(accessToken);
      const [exchange] = mock.requests.filter(({ path }) => path === "/token");
      const sent = new URLSearchParams(exchange?.body);
      expect(sent.get("redirect_uri")).toBe("http://localhost/connect/login/callback/acme");
      expect(sent.get("code_verifier")).toMatch(/^[\w-]{43}$/);
    });

    it.each<[string, Claims, object]>([
      ["unverified", { email: "a@b.example" }, { email: "a@b.example", emailAuthority: "none" }],
      ["said to be unverified", { email: "a@b.example", email_verified: false }, { emailAuthority: "none" }],
      ["verified in words", { email: "a@b.example", email_verified: "true" }, { emailAuthority: "provider" }],
      [
        "verified in other words",
        { email: "a@b.example", email_verified: "yes" },
        { emailAuthority: "none" },
      ],
      [
        "of a domain that the provider runs",
        { email: "a@B.example", email_verified: true, hd: "b.example" },
        { emailAuthority: "verified_domain" },
      ],
      [
        "of another domain than that",
        { email: "a@c.example", email_verified: true, hd: "b.example" },
        { emailAuthority: "provider" },
      ],
      [
        "of a domain whose owner is proven",
        { email: "a@b.example", xms_edov: true },
        { emailAuthority: "verified_domain" },
      ],
      ["no address", { email: "not an address" }, { email: "", emailAuthority: "none" }],
      ["a list", { email: ["a@b.example"] }, { email: "", emailAuthority: "none" }],
      ["with a line break", { email: "a@b.example\r\nBcc: x" }, { email: "" }],
    ])("says whose word an address is: %s", async (_, claims, expected) => {
      const { login } = await create();
      expect(await login({ name: "Ada", ...claims })).toMatchObject(expected);
    });

    it.each([
      "http://img.example/a.png",
      "javascript:alert(1)",
      "data:image/png;base64,AA",
      "https://u:p@x.example/",
      7,
    ])("shows no picture at %j", async (picture) => {
      const { login } = await create();
      expect((await login({ picture, email: "a@b.example", name: "A" })).picture).toBe("");
    });

    describe("refuses, without a call to the provider,", () => {
      it.each<[string, (loginId: string) => object]>([
        ["another browser's login_id", () => ({ loginId: randomUUID() })],
        ["an empty login_id", () => ({ loginId: "" })],
        ["another caller", () => ({ callerId: "caller-2" })],
        ["another namespace", () => ({ namespace: "team-b" })],
        ["another ticket", () => ({ ticket: "t".repeat(43) })],
      ])("%s, and the right one still works", async (_, change) => {
        const { start, ticketOf, complete, answerWith, claimsFor, mock } = await create();
        const started = await start();
        const ticket = await ticketOf(started);
        expect(await refusal(complete(ticket, started.loginId, change(started.loginId)))).toMatchObject({
          code: "TICKET_REJECTED",
        });
        expect(mock.requests).toEqual([]);
        answerWith(signedJwt(mock.key, claimsFor(started)));
        expect(await complete(ticket, started.loginId)).toMatchObject({ subject: "person-1" });
      });

      it("a ticket that was used, by anybody", async () => {
        const { start, ticketOf, complete, answerWith, claimsFor, mock } = await create();
        const started = await start();
        const ticket = await ticketOf(started);
        answerWith(signedJwt(mock.key, claimsFor(started)));
        await complete(ticket, started.loginId);
        const calls = mock.requests.length;
        expect(await refusal(complete(ticket, started.loginId))).toMatchObject({
          code: "TICKET_EXPIRED",
          metadata: { cause: "used" },
        });
        expect(mock.requests).toHaveLength(calls);
      });

      it("all but one of many at once", async () => {
        const { start, ticketOf, complete, answerWith, claimsFor, mock } = await create();
        const started = await start();
        const ticket = await ticketOf(started);
        answerWith(signedJwt(mock.key, claimsFor(started)));
        const results = await Promise.allSettled(
          Array.from({ length: 10 }, () => complete(ticket, started.loginId)),
        );
        expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
        expect(mock.requestsTo("/token")).toBe(1);
      });

      it("a ticket that came after its 60 seconds", async () => {
        const { start, ticketOf, complete, mock } = await create();
        const started = await start();
        const ticket = await ticketOf(started);
        await moveClock(database, 61 * SECOND);
        expect(await refusal(complete(ticket, started.loginId))).toMatchObject({
          code: "TICKET_EXPIRED",
          metadata: {},
        });
        expect(mock.requests).toEqual([]);
      });

      it("a login's ticket where a connection is completed", async () => {
        const { flow, start, ticketOf, mock } = await create();
        const started = await start();
        const ticket = await ticketOf(started);
        for (const userId of ["", "user-1"])
          expect(await refusal(flow.complete({ ticket, userId, callerId: "caller-1" }))).toMatchObject({
            code: "TICKET_REJECTED",
          });
        expect(mock.requests).toEqual([]);
        expect(await refusal(flow.get({ authorizationId: started.loginId }))).toMatchObject({
          code: "AUTHORIZATION_NOT_FOUND",
        });
      });

      it("a connection's ticket where a login is completed", async () => {
        const { flow, comeBack, complete, mock } = await create();
        const request = {
          connectionId: randomUUID(),
          userId: "user-1",
          provider: "acme",
          redirectUri: RETURN_URI,
          callerId: "caller-1",
          completion: "required",
        } as const;
        const { authorizeUrl, authorizationId } = await flow.start(request);
        const started = {
          authorizeUrl,
          url: new URL(authorizeUrl),
          loginId: authorizationId,
          expiresAt: new Date(),
        };
        const { query } = await comeBack(started, "/connect/callback/acme");
        expect(await refusal(complete(query?.["ticket"] ?? "", authorizationId))).toMatchObject({
          code: "TICKET_REJECTED",
        });
        expect(mock.requests).toEqual([]);
      });
    });

    it.each<[string, Claims, string]>([
      ["another nonce", { nonce: "n".repeat(43) }, "nonce"],
      ["another audience", { aud: "client-2" }, "audience"],
      ["another issuer", { iss: "https://evil.example" }, "issuer"],
      ["another authorized party", { azp: "client-2" }, "authorized_party"],
      ["an end in the past", { exp: nowSeconds() - 3600 }, "expired"],
      ["another token's hash", { at_hash: hashOf("another") }, "at_hash"],
    ])("proves nobody by an ID token with %s", async (_, claims, cause) => {
      const { login, logLines, accessToken } = await create();
      const error = await refusal(login(claims));
      expect(error).toMatchObject({ code: "IDENTITY_NOT_VERIFIED", metadata: { cause } });
      expect(JSON.stringify([error, ...logLines])).not.toContain(accessToken);
      expect(logLines.join()).not.toContain("person-1");
    });

    it("keeps the tokens as a connection when it is asked to, and only once the person is proven", async () => {
      const { start, ticketOf, completed, answerWith, claimsFor, mock, store, accessToken } = await create();
      const grant = { connectionId: randomUUID(), userId: "user-1" };
      const key = { namespace: "default", provider: "acme", mcpServerUrl: "", tokenName: "", ...grant };
      const refused = await start();
      answerWith(signedJwt(newSigningKey(), claimsFor(refused)));
      await refusal(completed(await ticketOf(refused), refused.loginId, { keepTokens: grant }));
      expect(await store.tokens.find(key)).toBeUndefined();

      const started = await start();
      answerWith(signedJwt(mock.key, claimsFor(started)));
      const { identity, kept } = await completed(await ticketOf(started), started.loginId, {
        keepTokens: grant,
      });
      expect(identity.subject).toBe("person-1");
      expect(kept).toMatchObject(grant);
      const row = await store.tokens.find(key);
      expect(row && store.tokens.openAccessToken(row) === accessToken).toBe(true);
      expect(row?.pins.tokenUrl).toBe(mock.tokenUrl);
    });

    it.each([
      ["no user", { connectionId: randomUUID(), userId: "" }],
      ["no connection", { connectionId: "", userId: "user-1" }],
      ["a connection that is no UUID", { connectionId: "x", userId: "user-1" }],
    ])("spends nothing when it is asked to keep the tokens for %s", async (_, grant) => {
      const { start, ticketOf, completed, complete, answerWith, claimsFor, mock } = await create();
      const started = await start();
      const ticket = await ticketOf(started);
      expect(await refusal(completed(ticket, started.loginId, { keepTokens: grant }))).toMatchObject({
        code: "INVALID_REQUEST",
      });
      expect(mock.requests).toEqual([]);
      answerWith(signedJwt(mock.key, claimsFor(started)));
      expect((await complete(ticket, started.loginId)).subject).toBe("person-1");
    });

    it("proves nobody by an ID token of another login", async () => {
      const { start, ticketOf, complete, answerWith, claimsFor, mock } = await create();
      const [mine, other] = [await start(), await start()];
      answerWith(signedJwt(mock.key, claimsFor(other)));
      expect(await refusal(complete(await ticketOf(mine), mine.loginId))).toMatchObject({
        code: "IDENTITY_NOT_VERIFIED",
        metadata: { cause: "nonce" },
      });
    });

    it("proves nobody by another's signature, and by no token at all; the ticket is spent", async () => {
      const { login, start, ticketOf, complete, answerWith } = await create();
      expect(await refusal(login({}, newSigningKey()))).toMatchObject({ metadata: { cause: "signature" } });
      const started = await start();
      const ticket = await ticketOf(started);
      answerWith(undefined);
      expect(await refusal(complete(ticket, started.loginId))).toMatchObject({
        metadata: { cause: "no_id_token" },
      });
      expect(await refusal(complete(ticket, started.loginId))).toMatchObject({ code: "TICKET_EXPIRED" });
    });

    it.each([
      ["refuses the code", { status: 400, body: { error: "invalid_grant" } }, "EXCHANGE_FAILED"],
      ["is away", { status: 503, body: {} }, "EXCHANGE_FAILED"],
      ["answers no token", { body: {} }, "INVALID_TOKEN_RESPONSE"],
    ])("says so when the provider %s", async (_, answer, code) => {
      const { start, ticketOf, complete, mock } = await create();
      const started = await start();
      const ticket = await ticketOf(started);
      mock.answers["/token"] = answer;
      expect(await refusal(complete(ticket, started.loginId))).toMatchObject({ code });
    });
  });

  describe("of a provider with many tenants", () => {
    const rules = (mock: OpenIdMock): ProviderDefinition["login"] => ({
      issuer: mock.url,
      scopes: ["openid"],
      idToken: { issuer: `${mock.url}/{tenantid}`, jwksUrl: mock.jwksUrl, tenantAllowList: true },
    });
    const OTHER = "72f988bf-86f1-41af-91ab-2d7cd011db47";

    it("lets in people of a listed one, as that tenant's", async () => {
      const fixture = await create({ rules, registration: { loginTenants: [TENANT] } });
      const iss = `${fixture.mock.url}/${TENANT}`;
      expect(await fixture.login({ iss, tid: TENANT })).toMatchObject({ issuer: iss });
    });

    it("lets in nobody of another, whose token is otherwise good", async () => {
      const fixture = await create({ rules, registration: { loginTenants: [TENANT] } });
      const iss = `${fixture.mock.url}/${OTHER}`;
      expect(await refusal(fixture.login({ iss, tid: OTHER }))).toMatchObject({
        code: "IDENTITY_NOT_VERIFIED",
        metadata: { cause: "tenant" },
      });
    });

    it("lets in everybody when the operator says so", async () => {
      const fixture = await create({ rules, registration: { loginTenants: ["*"] } });
      const iss = `${fixture.mock.url}/${OTHER}`;
      expect(await fixture.login({ iss, tid: OTHER })).toMatchObject({ issuer: iss });
    });
  });

  describe("with the provider's own metadata, where the operator wrote its issuer down", () => {
    const issuerOf = async () => {
      const elsewhere = await startOpenIdMock();
      onTestFinished(() => elsewhere[Symbol.asyncDispose]());
      return elsewhere;
    };

    it("finds the keys, and asks userinfo for what the ID token leaves out", async () => {
      const server = await issuerOf();
      const issuer = { value: server.url, verified: false };
      const fixture = await create({ rules: () => undefined, definition: { issuer } });
      server.answers["/userinfo"] = {
        body: { sub: "person-1", email: "ada@example.com", email_verified: true, name: "Ada" },
      };
      const started = await fixture.start();
      expect(started.url.searchParams.get("scope")).toBe("openid profile email");
      fixture.answerWith(signedJwt(server.key, fixture.claimsFor(started, { iss: server.url })));
      const ticket = await fixture.ticketOf(started);
      expect(await fixture.complete(ticket, started.loginId)).toMatchObject({
        issuer: server.url,
        email: "ada@example.com",
        emailAuthority: "provider",
        name: "Ada",
      });
    });

    it.each([
      ["is another person's", { body: { sub: "person-2", email: "eve@example.com" } }, undefined],
      ["is away", { status: 503, body: {} }, ""],
      ["is nobody's", { body: { email: "eve@example.com" } }, ""],
    ])("does not take the address when userinfo %s", async (_, answer, email) => {
      const server = await issuerOf();
      const issuer = { value: server.url, verified: false };
      const fixture = await create({ rules: () => undefined, definition: { issuer } });
      server.answers["/userinfo"] = answer;
      const started = await fixture.start();
      fixture.answerWith(signedJwt(server.key, fixture.claimsFor(started, { iss: server.url })));
      const completed = fixture.complete(await fixture.ticketOf(started), started.loginId);
      if (email === undefined)
        expect(await refusal(completed)).toMatchObject({ metadata: { cause: "subject" } });
      else expect(await completed).toMatchObject({ subject: "person-1", email });
    });

    it.each([
      [
        "names another issuer",
        { body: { issuer: "https://evil.example", jwks_uri: "https://evil.example/jwks" } },
      ],
      ["is not there", { status: 404, body: {} }],
      ["has no keys", { body: "{}" }],
    ])("refuses to begin when the metadata %s", async (_, answer) => {
      const server = await issuerOf();
      server.answers["/.well-known/openid-configuration"] = answer;
      const issuer = { value: server.url, verified: false };
      const { start } = await create({ rules: () => undefined, definition: { issuer } });
      expect(await refusal(start())).toMatchObject({
        code: "PROVIDER_MISCONFIGURED",
        metadata: { cause: "login_metadata" },
      });
    });
  });

  describe("of a vendor without OpenID Connect", () => {
    const recipe = (mock: OpenIdMock): ProviderDefinition["login"] => ({
      issuer: "https://acme.example/oauth",
      scopes: ["identify"],
      userinfo: {
        url: mock.userinfoUrl,
        headers: { "client-id": "{client_id}" },
        subject: "data.id",
        email: "data.mail",
        emailVerified: "data.checked",
        name: "data.login",
        picture: "data.avatar",
      },
    });
    const login = async (body: unknown, options: Options = {}) => {
      const fixture = await create({ rules: recipe, ...options });
      const started = await fixture.start();
      fixture.answerWith(undefined);
      fixture.mock.answers["/userinfo"] = { body };
      const completed = fixture.complete(await fixture.ticketOf(started), started.loginId);
      return { fixture, started, completed };
    };

    it("asks its userinfo, with the catalog's issuer", async () => {
      const body = {
        data: {
          id: 42,
          mail: "ada@example.com",
          checked: true,
          login: "ada",
          avatar: "https://img.example/1",
        },
      };
      const { fixture, started, completed } = await login(body);
      expect(started.url.searchParams.get("scope")).toBe("identify");
      expect(started.url.searchParams.has("nonce")).toBe(false);
      expect(await completed).toEqual({
        provider: "acme",
        issuer: "https://acme.example/oauth",
        subject: "42",
        email: "ada@example.com",
        emailAuthority: "provider",
        name: "ada",
        picture: "https://img.example/1",
      });
      const [asked] = fixture.mock.requests.filter(({ path }) => path === "/userinfo");
      expect(asked?.headers).toMatchObject({
        authorization: `Bearer ${fixture.accessToken}`,
        "client-id": "client-1",
      });
    });

    it("keeps every digit of a long id", async () => {
      const { completed } = await login('{"data":{"id":9007199254740993}}');
      expect(await completed).toMatchObject({
        subject: "9007199254740993",
        email: "",
        emailAuthority: "none",
      });
    });

    it.each([
      ["no id", { data: {} }, "subject"],
      ["an empty id", { data: { id: "" } }, "subject"],
      ["an id of blanks", { data: { id: " 1" } }, "subject"],
      ["a fraction", { data: { id: 1.5 } }, "subject"],
      ["an object as id", { data: { id: {} } }, "subject"],
      ["true", { data: { id: true } }, "subject"],
      ["a list", [], "userinfo"],
      ["a page", "<html>", "userinfo"],
    ])("proves nobody by %s", async (_, body, cause) => {
      const { completed } = await login(body);
      expect(await refusal(completed)).toMatchObject({ code: "IDENTITY_NOT_VERIFIED", metadata: { cause } });
    });
  });
});
