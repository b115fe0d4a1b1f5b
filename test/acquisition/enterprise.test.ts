import { beforeAll, describe, expect, it } from "vitest";
import type { EnterpriseGrant } from "../../src/acquisition/index.ts";
import type { Database } from "../../src/store/index.ts";
import { canary } from "../support/canaries.ts";
import { storeUnderTest } from "../support/database.ts";
import { refusal } from "../tokens/token-fixture.ts";
import {
  type AcquisitionFixture,
  assertionOf,
  basicOf,
  createAcquisitionFixture,
  ID_JAG,
} from "./acquisition-fixture.ts";

const TOKEN_EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange";
const JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer";

describe("enterprise-managed authorization", () => {
  const backend = storeUnderTest("postgresql");
  let database: Database;
  beforeAll(async () => {
    database = await backend.open();
  });

  const SECRETS = { as: canary("mcp_client_secret"), idp: canary("idp_client_secret") };
  const prepared = async (
    grantTypes: { readonly as?: readonly string[]; readonly idp?: readonly string[] | undefined } = {},
  ): Promise<AcquisitionFixture> => {
    const fixture = await createAcquisitionFixture(database);
    await fixture.registerClient({ secret: SECRETS.as, grantTypes: grantTypes.as ?? [JWT_BEARER] });
    const idp = "idp" in grantTypes ? grantTypes.idp : [TOKEN_EXCHANGE];
    if (idp)
      await fixture.registerClient({
        issuer: fixture.idpIssuer,
        clientId: "idp-client",
        secret: SECRETS.idp,
        grantTypes: idp,
      });
    return fixture;
  };
  const acquire = (
    fixture: AcquisitionFixture,
    changes: Partial<EnterpriseGrant> = {},
    grant = fixture.mcpGrant(),
  ) =>
    fixture.acquisition.acquire({
      ...grant,
      scopes: ["tools"],
      grant: {
        kind: "enterprise",
        subjectToken: "subject",
        subjectTokenType: "id_token",
        identityProvider: fixture.idpIssuer,
        ...changes,
      },
    });

  it("exchanges the person's token for an assertion, and that for a token of the server", async () => {
    const fixture = await prepared();
    const grant = fixture.mcpGrant();
    const subjectToken = canary("subject_token");
    const assertion = assertionOf(canary("assertion"));
    fixture.server.on("/idp/token", {
      json: { access_token: assertion, token_type: "N_A", issued_token_type: ID_JAG },
    });
    await acquire(fixture, { subjectToken }, grant);
    const [exchange] = fixture.asked("/idp/token");
    expect(exchange?.form).toEqual({
      grant_type: TOKEN_EXCHANGE,
      requested_token_type: ID_JAG,
      audience: fixture.issuer,
      resource: fixture.mcpServerUrl,
      scope: "tools",
      subject_token: subjectToken,
      subject_token_type: "urn:ietf:params:oauth:token-type:id_token",
    });
    expect(exchange?.headers["authorization"]).toBe(basicOf("idp-client", SECRETS.idp));
    const [bearer] = fixture.asked("/as/token");
    expect(bearer?.form).toEqual({
      grant_type: JWT_BEARER,
      assertion,
      resource: fixture.mcpServerUrl,
      scope: "tools",
    });
    expect(bearer?.headers["authorization"]).toBe(basicOf("mcp-client", SECRETS.as));
    expect((await fixture.tokens.getToken(grant)).accessToken).toContain("CANARY-access_token");
    expect(await fixture.row(grant)).toMatchObject({
      hasRefreshToken: false,
      pins: { issuer: fixture.issuer, clientId: "mcp-client" },
    });
    const kept = await database.sql.run(
      "",
      "select to_jsonb(t)::text as row from connection_tokens t where t.connection_id = $1",
      [grant.connectionId],
    );
    const shown = JSON.stringify([kept.rows, fixture.logLines]);
    for (const secret of [subjectToken, assertion]) expect(shown).not.toContain(secret);
  });

  it("sends the person's token to the identity provider alone", async () => {
    const fixture = await prepared();
    const subjectToken = canary("subject_token");
    await acquire(fixture, { subjectToken });
    const seen = fixture.server.requests.filter((request) =>
      JSON.stringify([request.headers, request.body, [...request.query]]).includes(subjectToken),
    );
    expect(seen.map(({ path }) => path)).toEqual(["/idp/token"]);
  });

  it.each([
    ["refresh_token", "urn:ietf:params:oauth:token-type:refresh_token"],
    ["saml2", "urn:ietf:params:oauth:token-type:saml2"],
  ] as const)("takes a %s", async (subjectTokenType, sent) => {
    const fixture = await prepared();
    await acquire(fixture, { subjectTokenType });
    expect(fixture.asked("/idp/token")[0]?.form["subject_token_type"]).toBe(sent);
  });

  it.each<[string, Record<string, unknown>]>([
    ["another type", { issued_token_type: "urn:ietf:params:oauth:token-type:access_token" }],
    ["no type", { issued_token_type: undefined }],
    ["something that is no JWT", { access_token: "opaque" }],
    ["no token", { access_token: undefined }],
  ])("refuses an assertion of %s", async (_, change) => {
    const fixture = await prepared();
    fixture.server.on("/idp/token", {
      json: { access_token: assertionOf("x"), token_type: "N_A", issued_token_type: ID_JAG, ...change },
    });
    const grant = fixture.mcpGrant();
    expect(await refusal(acquire(fixture, {}, grant))).toMatchObject({
      code: "INVALID_TOKEN_RESPONSE",
      metadata: { step: "token_exchange" },
    });
    expect([fixture.asked("/as/token"), await fixture.row(grant)]).toEqual([[], undefined]);
  });

  it.each([
    ["the identity provider", "/idp/token", "token_exchange"],
    ["the authorization server", "/as/token", "jwt_bearer"],
  ])("stores nothing when %s refuses", async (_, path, step) => {
    const fixture = await prepared();
    fixture.server.on(path, {
      status: 400,
      json: { error: "invalid_grant", error_description: "no words of theirs" },
    });
    const grant = fixture.mcpGrant();
    const error = await refusal(acquire(fixture, {}, grant));
    expect(error).toMatchObject({
      code: "EXCHANGE_FAILED",
      metadata: { step, provider_error: "invalid_grant" },
    });
    expect(JSON.stringify([error, String(error)])).not.toContain("words of theirs");
    expect(await fixture.row(grant)).toBeUndefined();
  });

  it.each([
    [
      "no client at the identity provider",
      { idp: undefined },
      { cause: "not_pre_registered", rule: "identity_provider" },
    ],
    [
      "a client there that may not exchange",
      { idp: [] },
      { cause: "grant_type_not_allowed", grant_type: TOKEN_EXCHANGE },
    ],
    [
      "a client of the server that may not take assertions",
      { as: [] },
      { cause: "grant_type_not_allowed", grant_type: JWT_BEARER },
    ],
  ])("asks nobody for a token with %s", async (_, grantTypes, metadata) => {
    const fixture = await prepared(grantTypes);
    expect(await refusal(acquire(fixture))).toMatchObject({ code: "CLIENT_REGISTRATION_REQUIRED", metadata });
    expect([...fixture.asked("/idp/token"), ...fixture.asked("/as/token")]).toEqual([]);
  });

  it.each<[string, Partial<EnterpriseGrant>, string]>([
    ["an empty subject token", { subjectToken: "" }, "subject_token"],
    ["one with a line break", { subjectToken: "a\r\nb" }, "subject_token"],
    ["one beyond 64 KiB", { subjectToken: "a".repeat(65_537) }, "subject_token"],
    ["an identity provider that is no URL", { identityProvider: "idp" }, "identity_provider"],
  ])("refuses %s", async (_, changes, field) => {
    const fixture = await prepared();
    expect(await refusal(acquire(fixture, changes))).toMatchObject({
      code: "INVALID_REQUEST",
      fieldViolations: [{ field }],
    });
    expect([...fixture.asked("/idp/token"), ...fixture.asked("/as/token")]).toEqual([]);
  });

  it("is for MCP servers alone", async () => {
    const fixture = await createAcquisitionFixture(database);
    const request = {
      ...fixture.providerGrant(),
      grant: {
        kind: "enterprise",
        subjectToken: "s",
        subjectTokenType: "id_token",
        identityProvider: fixture.idpIssuer,
      },
    } as const;
    expect(await refusal(fixture.acquisition.acquire(request))).toMatchObject({
      code: "INVALID_REQUEST",
      fieldViolations: [{ field: "grant" }],
    });
  });
});
