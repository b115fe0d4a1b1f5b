import { createPublicKey, generateKeyPairSync, verify } from "node:crypto";
import { describe, expect, it } from "vitest";
import { privateKeyProblem, signJwt, type SigningAlgorithm } from "./private-key.ts";

const PEM = { type: "pkcs8", format: "pem" } as const;
const ec = (namedCurve: string): string =>
  generateKeyPairSync("ec", { namedCurve }).privateKey.export(PEM).toString();
const rsa = (modulusLength: number): string =>
  generateKeyPairSync("rsa", { modulusLength }).privateKey.export(PEM).toString();

const KEYS: Record<SigningAlgorithm, string> = {
  ES256: ec("P-256"),
  ES384: ec("P-384"),
  RS256: rsa(2048),
  PS256: rsa(2048),
  EdDSA: generateKeyPairSync("ed25519").privateKey.export(PEM).toString(),
};
const algorithms = Object.keys(KEYS) as SigningAlgorithm[];

/** How another party checks it, told in its own terms. */
const VERIFY = {
  ES256: ["sha256", { dsaEncoding: "ieee-p1363" }],
  ES384: ["sha384", { dsaEncoding: "ieee-p1363" }],
  RS256: ["sha256", {}],
  PS256: ["sha256", { padding: 6, saltLength: 32 }],
  EdDSA: [null, {}],
} as const;

describe("signJwt", () => {
  it.each(algorithms)("signs with %s what the public key verifies", (alg) => {
    const token = signJwt(KEYS[alg], { alg, kid: "k" }, { iss: "me", exp: 1 });
    const [header = "", claims = "", signature = ""] = token.split(".");
    expect(JSON.parse(Buffer.from(header, "base64url").toString())).toEqual({ alg, kid: "k" });
    expect(JSON.parse(Buffer.from(claims, "base64url").toString())).toEqual({ iss: "me", exp: 1 });
    const [digest, options] = VERIFY[alg];
    const key = { key: createPublicKey(KEYS[alg]), ...options };
    const text = Buffer.from(`${header}.${claims}`);
    expect(verify(digest, text, key, Buffer.from(signature, "base64url"))).toBe(true);
  });

  it("reads a key whose line breaks are written out", () => {
    const oneLine = KEYS.ES256.replaceAll("\n", String.raw`\n`);
    expect(signJwt(oneLine, { alg: "ES256" }, {}).split(".")).toHaveLength(3);
  });

  it("refuses the key of another algorithm and says nothing of it", () => {
    expect(() => signJwt(KEYS.RS256, { alg: "ES256" }, {})).toThrow(/^the private key is no key for ES256$/);
  });
});

describe("privateKeyProblem", () => {
  it.each([
    ["no PEM", "hunter2", "ES256", "is no private key in PEM"],
    ["another curve", ec("P-384"), "ES256", "is no key for ES256"],
    ["a short RSA key", rsa(1024), "RS256", "is an RSA key of less than 2048 bits"],
    [
      "a public key",
      createPublicKey(KEYS.RS256).export({ type: "spki", format: "pem" }).toString(),
      "RS256",
      "is no private key in PEM",
    ],
    ["a good key", KEYS.PS256, "PS256", undefined],
  ] as const)("of %s", (_, pem, algorithm, expected) => {
    expect(privateKeyProblem(pem, algorithm)).toBe(expected);
  });
});
