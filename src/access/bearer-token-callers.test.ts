import { Buffer } from "node:buffer";
import { createHmac } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { exportJWK, exportSPKI, generateKeyPair, type JWTPayload, SignJWT } from "jose";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { BrokerError } from "../errors.ts";
import { silentLogger } from "../telemetry/index.ts";
import { newApiKey } from "./api-key.ts";
import { type Authenticator, createAuthenticator } from "./authenticator.ts";
import type { RequestHeaders } from "./request-headers.ts";

const NOW_MS = Date.UTC(2030, 0, 1);
const NOW = NOW_MS / 1000;

type Pair = Awaited<ReturnType<typeof generateKeyPair>>;
let rsa: Pair;
let other: Pair;
let rs512: Pair;
let directory: string;
let authenticator: Authenticator;
const key = newApiKey("billing");

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "token-broker-jwt-"));
  rsa = await generateKeyPair("RS256", { extractable: true });
  other = await generateKeyPair("RS256", { extractable: true });
  rs512 = await generateKeyPair("RS512", { extractable: true });
  const offTheList = { ...(await exportJWK(rs512.publicKey)), kid: "k512" };
  const jwk = { ...(await exportJWK(rsa.publicKey)), kid: "k", alg: "RS256", use: "sig" };
  writeFileSync(join(directory, "jwks.json"), JSON.stringify({ keys: [jwk, offTheList] }));
  writeFileSync(join(directory, "keys"), key.line);
  writeFileSync(
    join(directory, "issuers.yaml"),
    `issuers:
  - name: mesh
    issuer: https://issuer.example
    audience: token-broker
    jwks_file: ${directory}/jwks.json
  - name: loose
    issuer: https://loose.example
    audience: token-broker
    allow_other_audiences: true
    jwks_file: ${directory}/jwks.json
    caller_claim: client_id
subjects:
  - name: app
    issuer: https://people.example
    audience: token-broker-people
    jwks_file: ${directory}/jwks.json
    user_claim: email
`,
  );
  authenticator = createAuthenticator(
    {
      apiKeysFile: join(directory, "keys"),
      jwtIssuersFile: join(directory, "issuers.yaml"),
      rpcAddress: { kind: "tcp", host: "127.0.0.1", port: 8080 },
    },
    { logger: silentLogger, nowMs: () => NOW_MS },
  );
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const CLAIMS = {
  iss: "https://issuer.example",
  aud: "token-broker",
  sub: "billing",
  iat: NOW - 10,
  exp: NOW + 300,
};
const PERSON = {
  ...CLAIMS,
  iss: "https://people.example",
  aud: "token-broker-people",
  email: "ada@example.com",
};

const sign = (claims: JWTPayload, header: object = {}, pair = rsa): Promise<string> =>
  new SignJWT(claims).setProtectedHeader({ alg: "RS256", kid: "k", ...header }).sign(pair.privateKey);

const without = (claim: string): JWTPayload =>
  Object.fromEntries(Object.entries(CLAIMS).filter(([name]) => name !== claim));

const outcome = async (headers: RequestHeaders): Promise<unknown> => {
  try {
    return await authenticator.authenticate(headers);
  } catch (error) {
    if (error instanceof BrokerError) return error.code;
    throw error;
  }
};
const bearer = (token: string): RequestHeaders => ({ authorization: `Bearer ${token}` });

const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");

/** As an attacker makes them, who knows the public key and everything else that is public. */
const FORGED: Readonly<Record<string, () => Promise<string> | string>> = {
  "no algorithm": () => `${encode({ alg: "none", kid: "k" })}.${encode(CLAIMS)}.`,
  "no algorithm, in capitals": () => `${encode({ alg: "NONE", kid: "k" })}.${encode(CLAIMS)}.`,
  "HS256 with the public key as its secret": async () => {
    const text = `${encode({ alg: "HS256", kid: "k" })}.${encode(CLAIMS)}`;
    return `${text}.${createHmac("sha256", await exportSPKI(rsa.publicKey))
      .update(text)
      .digest("base64url")}`;
  },
  "another key": () => sign(CLAIMS, {}, other),
  "another key that it brings itself": async () =>
    sign(CLAIMS, { jwk: await exportJWK(other.publicKey) }, other),
  "another key that lies elsewhere": () => sign(CLAIMS, { jku: "https://evil.example/jwks" }, other),
  "an unknown key id": () => sign(CLAIMS, { kid: "other" }),
  "an unknown critical header": () =>
    new SignJWT(CLAIMS)
      .setProtectedHeader({ alg: "RS256", kid: "k", crit: ["x"], x: 1 })
      .sign(rsa.privateKey, { crit: { x: true } }),
  "an algorithm off the list": () =>
    new SignJWT(CLAIMS).setProtectedHeader({ alg: "RS512", kid: "k512" }).sign(rs512.privateKey),
  "claims that were changed": async () => {
    const [header, , signature] = (await sign(CLAIMS)).split(".");
    return `${header}.${encode({ ...CLAIMS, sub: "admin" })}.${signature}`;
  },
  "no signature": async () => `${(await sign(CLAIMS)).split(".").slice(0, 2).join(".")}.`,
  "no issuer": () => sign(without("iss")),
  "another issuer": () => sign({ ...CLAIMS, iss: "https://issuer.example/" }),
  "no audience": () => sign(without("aud")),
  "another audience": () => sign({ ...CLAIMS, aud: "token-broker2" }),
  "an audience among others": () => sign({ ...CLAIMS, aud: ["token-broker", "others"] }),
  "no expiry": () => sign(without("exp")),
  "no time of issue": () => sign(without("iat")),
  "a time of issue in an hour": () => sign({ ...CLAIMS, iat: NOW + 3600, exp: NOW + 3700 }),
  "an end that is over": () => sign({ ...CLAIMS, exp: NOW - 61 }),
  "a beginning to come": () => sign({ ...CLAIMS, nbf: NOW + 61 }),
  "a life of two hours": () => sign({ ...CLAIMS, exp: NOW - 10 + 7200 }),
  "an expiry that is no number": () => sign({ ...CLAIMS, exp: "never" as unknown as number }),
  "no subject": () => sign(without("sub")),
  "an empty subject": () => sign({ ...CLAIMS, sub: "" }),
  "a subject with a line break": () => sign({ ...CLAIMS, sub: "a\nb" }),
  "a subject that is no text": () => sign({ ...CLAIMS, sub: ["billing"] as unknown as string }),
  "a person's token for an issuer of callers": () => sign({ ...PERSON, iss: CLAIMS.iss }),
  "a caller's token for an issuer of people": () => sign({ ...CLAIMS, iss: PERSON.iss }),
  "seven parts": () => "a.b.c.d.e.f.g",
  "nothing readable": () => "eyJ.eyJ.x",
  "a megabyte": () => `${"a".repeat(1024 * 1024)}.b.c`,
};

describe("a JWT", () => {
  it("of a configured issuer is a caller", async () => {
    const expected = { id: "jwt:mesh:billing", method: "jwt" };
    expect(await outcome(bearer(await sign(CLAIMS)))).toEqual(expected);
    expect(await outcome(bearer(await sign({ ...CLAIMS, aud: ["token-broker"] })))).toEqual(expected);
    expect(await outcome(bearer(await sign({ ...CLAIMS, exp: NOW - 59 })))).toEqual(expected);
    expect(await outcome(bearer(await sign({ ...CLAIMS, nbf: NOW + 59 })))).toEqual(expected);
    const loose = { ...CLAIMS, iss: "https://loose.example", aud: ["x", "token-broker"], client_id: "a:b" };
    expect(await outcome(bearer(await sign(loose)))).toEqual({ id: "jwt:loose:a:b", method: "jwt" });
  });

  it.each(Object.entries(FORGED))("with %s is nobody's", async (_, forge) => {
    expect(await outcome(bearer(await forge()))).toBe("UNAUTHENTICATED");
  });

  it("and an API key are told apart, and two of them are none", async () => {
    const jwt = await sign(CLAIMS);
    expect(await outcome(bearer(key.key))).toEqual({ id: "billing", method: "api_key" });
    expect(await outcome({ authorization: `Bearer ${jwt}, Bearer ${key.key}` })).toBe("UNAUTHENTICATED");
    expect(await outcome({ authorization: `Basic ${jwt}` })).toBe("UNAUTHENTICATED");
    expect(await outcome({})).toBe("UNAUTHENTICATED");
  });

  it("of an issuer of people is that person", async () => {
    expect(await outcome(bearer(await sign(PERSON)))).toEqual({
      id: "person:app:ada@example.com",
      method: "person",
      subject: { userId: "ada@example.com", issuer: "app" },
    });
  });
});

describe("tokenbroker-subject-token", () => {
  const withSubject = (token: string, authorization = `Bearer ${key.key}`): RequestHeaders => ({
    authorization,
    "tokenbroker-subject-token": token,
  });

  it("proves the person whom a caller acts for", async () => {
    const subject = { userId: "ada@example.com", issuer: "app" };
    const token = await sign(PERSON);
    expect(await outcome(withSubject(token))).toEqual({ id: "billing", method: "api_key", subject });
    const workload = `Bearer ${await sign(CLAIMS)}`;
    expect(await outcome(withSubject(token, workload))).toEqual({
      id: "jwt:mesh:billing",
      method: "jwt",
      subject,
    });
  });

  it("is no caller's proof by itself", async () => {
    expect(await outcome({ "tokenbroker-subject-token": await sign(PERSON) })).toBe("UNAUTHENTICATED");
  });

  it("is never left out when it proves nothing", async () => {
    const bad = [
      await sign(CLAIMS),
      await sign(PERSON, {}, other),
      await sign({ ...PERSON, aud: "token-broker" }),
      await sign({ ...PERSON, exp: NOW - 100 }),
      `${await sign(PERSON)}, ${await sign(PERSON)}`,
      "nonsense",
    ];
    for (const token of bad) expect(await outcome(withSubject(token))).toBe("UNAUTHENTICATED");
    const own = await sign(PERSON);
    expect(await outcome(withSubject(own, `Bearer ${own}`))).toBe("UNAUTHENTICATED");
  });
});
