import { createHmac } from "node:crypto";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { encodeBase64Url } from "./base64url.ts";
import { fernetDecrypt, fernetEncrypt, type FernetProblem } from "./fernet.ts";
import { generateFernetKey, parseKeyRing } from "./key-ring.ts";

const KEY_TEXT = generateFernetKey();
const key = parseKeyRing(KEY_TEXT).primary;
const NOW = 1_800_000_000;

const refusal = (problem: FernetProblem) => expect.objectContaining({ name: "FernetError", problem });

/** Signs any bytes as a token of `key`: what only a holder of the key can make. */
const signedToken = (body: Buffer): string => {
  const signingKey = Buffer.from(KEY_TEXT, "base64url").subarray(0, 16);
  return encodeBase64Url(Buffer.concat([body, createHmac("sha256", signingKey).update(body).digest()]));
};

const token = fernetEncrypt(key, "a secret", { now: NOW });
const openAt = (now: number, ttlSeconds: number) => () => fernetDecrypt(key, token, { now, ttlSeconds });

const bodyOf = (text: string): Buffer => Buffer.from(text, "base64url").subarray(0, -32);

describe("fernetEncrypt", () => {
  it("makes a token that fernetDecrypt opens, for any bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(fernetDecrypt(key, fernetEncrypt(key, bytes))).toEqual(Buffer.from(bytes));
      }),
    );
  });

  it("takes a string as UTF-8", () => {
    expect(fernetDecrypt(key, fernetEncrypt(key, "ключ 🔑"))).toEqual(Buffer.from("ключ 🔑", "utf8"));
  });

  it("never repeats an IV", () => {
    const ivs = Array.from({ length: 500 }, () =>
      bodyOf(fernetEncrypt(key, "same")).subarray(9, 25).toString("hex"),
    );
    expect(new Set(ivs).size).toBe(500);
  });

  it("records the time in whole seconds, by default the present one", () => {
    expect(bodyOf(fernetEncrypt(key, "", { now: NOW })).readBigUInt64BE(1)).toBe(BigInt(NOW));
    const recorded = Number(bodyOf(fernetEncrypt(key, "")).readBigUInt64BE(1));
    expect(Math.abs(recorded - Date.now() / 1000)).toBeLessThan(5);
  });

  it.each([-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY])("refuses the time %s", (now) => {
    expect(() => fernetEncrypt(key, "", { now })).toThrow(RangeError);
  });

  it.each([0, 15, 17])("refuses an IV of %s bytes", (length) => {
    expect(() => fernetEncrypt(key, "", { iv: new Uint8Array(length) })).toThrow(/initialization vector/i);
  });
});

describe("fernetDecrypt", () => {
  it("refuses another key's token", () => {
    const other = parseKeyRing(generateFernetKey()).primary;
    expect(() => fernetDecrypt(other, token)).toThrow(refusal("wrong_hmac"));
  });

  it("refuses a token with any bit flipped", () => {
    const bytes = Buffer.from(token, "base64url");
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const forged = Buffer.from(bytes);
      forged.writeUInt8(forged.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
      // Bits 0 to 7 are the version, which is refused for its value.
      expect(() => fernetDecrypt(key, encodeBase64Url(forged))).toThrow(
        refusal(bit < 8 ? "malformed" : "wrong_hmac"),
      );
    }
  });

  it("refuses a token cut anywhere", () => {
    for (let length = 0; length < token.length; length++) {
      expect(() => fernetDecrypt(key, token.slice(0, length))).toThrow(
        expect.objectContaining({ name: "FernetError" }),
      );
    }
  });

  it("proves the HMAC before it judges the time or the padding", () => {
    const stale = Buffer.from(token, "base64url").fill(0, 1, 9);
    const open = () => fernetDecrypt(key, encodeBase64Url(stale), { ttlSeconds: 60, now: NOW });
    expect(open).toThrow(refusal("wrong_hmac"));
    const unpadded = Buffer.concat([bodyOf(token).subarray(0, 25), Buffer.alloc(16)]);
    expect(() => fernetDecrypt(key, signedToken(unpadded))).toThrow(refusal("bad_padding"));
    const forged = encodeBase64Url(Buffer.concat([unpadded, Buffer.alloc(32)]));
    expect(() => fernetDecrypt(key, forged)).toThrow(refusal("wrong_hmac"));
  });

  it("refuses what is signed rightly but is no version 0x80 token", () => {
    const otherVersion = Buffer.from(bodyOf(token));
    otherVersion[0] = 0x81;
    expect(() => fernetDecrypt(key, signedToken(otherVersion))).toThrow(refusal("malformed"));
    expect(() => fernetDecrypt(key, signedToken(bodyOf(token).subarray(0, 25)))).toThrow(
      refusal("malformed"),
    );
    expect(() => fernetDecrypt(key, signedToken(bodyOf(token).subarray(0, -1)))).toThrow(
      refusal("malformed"),
    );
  });

  it.each([
    ["no padding", (text: string) => text.replaceAll("=", "")],
    ["too much padding", (text: string) => `${text}=`],
    ["a character outside the alphabet", (text: string) => `${text.slice(0, 40)}.${text.slice(40)}`],
    ["a line break at the end", (text: string) => `${text}\n`],
    ["a space in front", (text: string) => ` ${text}`],
    ["four more foreign characters", (text: string) => `${text.slice(0, 40)}****${text.slice(40)}`],
    ["a second token behind it", (text: string) => text + text],
  ])("refuses a token with %s", (_what, spoil) => {
    expect(token).toMatch(/=$/);
    expect(() => fernetDecrypt(key, spoil(token))).toThrow(refusal("malformed"));
  });

  it("refuses the standard alphabet and stray trailing bits", () => {
    let standard = "";
    while (!/[+/]/.test(standard))
      standard = Buffer.from(fernetEncrypt(key, "x"), "base64url").toString("base64");
    expect(() => fernetDecrypt(key, standard)).toThrow(refusal("malformed"));
    // The last character before "==" ends in four zero bits in canonical form: A, Q, g or w.
    const loose = token.replace(/.==$/, (end) => String.fromCharCode(end.charCodeAt(0) + 1) + "==");
    expect(loose).not.toBe(token);
    expect(Buffer.from(loose, "base64url")).toEqual(Buffer.from(token, "base64url"));
    expect(() => fernetDecrypt(key, loose)).toThrow(refusal("malformed"));
  });

  describe("with ttlSeconds", () => {
    it("opens up to the last second and not after it", () => {
      expect(openAt(NOW + 60, 60)().toString()).toBe("a secret");
      expect(openAt(NOW + 61, 60)).toThrow(refusal("expired"));
      expect(openAt(NOW, 0)().toString()).toBe("a secret");
    });

    it("allows 60 seconds of clock skew and not more", () => {
      expect(openAt(NOW - 60, 60)().toString()).toBe("a secret");
      expect(openAt(NOW - 61, 60)).toThrow(refusal("clock_skew"));
    });

    it("refuses when ttl or clock is not a number", () => {
      expect(openAt(NOW, Number.NaN)).toThrow(refusal("expired"));
      expect(openAt(Number.NaN, 60)).toThrow(refusal("clock_skew"));
    });
  });

  it("does not look at the time without ttlSeconds", () => {
    expect(fernetDecrypt(key, token, { now: 0 }).toString()).toBe("a secret");
    expect(fernetDecrypt(key, fernetEncrypt(key, "old", { now: 0 })).toString()).toBe("old");
  });

  it("puts nothing of the token into its error", () => {
    const seen = [token, `${token}=`, token.slice(0, 60)].map((text) => {
      try {
        return fernetDecrypt(parseKeyRing(generateFernetKey()).primary, text).toString();
      } catch (error) {
        return JSON.stringify(error) + String(error) + (error instanceof Error ? (error.stack ?? "") : "");
      }
    });
    for (const text of seen) expect(text).not.toContain(token.slice(0, 20));
  });
});
