import { generateKeyPairSync } from "node:crypto";
import { jwtVerify } from "jose";
import { beforeAll, describe, expect, it } from "vitest";
import { catalog } from "../../src/catalog/index.ts";
import type { Database } from "../../src/store/index.ts";
import { canary } from "../support/canaries.ts";
import { moveClock, storeUnderTest } from "../support/database.ts";
import { refusal } from "../tokens/token-fixture.ts";
import { type AcquisitionFixture, basicOf, createAcquisitionFixture } from "./acquisition-fixture.ts";

const BY_CREDENTIALS = { kind: "client_credentials" } as const;
const HOUR_MS = 3_600_000;
const SENTINEL = "client_credentials";
const untilDone = new AbortController().signal;

/** The name of the grant apart, the sentinel is in nothing that was sent. */
const sentTokens = ({ server }: AcquisitionFixture): string[] =>
  server.requests.flatMap(({ form }) =>
    Object.entries(form)
      .filter(([name, value]) => name !== "grant_type" && value.includes(SENTINEL))
      .map(([name]) => name),
  );

describe("client credentials", () => {
  const backend = storeUnderTest("postgresql");
  let database: Database;
  beforeAll(async () => {
    database = await backend.open();
  });

  describe("at a provider of one's own", () => {
    it("bring the client's own token, with nothing but grant and scopes", async () => {
      const secret = canary("acme_secret");
      const fixture = await createAcquisitionFixture(database, { registration: { clientSecret: secret } });
      const grant = fixture.providerGrant();
      await fixture.acquisition.acquire({ ...grant, grant: BY_CREDENTIALS, scopes: ["a", "b c", "a"] });
      const [request, ...more] = fixture.asked("/acme/token");
      expect(more).toEqual([]);
      expect(request?.form).toEqual({ grant_type: "client_credentials", scope: "a b c" });
      expect(request?.headers["authorization"]).toBe(basicOf("acme-client", secret));
      const token = await fixture.tokens.getToken(grant);
      expect(token.accessToken).toContain("CANARY-access_token");
      expect(await fixture.row(grant)).toMatchObject({
        scopes: ["a", "b", "c"],
        pins: { providerConfig: { grant_type: "client_credentials" } },
      });
    });

    it("are asked again once when the token ends, however many replicas and callers want it", async () => {
      const fixture = await createAcquisitionFixture(database, {
        tokenAnswer: () => ({ refresh_token: canary("unasked_refresh_token") }),
      });
      const grant = fixture.providerGrant();
      await fixture.acquisition.acquire({ ...grant, grant: BY_CREDENTIALS, scopes: ["a"] });
      const before = await fixture.tokens.getToken(grant);
      for (const round of [1, 2]) {
        await moveClock(database, 2 * HOUR_MS);
        const managers = [fixture.tokens, fixture.otherTokens];
        const answers = await Promise.all(
          Array.from({ length: 10 }, (_, index) => managers[index % 2]!.getToken(grant)),
        );
        expect(new Set(answers.map(({ accessToken }) => accessToken))).toHaveLength(1);
        expect(answers[0]?.accessToken).not.toBe(before.accessToken);
        expect(fixture.asked("/acme/token")).toHaveLength(1 + round);
      }
      // A refresh token that nobody asked for is not spent, either.
      for (const { form } of fixture.asked("/acme/token"))
        expect(form).toEqual({ grant_type: "client_credentials", scope: "a" });
    });

    it("are asked again by the sweep, once", async () => {
      const fixture = await createAcquisitionFixture(database);
      const grant = fixture.providerGrant();
      await fixture.acquisition.acquire({ ...grant, grant: BY_CREDENTIALS });
      await moveClock(database, 0.95 * HOUR_MS);
      await Promise.all([fixture.tokens.sweep(untilDone), fixture.otherTokens.sweep(untilDone)]);
      await fixture.tokens.settle(3000);
      expect(fixture.asked("/acme/token")).toHaveLength(2);
      expect(fixture.asked("/acme/token")[1]?.form).toEqual({ grant_type: "client_credentials" });
      expect((await fixture.row(grant))?.status).toBe("active");
    });

    it("end with their token, and nothing stands for a refresh token at the vendor", async () => {
      const fixture = await createAcquisitionFixture(database);
      const grant = fixture.providerGrant();
      await fixture.acquisition.acquire({ ...grant, grant: BY_CREDENTIALS });
      const { accessToken } = await fixture.tokens.getToken(grant);
      expect(await fixture.tokens.revokeConnection(grant)).toBe("done");
      expect(fixture.asked("/acme/revoke").map(({ form }) => form)).toEqual([
        { token: accessToken, token_type_hint: "access_token" },
      ]);
      expect(sentTokens(fixture)).toEqual([]);
    });

    it.each([
      [
        "a refusal of the client",
        { status: 401, json: { error: "invalid_client" } },
        "PROVIDER_MISCONFIGURED",
      ],
      [
        "a refusal of the grant",
        { status: 400, json: { error: "unauthorized_client" } },
        "PROVIDER_MISCONFIGURED",
      ],
      [
        "a refusal of the scopes",
        { status: 400, json: { error: "invalid_scope", error_description: "no words of theirs" } },
        "INVALID_SCOPE",
      ],
      ["trouble", { status: 503 }, "PROVIDER_UNAVAILABLE"],
      ["a page", { status: 200, body: "<html>no words of theirs" }, "PROVIDER_UNAVAILABLE"],
      ["no token", { json: { token_type: "Bearer" } }, "INVALID_TOKEN_RESPONSE"],
    ])("store nothing after %s", async (_, answer, code) => {
      const fixture = await createAcquisitionFixture(database);
      fixture.server.on("/acme/token", answer);
      const grant = fixture.providerGrant();
      const error = await refusal(fixture.acquisition.acquire({ ...grant, grant: BY_CREDENTIALS }));
      expect(error).toMatchObject({ code, metadata: { step: "client_credentials" } });
      expect(JSON.stringify([error, String(error)])).not.toContain("words of theirs");
      expect(await fixture.row(grant)).toBeUndefined();
    });

    it("are not for public clients", async () => {
      const fixture = await createAcquisitionFixture(database, {
        registration: { clientSecret: undefined, tokenEndpointAuthMethod: "none" },
      });
      expect(
        await refusal(fixture.acquisition.acquire({ ...fixture.providerGrant(), grant: BY_CREDENTIALS })),
      ).toMatchObject({
        code: "INVALID_REQUEST",
        fieldViolations: [{ field: "provider" }],
      });
      expect(fixture.asked("/acme/token")).toEqual([]);
    });

    it("are for catalog entries whose vendor documents them", async () => {
      const [template = ""] =
        [...catalog].find(
          ([, { clientCredentials, variables }]) =>
            clientCredentials !== undefined && variables === undefined,
        ) ?? [];
      const fixture = await createAcquisitionFixture(database, { registration: { template } });
      const grant = fixture.providerGrant();
      await fixture.acquisition.acquire({ ...grant, grant: BY_CREDENTIALS });
      expect(fixture.asked("/acme/token").map(({ form }) => form["grant_type"])).toEqual([
        "client_credentials",
      ]);
      expect((await fixture.tokens.getToken(grant)).accessToken).toContain("CANARY-access_token");
    });

    it("are not for catalog entries that are not known to offer them", async () => {
      const [template] =
        [...catalog].find(
          ([, { clientCredentials, variables }]) =>
            clientCredentials === undefined && variables === undefined,
        ) ?? [];
      const fixture = await createAcquisitionFixture(database);
      const name = `listed-${fixture.namespace}`;
      fixture.registrations.registerInCode({
        name,
        template: template ?? "",
        clientId: "c",
        clientSecret: "s",
      });
      expect(
        await refusal(fixture.acquisition.acquire({ ...fixture.providerGrant(name), grant: BY_CREDENTIALS })),
      ).toMatchObject({
        code: "INVALID_REQUEST",
        fieldViolations: [
          {
            field: "provider",
            description: expect.stringContaining("not known to offer client credentials"),
          },
        ],
      });
    });
  });

  describe("at an MCP server", () => {
    const ALLOWED = { grantTypes: ["client_credentials"] };

    it("are those of a client that an operator registered, for the resource as it is published", async () => {
      const fixture = await createAcquisitionFixture(database);
      const secret = canary("mcp_client_secret");
      await fixture.registerClient({ secret, ...ALLOWED });
      const grant = fixture.mcpGrant();
      await fixture.acquisition.acquire({ ...grant, grant: BY_CREDENTIALS });
      const [request] = fixture.asked("/as/token");
      expect(request?.form).toEqual({
        grant_type: "client_credentials",
        scope: "tools more",
        resource: fixture.mcpServerUrl,
      });
      expect(request?.headers["authorization"]).toBe(basicOf("mcp-client", secret));
      expect((await fixture.tokens.getToken(grant)).accessToken).toContain("CANARY-access_token");
      expect(await fixture.row(grant)).toMatchObject({
        pins: {
          clientId: "mcp-client",
          issuer: fixture.issuer,
          resource: fixture.mcpServerUrl,
          providerConfig: {
            grant_type: "client_credentials",
            token_endpoint_auth_method: "client_secret_basic",
          },
        },
      });
    });

    it("are asked again once, with the resource and without another discovery", async () => {
      const fixture = await createAcquisitionFixture(database);
      await fixture.registerClient({ secret: canary("mcp_client_secret"), ...ALLOWED });
      const grant = fixture.mcpGrant();
      await fixture.acquisition.acquire({ ...grant, grant: BY_CREDENTIALS, scopes: ["tools"] });
      await moveClock(database, 2 * HOUR_MS);
      const managers = [fixture.tokens, fixture.otherTokens, fixture.tokens, fixture.otherTokens];
      const answers = await Promise.all(managers.map((manager) => manager.getToken(grant)));
      expect(new Set(answers.map(({ accessToken }) => accessToken))).toHaveLength(1);
      const forms = fixture.asked("/as/token").map(({ form }) => form);
      expect(forms).toHaveLength(2);
      expect(forms[1]).toEqual(forms[0]);
      expect(fixture.server.requestsTo("/mcp-metadata")).toHaveLength(1);
      await fixture.tokens.revokeConnection(grant);
      expect(fixture.asked("/as/revoke").map(({ form }) => form["token_type_hint"])).toEqual([
        "access_token",
      ]);
      expect(sentTokens(fixture)).toEqual([]);
    });

    it.each([
      ["none is registered", undefined, "not_pre_registered"],
      ["the client is not registered for the grant", { grantTypes: [] }, "grant_type_not_allowed"],
    ])("are refused where %s", async (_, client, cause) => {
      const fixture = await createAcquisitionFixture(database);
      if (client) await fixture.registerClient({ secret: canary("mcp_client_secret"), ...client });
      const grant = fixture.mcpGrant();
      expect(await refusal(fixture.acquisition.acquire({ ...grant, grant: BY_CREDENTIALS }))).toMatchObject({
        code: "CLIENT_REGISTRATION_REQUIRED",
        metadata: { cause, mcp_server_url: fixture.mcpServerUrl },
      });
      expect(fixture.asked("/as/token")).toEqual([]);
      expect(await fixture.row(grant)).toBeUndefined();
    });

    it.each([
      ["ES256", { namedCurve: "P-256" }],
      ["ES384", { namedCurve: "P-384" }],
    ])("may be a signature with %s, for the issuer (RFC 7523)", async (algorithm, curve) => {
      const fixture = await createAcquisitionFixture(database);
      const { privateKey, publicKey } = generateKeyPairSync("ec", curve);
      const key = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
      await fixture.registerClient({ key, keyId: "k-1", signingAlgorithm: algorithm, ...ALLOWED });
      await fixture.acquisition.acquire({ ...fixture.mcpGrant(), grant: BY_CREDENTIALS, scopes: ["tools"] });
      const [request] = fixture.asked("/as/token");
      const { client_assertion: assertion = "", ...form } = request?.form ?? {};
      expect(form).toEqual({
        grant_type: "client_credentials",
        scope: "tools",
        resource: fixture.mcpServerUrl,
        client_id: "mcp-client",
        client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
      });
      expect(request?.headers).not.toHaveProperty("authorization");
      const { payload, protectedHeader } = await jwtVerify(assertion, publicKey, {
        issuer: "mcp-client",
        subject: "mcp-client",
        audience: fixture.issuer,
        algorithms: [algorithm],
        maxTokenAge: "1 minute",
      });
      expect(protectedHeader).toMatchObject({ alg: algorithm, kid: "k-1" });
      expect(payload.aud).toBe(fixture.issuer);
      expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBe(300);
      expect(payload.jti).toMatch(/^[0-9a-f-]{36}$/);
    });
  });
});
