import { randomUUID } from "node:crypto";
import { beforeEach, describe, expect, it, onTestFinished } from "vitest";
import {
  createEgress,
  createIdTokenVerifier,
  type IdTokenDemands,
  IdentityFailure,
} from "../../src/oauth/index.ts";
import {
  type Claims,
  hashOf,
  hmacJwt,
  jwkOf,
  newAccessToken,
  newSigningKey,
  type OpenIdMock,
  signedJwt,
  startOpenIdMock,
  unsignedJwt,
} from "../support/openid-mock.ts";

const CLIENT = "client-1";
const nowSeconds = (): number => Math.floor(Date.now() / 1000);

describe("createIdTokenVerifier", () => {
  let mock: OpenIdMock;
  let demands: IdTokenDemands;
  let verify: ReturnType<typeof createIdTokenVerifier>;

  beforeEach(async () => {
    mock = await startOpenIdMock();
    const egress = createEgress({ allow: [], insecureLoopback: "all", protectedPorts: [], timeoutMs: 2000 });
    onTestFinished(async () => {
      await egress.close();
      await mock[Symbol.asyncDispose]();
    });
    verify = createIdTokenVerifier(egress);
    demands = {
      issuer: mock.url,
      jwksUrl: mock.jwksUrl,
      clientId: CLIENT,
      nonce: randomUUID(),
      accessToken: newAccessToken(),
      trust: "operator",
    };
  });

  const claims = (changes: Claims = {}): Claims => ({
    iss: mock.url,
    sub: "person-1",
    aud: CLIENT,
    exp: nowSeconds() + 300,
    iat: nowSeconds(),
    nonce: demands.nonce,
    ...changes,
  });

  const problemOf = async (idToken: unknown): Promise<string> => {
    const error: unknown = await verify(idToken, demands).then(
      () => "accepted",
      (reason: unknown) => reason,
    );
    if (!(error instanceof IdentityFailure)) return String(error);
    expect(error.cause).toBeUndefined();
    expect(error.message).toBe(`the provider's answer proves no identity: ${error.problem}`);
    return error.problem;
  };

  it("answers whom the issuer names", async () => {
    const idToken = signedJwt(
      mock.key,
      claims({ at_hash: hashOf(demands.accessToken), azp: CLIENT, name: "Ada" }),
    );
    expect(await verify(idToken, demands)).toMatchObject({
      issuer: mock.url,
      subject: "person-1",
      claims: { name: "Ada" },
    });
  });

  it.each(["RS256", "EdDSA"] as const)("reads %s", async (alg) => {
    const key = newSigningKey(alg);
    mock.answers["/jwks"] = { body: { keys: [jwkOf(key)] } };
    const at_hash = hashOf(demands.accessToken, alg === "EdDSA" ? "sha512" : "sha256");
    expect(await verify(signedJwt(key, claims({ at_hash })), demands)).toMatchObject({ subject: "person-1" });
  });

  it("takes several audiences with this client as the authorized party", async () => {
    const idToken = signedJwt(mock.key, claims({ aud: ["other", CLIENT], azp: CLIENT }));
    expect(await verify(idToken, demands)).toMatchObject({ subject: "person-1" });
  });

  it.each<[string, Claims, string]>([
    ["another issuer", { iss: "https://evil.example" }, "issuer"],
    ["an issuer with a slash more", { iss: "/" }, "issuer"],
    ["another audience", { aud: "client-2" }, "audience"],
    ["no audience among several", { aud: ["a", "b"] }, "audience"],
    ["another authorized party", { azp: "client-2" }, "authorized_party"],
    ["several audiences and no authorized party", { aud: [CLIENT, "b"] }, "audience"],
    ["an end in the past", { exp: nowSeconds() - 120 }, "expired"],
    ["a beginning in the future", { nbf: nowSeconds() + 600 }, "expired"],
    ["no end", { exp: undefined }, "malformed"],
    ["an end that is a text", { exp: "never" }, "malformed"],
    ["another nonce", { nonce: "another" }, "nonce"],
    ["no nonce", { nonce: undefined }, "malformed"],
    ["another access token's hash", { at_hash: hashOf("another") }, "at_hash"],
    ["a hash that is a number", { at_hash: 1 }, "at_hash"],
    ["an empty subject", { sub: "" }, "subject"],
    ["a subject that is a number", { sub: 1 }, "malformed"],
    ["an overlong subject", { sub: "a".repeat(256) }, "subject"],
    ["a subject outside ASCII", { sub: "ä" }, "subject"],
    ["no subject", { sub: undefined }, "malformed"],
  ])("refuses %s", async (_, changes, problem) => {
    const iss = changes["iss"] === "/" ? `${mock.url}/` : changes["iss"];
    const idToken = signedJwt(mock.key, claims(iss === undefined ? changes : { ...changes, iss }));
    expect(await problemOf(idToken)).toBe(problem);
  });

  it("refuses a token that nobody signed", async () => {
    expect(await problemOf(unsignedJwt(claims()))).toBe("algorithm");
    expect(mock.requests).toHaveLength(0);
  });

  it("refuses HS256 with the public key, or the client's id, as the secret", async () => {
    const pem = mock.key.publicKey.export({ format: "pem", type: "spki" }).toString();
    const jwk = JSON.stringify(jwkOf(mock.key));
    for (const secret of [pem, jwk, CLIENT, ""])
      expect(await problemOf(hmacJwt(secret, claims(), { kid: "key-1" }))).toBe("algorithm");
  });

  it("refuses another's signature under the issuer's key id", async () => {
    expect(await problemOf(signedJwt(newSigningKey(), claims()))).toBe("signature");
  });

  it("refuses a token that was changed after it was signed", async () => {
    const [header, , signature] = signedJwt(mock.key, claims()).split(".");
    const payload = Buffer.from(JSON.stringify(claims({ sub: "person-2" }))).toString("base64url");
    expect(await problemOf(`${header}.${payload}.${signature}`)).toBe("signature");
  });

  it("refuses a key that the token brings itself, and extensions it calls critical", async () => {
    const own = newSigningKey("ES256", "own");
    const header = { jwk: jwkOf(own), jku: `${mock.url}/jwks`, x5u: mock.url };
    expect(await problemOf(signedJwt(own, claims(), header))).toBe("keys");
    expect(await problemOf(signedJwt(mock.key, claims(), { crit: ["b64"], b64: true }))).toBe("malformed");
  });

  it("refuses a key of another algorithm than the token says", async () => {
    const rsa = newSigningKey("RS256", "key-1");
    expect(await problemOf(signedJwt(rsa, claims()))).toBe("keys");
  });

  it.each([
    ["nothing", undefined],
    ["null", null],
    ["a number", 1],
    ["no JWT", "abc"],
    ["five parts", "a.b.c.d.e"],
    ["parts that are no JSON", "YQ.YQ.YQ"],
    ["a list", `${Buffer.from("[]").toString("base64url")}.e30.YQ`],
  ])("refuses %s", async (_, idToken) => {
    expect(["no_id_token", "malformed", "algorithm"]).toContain(await problemOf(idToken));
  });

  it.each([
    ["is away", { status: 503, body: {} }],
    ["is a page", { body: "<html>" }],
    ["is empty", { body: { keys: [] } }],
    ["redirects", { status: 302, body: {} }],
  ])("says that the keys cannot be had when their address %s", async (_, answer) => {
    mock.answers["/jwks"] = answer;
    expect(await problemOf(signedJwt(mock.key, claims()))).toBe("keys");
  });

  it("fetches the keys once for many tokens, and never lets a caller choose the address", async () => {
    for (let count = 0; count < 3; count += 1) await verify(signedJwt(mock.key, claims()), demands);
    expect(mock.requestsTo("/jwks")).toBe(1);
  });

  it("keeps keys of different issuers apart", async () => {
    await verify(signedJwt(mock.key, claims()), demands);
    const elsewhere = { ...demands, issuer: "https://other.example", jwksUrl: `${mock.url}/other` };
    const idToken = signedJwt(mock.key, claims({ iss: "https://other.example" }));
    await expect(verify(idToken, elsewhere)).rejects.toMatchObject({ problem: "keys" });
  });

  describe("of an issuer with many tenants", () => {
    const TENANT = "9188040d-6c67-4c5b-b112-36a304b66dad";
    const OTHER = "72f988bf-86f1-41af-91ab-2d7cd011db47";
    beforeEach(() => {
      demands = { ...demands, issuer: `${mock.url}/{tenantid}/v2.0` };
    });

    it("names the tenant's own", async () => {
      const iss = `${mock.url}/${TENANT}/v2.0`;
      expect(await verify(signedJwt(mock.key, claims({ iss, tid: TENANT })), demands)).toMatchObject({
        issuer: iss,
      });
    });

    it.each([
      ["of another tenant", { iss: OTHER, tid: TENANT }, "issuer"],
      ["without a tenant", { iss: TENANT }, "tenant"],
      ["with a tenant that is a path", { iss: TENANT, tid: `${TENANT}/../x` }, "tenant"],
      ["with a tenant in capitals", { iss: TENANT, tid: TENANT.toUpperCase() }, "tenant"],
    ])("refuses a token %s", async (_, { iss, ...rest }, problem) => {
      const changes = { iss: `${mock.url}/${iss}/v2.0`, ...rest };
      expect(await problemOf(signedJwt(mock.key, claims(changes)))).toBe(problem);
    });
  });
});
