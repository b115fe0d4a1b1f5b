import { generateKeyPairSync, type KeyObject, verify } from "node:crypto";
import { describe, expect, it } from "vitest";
import { Secret } from "../../../src/config/index.ts";
import {
  callbackUrl,
  CLIENT_ID,
  CLIENT_SECRET,
  type Connected,
  FORM,
  sentTo,
  useOddities,
} from "./use-oddities.ts";

const PEM = { type: "pkcs8", format: "pem" } as const;
const ec = generateKeyPairSync("ec", { namedCurve: "P-256" });
const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
const pemOf = ({ privateKey }: { readonly privateKey: KeyObject }): Secret =>
  new Secret(privateKey.export(PEM).toString());

const TEAM = {
  description: "Team.",
  pattern: "^[A-Z0-9]{10}$",
  example: "ABCDE12345",
  from: ["registration"],
};

const broker = useOddities({
  post: {},
  basic: { facts: () => ({ clientAuthentication: { method: "client_secret_basic" } }) },
  "basic-raw": {
    facts: () => ({ clientAuthentication: { method: "client_secret_basic", basicEncoding: "raw" } }),
  },
  "basic-secret-as-user": {
    facts: () => ({ clientAuthentication: { method: "client_secret_basic", basicUser: "client_secret" } }),
  },
  public: {
    facts: () => ({ clientAuthentication: { method: "none" }, pkce: "required" }),
    registration: { clientSecret: undefined },
  },
  "generated-secret": {
    facts: () => ({
      clientAuthentication: {
        method: "generated_secret",
        jwt: {
          algorithm: "ES256",
          audience: "https://id.vendor.example",
          issuer: "{team_id}",
          subject: "{client_id}",
          keyId: "{key_id}",
          lifetimeSeconds: 600,
        },
      },
      variables: {
        team_id: { ...TEAM, from: ["registration"] },
        key_id: { ...TEAM, from: ["registration"] },
      },
    }),
    registration: { clientSecret: pemOf(ec), values: { team_id: "TEAM000001", key_id: "KEY0000001" } },
  },
  "private-key-jwt": {
    facts: () => ({
      clientAuthentication: {
        method: "private_key_jwt",
        jwt: { algorithm: "RS256", audience: "https://vendor.example", issuer: "{redirect_host}" },
      },
    }),
    registration: { clientSecret: pemOf(rsa) },
  },
  "private-key-jwt-plain": {
    facts: () => ({ clientAuthentication: { method: "private_key_jwt", jwt: { algorithm: "PS256" } } }),
    registration: { clientSecret: pemOf(rsa) },
  },
});

const EXCHANGE = { grant_type: "authorization_code", code: "code-1" };
const REFRESH = { grant_type: "refresh_token", refresh_token: "rt-1" };
const base64 = (text: string): string => `Basic ${Buffer.from(text).toString("base64")}`;

/** Both calls of a flow and its refresh: the parameters that are not the grant's own. */
const bothCalls = async (name: string) => {
  const flow = await broker.connect(name);
  expect(flow.outcome).toEqual({ success: "true" });
  expect((await flow.refreshed()).accessToken).toBe("at-2");
  const [exchange, refresh] = [sentTo(flow, "/token"), sentTo(flow, "/token", 1)];
  expect(exchange).toMatchObject({
    method: "POST",
    type: FORM,
    params: { ...EXCHANGE, redirect_uri: callbackUrl(broker, name) },
  });
  expect(refresh).toMatchObject({ method: "POST", type: FORM, params: REFRESH });
  return [exchange, refresh].map(({ params, authorization }) => {
    const { grant_type: _, code: __, redirect_uri: ___, refresh_token: ____, ...rest } = params;
    return { ...rest, ...(authorization === undefined ? {} : { authorization }) };
  });
};

const twice = (sent: object): object[] => [sent, sent];

describe("the client proves itself", () => {
  it.each<[string, object]>([
    ["post", { client_id: CLIENT_ID, client_secret: CLIENT_SECRET }],
    ["basic", { authorization: base64(`${CLIENT_ID}:${encodeURIComponent(CLIENT_SECRET)}`) }],
    ["basic-raw", { authorization: base64(`${CLIENT_ID}:${CLIENT_SECRET}`) }],
    ["basic-secret-as-user", { authorization: base64(`${encodeURIComponent(CLIENT_SECRET)}:`) }],
  ])("by %s, at the exchange and at a refresh (5, 8)", async (name, expected) => {
    expect(await bothCalls(name)).toEqual(twice(expected));
  });

  it("by its name alone where it is public (6)", async () => {
    const [exchange, refresh] = await bothCalls("public");
    expect(exchange).toEqual({ client_id: CLIENT_ID, code_verifier: expect.stringMatching(/^[\w-]{43}$/) });
    expect(refresh).toEqual({ client_id: CLIENT_ID });
  });
});

interface Jwt {
  readonly header: Readonly<Record<string, unknown>>;
  readonly claims: Readonly<Record<string, unknown>> & { readonly iat: number; readonly exp: number };
}

/** What the vendor reads when it has verified the signature. */
const verified = (
  token: unknown,
  key: KeyObject,
  options: { readonly dsaEncoding?: "ieee-p1363"; readonly padding?: number; readonly saltLength?: number },
): Jwt => {
  const [header = "", claims = "", signature = ""] = String(token).split(".");
  const text = Buffer.from(`${header}.${claims}`);
  expect(verify("sha256", text, { key, ...options }, Buffer.from(signature, "base64url"))).toBe(true);
  const read = (part: string): unknown => JSON.parse(Buffer.from(part, "base64url").toString());
  return { header: read(header), claims: read(claims) } as Jwt;
};

const calls = async (name: string): Promise<[Connected, Record<string, unknown>[]]> => {
  const flow = await broker.connect(name);
  await flow.refreshed();
  return [flow, [sentTo(flow, "/token").params, sentTo(flow, "/token", 1).params]];
};

describe("the client signs (7)", () => {
  it("a new secret for every call, as Apple wants it", async () => {
    const [flow, both] = await calls("generated-secret");
    expect(flow.outcome).toEqual({ success: "true" });
    for (const params of both) {
      expect(params).toMatchObject({ client_id: CLIENT_ID });
      expect(params).not.toHaveProperty("client_assertion");
      const { header, claims } = verified(params["client_secret"], ec.publicKey, {
        dsaEncoding: "ieee-p1363",
      });
      expect(header).toEqual({ alg: "ES256", kid: "KEY0000001" });
      expect(claims).toMatchObject({ iss: "TEAM000001", sub: CLIENT_ID, aud: "https://id.vendor.example" });
      expect(claims.exp - claims.iat).toBe(600);
      expect(Math.abs(claims.iat - Date.now() / 1000)).toBeLessThan(60);
    }
    expect(both[0]?.["client_secret"]).not.toBe(both[1]?.["client_secret"]);
  });

  it("an assertion whose issuer is the host of the redirect URI", async () => {
    const [, both] = await calls("private-key-jwt");
    for (const params of both) {
      expect(params).toMatchObject({
        client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
      });
      expect(params).not.toHaveProperty("client_secret");
      const { header, claims } = verified(params["client_assertion"], rsa.publicKey, {});
      expect(header).toEqual({ alg: "RS256" });
      expect(claims).toMatchObject({ iss: "localhost", sub: CLIENT_ID, aud: "https://vendor.example" });
      expect(claims.exp - claims.iat).toBe(300);
    }
  });

  it("an assertion of RFC 7523 where the entry says nothing more", async () => {
    const [, [params]] = await calls("private-key-jwt-plain");
    const { claims } = verified(params?.["client_assertion"], rsa.publicKey, { padding: 6, saltLength: 32 });
    const aud = `http://127.0.0.1:${broker.vendor("private-key-jwt-plain").port}/token`;
    expect(claims).toMatchObject({ iss: CLIENT_ID, sub: CLIENT_ID, aud });
  });
});
