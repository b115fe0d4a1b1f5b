import { describe, expect, it } from "vitest";
import { COLLIDING_KEYS } from "../../test/crypto/colliding-keys.ts";
import { fernetDecrypt } from "./fernet.ts";
import { createKeyCheck, verifyKeyCheck } from "./key-check.ts";
import { generateFernetKey, parseKeyRing } from "./key-ring.ts";
import { pinsDigest } from "./pins.ts";
import { createSealer } from "./seal.ts";

const [A, B] = [generateFernetKey(), generateFernetKey()];
const check = createKeyCheck(parseKeyRing(A).primary);

describe("createKeyCheck", () => {
  it("makes a Fernet token that names the key's id in a fixed place", () => {
    const { primary } = parseKeyRing(A);
    expect(JSON.parse(fernetDecrypt(primary, check.ciphertext).toString("utf8"))).toMatchObject({
      table: "encryption_keys",
      row: [primary.id],
      field: "check_value",
      version: "0",
    });
  });
});

describe("verifyKeyCheck", () => {
  it("knows the key that made the value, first or not", () => {
    expect(check.keyId).toBe(parseKeyRing(A).primary.id);
    expect(verifyKeyCheck(parseKeyRing(A), check)).toBe(true);
    expect(verifyKeyCheck(parseKeyRing(`${B},${A}`), check)).toBe(true);
  });

  it("is false without that key", () => {
    expect(verifyKeyCheck(parseKeyRing(B), check)).toBe(false);
  });

  it("is false for another key that has the same id", () => {
    const made = createKeyCheck(parseKeyRing(COLLIDING_KEYS[0]).primary);
    const twin = parseKeyRing(COLLIDING_KEYS[1]);
    expect(twin.primary.id).toBe(made.keyId);
    expect(verifyKeyCheck(twin, made)).toBe(false);
  });

  it("is false for a value that was damaged or relabelled", () => {
    const both = parseKeyRing(`${A},${B}`);
    expect(verifyKeyCheck(both, { ...check, ciphertext: check.ciphertext.slice(4) })).toBe(false);
    expect(verifyKeyCheck(both, { ...check, ciphertext: "" })).toBe(false);
    expect(verifyKeyCheck(both, { ...check, keyId: parseKeyRing(B).primary.id })).toBe(false);
  });

  it("is false for a secret of another table put in its place", () => {
    const ring = parseKeyRing(A);
    const context = {
      table: "connection_tokens",
      row: [check.keyId],
      field: "access_token",
      version: "0",
      pins: pinsDigest({}),
    };
    expect(verifyKeyCheck(ring, createSealer(ring).seal("token-broker key check", context))).toBe(false);
  });
});
