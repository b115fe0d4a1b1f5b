import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { constantTimeEqual, randomToken, sha256Base64Url, sha256Hex } from "./digests.ts";

describe("sha256Base64Url", () => {
  it("gives the S256 challenge of RFC 7636 appendix B", () => {
    expect(sha256Base64Url("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")).toBe(
      "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
    );
  });

  it("hashes UTF-8", () => {
    expect(sha256Base64Url("é")).toBe(Buffer.from(sha256Hex("é"), "hex").toString("base64url"));
    expect(sha256Base64Url("é")).not.toBe(sha256Base64Url("e\u0301"));
  });
});

describe("sha256Hex", () => {
  it("gives the digest of FIPS 180-4's example", () => {
    expect(sha256Hex("abc")).toBe("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  });
});

describe("randomToken", () => {
  it("has 256 bits in 43 base64url characters by default", () => {
    expect(randomToken()).toMatch(/^[A-Za-z0-9_-]{43}$/);
  });

  it("has as many bytes as asked for", () => {
    for (const bytes of [1, 16, 33, 64])
      expect(Buffer.from(randomToken(bytes), "base64url")).toHaveLength(bytes);
  });

  it("does not repeat", () => {
    expect(new Set(Array.from({ length: 1000 }, () => randomToken(16))).size).toBe(1000);
  });
});

describe("constantTimeEqual", () => {
  it("agrees with === on any two strings", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), fc.string({ unit: "grapheme" }), (a, b) => {
        expect(constantTimeEqual(a, b)).toBe(a === b);
        expect(constantTimeEqual(a, a)).toBe(true);
      }),
    );
  });

  it("takes strings of any length, the empty one too", () => {
    expect(constantTimeEqual("", "")).toBe(true);
    expect(constantTimeEqual("", "a")).toBe(false);
    expect(constantTimeEqual("a".repeat(10_000), "a".repeat(9_999))).toBe(false);
  });
});
