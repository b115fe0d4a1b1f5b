import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import {
  createSealer,
  fernetDecrypt,
  parseKeyRing,
  pinsDigest,
  type SealContext,
} from "../../src/crypto/index.ts";
import { sealFixture } from "./interop/seal-fixture.ts";

interface Maker {
  readonly name: string;
  readonly version: string;
}

interface SealedByPython {
  readonly keys: string;
  readonly ciphertext: string;
  readonly pins: Record<string, string | null>;
  readonly envelope: SealContext & { readonly v: number; readonly secret: string };
}

interface PythonTokens {
  readonly madeBy: Maker;
  readonly tokens: readonly { what: string; key: string; token: string; plaintextBase64: string }[];
  readonly sealed: SealedByPython;
}

type SealedHere = ReturnType<typeof sealFixture> & { readonly verifiedBy: Maker };

const file = (name: string): string => fileURLToPath(new URL(`interop/${name}`, import.meta.url));
const fixture = (name: string): unknown => JSON.parse(readFileSync(file(name), "utf8"));

const python = fixture("python-tokens.json") as PythonTokens;
const here = fixture("sealed-here.json") as SealedHere;

const hasPython = spawnSync("python3", ["-c", "import cryptography.fernet"]).status === 0;

/** Has Python open `sealed` and compare it with the envelope that it is said to hold. */
const verifyWithPython = (sealed: object) => {
  const { status, stdout, stderr } = spawnSync("python3", [file("interop.py"), "verify"], {
    input: JSON.stringify(sealed),
    encoding: "utf8",
    env: { ...process.env, PYTHONIOENCODING: "utf8" },
  });
  return { status, stderr, verifiedBy: status === 0 ? JSON.parse(stdout).verifiedBy : undefined };
};

describe(`tokens of ${python.madeBy.name} ${python.madeBy.version}`, () => {
  it.each(python.tokens)("open here: $what", ({ key, token, plaintextBase64 }) => {
    expect(fernetDecrypt(parseKeyRing(key).primary, token).toString("base64")).toBe(plaintextBase64);
  });

  it("open here as a sealed value, when they hold the documented envelope", () => {
    const { keys, ciphertext, pins, envelope } = python.sealed;
    const ring = parseKeyRing(keys);
    const context = { ...envelope, pins: pinsDigest(pins) };
    expect(createSealer(ring).open({ ciphertext, keyId: ring.primary.id }, context)).toBe(envelope.secret);
  });
});

describe("a value sealed here", () => {
  it("still opens, in the form an earlier release stored it", () => {
    const context = { ...here.envelope, pins: pinsDigest(here.pins) };
    expect(createSealer(parseKeyRing(here.key)).open(here, context)).toBe(here.envelope.secret);
  });

  it("was opened by a named version of Python's cryptography", () => {
    expect(here.verifiedBy).toEqual({ name: "cryptography (Python)", version: "48.0.0" });
  });

  it.skipIf(!hasPython)("opens with this machine's Python: the committed file", () => {
    expect(verifyWithPython(here)).toMatchObject({
      status: 0,
      verifiedBy: { name: "cryptography (Python)" },
    });
  });

  it.skipIf(!hasPython)("opens with this machine's Python: one sealed now", () => {
    expect(verifyWithPython(sealFixture())).toMatchObject({ status: 0 });
  });

  it.skipIf(!hasPython)("is refused by Python when it says something else", () => {
    const other = { ...here, envelope: { ...here.envelope, secret: "other" } };
    const { status, stderr } = verifyWithPython(other);
    expect({ status, stderr: stderr.trim() }).toEqual({
      status: 1,
      stderr: "the token opens, but does not hold the expected envelope",
    });
  });
});
