import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { fernetDecrypt, fernetEncrypt, type FernetError } from "./fernet.ts";
import { parseKeyRing } from "./key-ring.ts";

interface Vector {
  readonly desc: string;
  readonly token: string;
  readonly now: string;
  readonly ttl_sec: number;
  readonly src: string;
  readonly iv: readonly number[];
  readonly secret: string;
}

const vectors = (name: string): readonly Vector[] =>
  JSON.parse(readFileSync(new URL(`../../test/crypto/fernet-spec/${name}.json`, import.meta.url), "utf8"));

const keyOf = (vector: Vector) => parseKeyRing(vector.secret).primary;
const unixSecondsOf = (vector: Vector): number => Date.parse(vector.now) / 1000;

// What each invalid vector must be refused for: passing for another reason would prove nothing.
const PROBLEMS: Record<string, FernetError["problem"]> = {
  "incorrect mac": "wrong_hmac",
  "too short": "malformed",
  "invalid base64": "malformed",
  "payload size not multiple of block size": "malformed",
  "payload padding error": "bad_padding",
  "far-future TS (unacceptable clock skew)": "clock_skew",
  "expired TTL": "expired",
  "incorrect IV (causes padding error)": "bad_padding",
};

describe("the vectors of the Fernet specification", () => {
  it.each(vectors("generate"))("generate: $src", (vector) => {
    const options = { now: unixSecondsOf(vector), iv: Uint8Array.from(vector.iv) };
    expect(fernetEncrypt(keyOf(vector), vector.src, options)).toBe(vector.token);
  });

  it.each(vectors("verify"))("verify: $src", (vector) => {
    const options = { now: unixSecondsOf(vector), ttlSeconds: vector.ttl_sec };
    expect(fernetDecrypt(keyOf(vector), vector.token, options).toString("utf8")).toBe(vector.src);
  });

  it.each(vectors("invalid"))("invalid: $desc", (vector) => {
    const options = { now: unixSecondsOf(vector), ttlSeconds: vector.ttl_sec };
    const problem = PROBLEMS[vector.desc];
    expect(problem).toBeDefined();
    expect(() => fernetDecrypt(keyOf(vector), vector.token, options)).toThrow(
      expect.objectContaining({ name: "FernetError", problem }),
    );
  });
});
