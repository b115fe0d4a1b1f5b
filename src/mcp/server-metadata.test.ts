import { describe, expect, it } from "vitest";
import {
  answer,
  budget,
  json,
  redirect,
  type StubAnswer,
  stubEgress,
} from "../../test/support/mcp/stub-egress.ts";
import { discoverServer, serverMetadataUrls } from "./server-metadata.ts";

describe("serverMetadataUrls", () => {
  it.each([
    [
      "https://as.test",
      [
        "https://as.test/.well-known/oauth-authorization-server",
        "https://as.test/.well-known/openid-configuration",
      ],
    ],
    [
      "https://as.test/",
      [
        "https://as.test/.well-known/oauth-authorization-server",
        "https://as.test/.well-known/openid-configuration",
      ],
    ],
    [
      "https://as.test:8443/a/b",
      [
        "https://as.test:8443/.well-known/oauth-authorization-server/a/b",
        "https://as.test:8443/.well-known/openid-configuration/a/b",
        "https://as.test:8443/a/b/.well-known/openid-configuration",
      ],
    ],
    [
      "https://as.test/tenant/",
      [
        "https://as.test/.well-known/oauth-authorization-server/tenant",
        "https://as.test/.well-known/openid-configuration/tenant",
        "https://as.test/tenant/.well-known/openid-configuration",
      ],
    ],
  ])("of %s, in the specification's order", (issuer, urls) => {
    expect(serverMetadataUrls(issuer)).toEqual(urls);
  });
});

const ISSUER = "https://as.test/tenant";
const [INSERTED = "", OIDC = "", APPENDED = ""] = serverMetadataUrls(ISSUER);
const good = {
  issuer: ISSUER,
  authorization_endpoint: "https://as.test/authorize",
  token_endpoint: "https://as.test/token",
  code_challenge_methods_supported: ["plain", "S256"],
};

const discovered = async (answers: Readonly<Record<string, StubAnswer>>, issuer = ISSUER) => {
  const egress = stubEgress(answers);
  const found = await discoverServer({ egress, budget }, issuer).catch((error: unknown) => error);
  return { found, urls: egress.requests.map(({ url }) => url) };
};

describe("discoverServer", () => {
  it.each([
    ["RFC 8414", [INSERTED]],
    ["OpenID, inserted", [INSERTED, OIDC]],
    ["OpenID, appended", [INSERTED, OIDC, APPENDED]],
  ])("ends at the first that is there: %s", async (_, urls) => {
    const result = await discovered({ [urls.at(-1) ?? ""]: json(good) });
    expect(result).toMatchObject({ urls, found: { issuer: ISSUER, tokenEndpoint: "https://as.test/token" } });
  });

  it("passes by what belongs to another issuer, and what is no document", async () => {
    const answers = {
      [INSERTED]: answer("<html>"),
      [OIDC]: json({ ...good, issuer: "https://as.test" }),
      [APPENDED]: json(good),
    };
    expect(await discovered(answers)).toMatchObject({
      found: { issuer: ISSUER },
      urls: [INSERTED, OIDC, APPENDED],
    });
  });

  it.each([
    `${ISSUER}/`,
    "https://as.test",
    "https://AS.test/tenant",
    "https://as.test:443/tenant",
    "https://evil.test",
    undefined,
    [ISSUER],
  ])("refuses a document that says it is %j", async (issuer) => {
    const result = await discovered({ [INSERTED]: json({ ...good, issuer }) });
    expect(result).toMatchObject({
      found: { code: "ISSUER_MISMATCH", metadata: { rule: "issuer" } },
      urls: [INSERTED, OIDC, APPENDED],
    });
  });

  it("says what kept it from an answer, trouble before all", async () => {
    const other = json({ ...good, issuer: "https://x.test" });
    expect(await discovered({ [INSERTED]: other, [OIDC]: answer(null, 503) })).toMatchObject({
      found: { code: "PROVIDER_UNAVAILABLE" },
    });
    expect(await discovered({})).toMatchObject({
      found: { code: "METADATA_INVALID", metadata: { rule: "server_metadata" } },
      urls: [INSERTED, OIDC, APPENDED],
    });
  });

  it("tries nothing else after a redirect that the guard refuses", async () => {
    expect(
      await discovered({ [INSERTED]: redirect("http://169.254.169.254/"), [OIDC]: json(good) }),
    ).toMatchObject({
      found: { code: "EGRESS_DENIED", metadata: { rule: "server_metadata" } },
      urls: [INSERTED, "http://169.254.169.254/"],
    });
  });

  it.each([
    "http://as.test",
    "https://as.test?x=1",
    "https://as.test#x",
    "https://u@as.test",
    "https://0x7f.1",
    "as.test",
    "",
    "https://as.test\\x",
  ])("asks nobody about the issuer %j", async (issuer) => {
    expect(await discovered({}, issuer)).toMatchObject({
      found: { code: "METADATA_INVALID", metadata: { rule: "authorization_servers" } },
      urls: [],
    });
  });
});

describe("the metadata of a server", () => {
  const judged = async (changes: Readonly<Record<string, unknown>>) =>
    (await discovered({ [INSERTED]: json({ ...good, ...changes }) })).found;

  it("means the standards' defaults by what it leaves out", async () => {
    expect(await judged({})).toEqual({
      issuer: ISSUER,
      authorizationEndpoint: "https://as.test/authorize",
      tokenEndpoint: "https://as.test/token",
      registrationEndpoint: "",
      revocationEndpoint: "",
      authMethods: ["client_secret_basic"],
      grantTypes: undefined,
      scopesSupported: undefined,
      s256: true,
      issPromised: false,
      takesDocuments: false,
      protectedResources: [],
    });
  });

  it("is read as far as its members are what they should be", async () => {
    expect(
      await judged({
        registration_endpoint: "https://elsewhere.test/register",
        revocation_endpoint: null,
        authorization_endpoint: "",
        token_endpoint_auth_methods_supported: ["none", 1],
        grant_types_supported: "authorization_code",
        scopes_supported: [],
        code_challenge_methods_supported: ["plain", "s256"],
        authorization_response_iss_parameter_supported: "true",
        client_id_metadata_document_supported: true,
        protected_resources: ["https://h.test", null],
      }),
    ).toMatchObject({
      authorizationEndpoint: "",
      registrationEndpoint: "https://elsewhere.test/register",
      revocationEndpoint: "",
      authMethods: ["none"],
      grantTypes: undefined,
      scopesSupported: [],
      s256: false,
      issPromised: false,
      takesDocuments: true,
      protectedResources: ["https://h.test"],
    });
  });

  it.each([[undefined], ["S256"], [[]], [["plain"]]])("promises no PKCE with %j", async (methods) => {
    expect(await judged({ code_challenge_methods_supported: methods })).toMatchObject({ s256: false });
  });

  it.each(["authorization_endpoint", "token_endpoint", "registration_endpoint", "revocation_endpoint"])(
    "has a %s that may be called, or is refused",
    async (name) => {
      for (const url of [
        "/token",
        1,
        "https://as.test/#x",
        "https://as.test\\token",
        " https://as.test",
        "https://ás.test/",
        `https://as.test/${"x".repeat(2048)}`,
      ])
        expect(await judged({ [name]: url })).toMatchObject({
          code: "METADATA_INVALID",
          metadata: { rule: name },
        });
      for (const url of ["http://as.test/token", "javascript:alert(1)"])
        expect(await judged({ [name]: url })).toMatchObject({
          code: "EGRESS_DENIED",
          metadata: { rule: name },
        });
    },
  );

  it("names a token endpoint", async () => {
    expect(await judged({ token_endpoint: undefined })).toMatchObject({
      code: "METADATA_INVALID",
      metadata: { rule: "token_endpoint" },
    });
  });
});
