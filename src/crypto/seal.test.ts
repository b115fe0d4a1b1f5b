import { inspect, isDeepStrictEqual } from "node:util";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BrokerError } from "../errors.ts";
import type { SealContext } from "./envelope.ts";
import { fernetDecrypt, fernetEncrypt } from "./fernet.ts";
import { generateFernetKey, type KeyRing, parseKeyRing } from "./key-ring.ts";
import { pinsDigest } from "./pins.ts";
import { createSealer, type Sealed } from "./seal.ts";

const [A, B] = [generateFernetKey(), generateFernetKey()];
const ring = parseKeyRing(A);
const sealer = createSealer(ring);

const SECRET = "gho_canary-0123456789";
const context: SealContext = {
  table: "connection_tokens",
  row: ["default", "7f1cfd3e-0000-4000-8000-000000000001", "hidden-user", "hidden-provider", "", ""],
  field: "access_token",
  version: 42n,
  pins: pinsDigest({ token_url: "https://acme.example/token" }),
};

const text = fc.string({ unit: "binary" });
const contexts: fc.Arbitrary<SealContext> = fc.record({
  table: text,
  row: fc.array(text, { maxLength: 7 }),
  field: text,
  version: fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }),
  pins: text,
});

const refusalOf = (open: () => string): BrokerError => {
  try {
    open();
  } catch (error) {
    if (error instanceof BrokerError) return error;
    throw error;
  }
  throw new Error("the value was opened");
};

/** Why `by` does not open it. */
const causeOf = (sealed: Sealed, where: SealContext, by = sealer): string | undefined => {
  const { code, metadata } = refusalOf(() => by.open(sealed, where));
  return code === "KEY_UNAVAILABLE" && Object.keys(metadata).length === 1 ? metadata["cause"] : undefined;
};

describe("seal and open", () => {
  it("give back any secret in any place", () => {
    fc.assert(
      fc.property(text, contexts, (secret, where) => {
        expect(sealer.open(sealer.seal(secret, where), where)).toBe(secret);
      }),
    );
  });

  it("refuse another place: any one part of the context changed", () => {
    const parts = fc.constantFrom(...(["table", "row", "field", "version", "pins"] as const));
    fc.assert(
      fc.property(text, contexts, contexts, parts, (secret, where, other, part) => {
        const elsewhere = { ...where, [part]: other[part] };
        fc.pre(!isDeepStrictEqual(other[part], where[part]));
        expect(causeOf(sealer.seal(secret, where), elsewhere)).toBe("binding");
      }),
    );
  });

  it.each(["table", "field", "version", "pins"])("refuse another %s", (part) => {
    expect(causeOf(sealer.seal(SECRET, context), { ...context, [part]: "other" })).toBe("binding");
  });

  it("refuse each part of the row's key changed, moved, missing or added", () => {
    const sealed = sealer.seal(SECRET, context);
    for (const index of context.row.keys()) {
      expect(causeOf(sealed, { ...context, row: context.row.with(index, "other") })).toBe("binding");
    }
    expect(causeOf(sealed, { ...context, row: context.row.slice(0, -1) })).toBe("binding");
    expect(causeOf(sealed, { ...context, row: [...context.row, ""] })).toBe("binding");
    expect(causeOf(sealed, { ...context, row: context.row.toReversed() })).toBe("binding");
    const shifted = { ...context, row: ["ab", "c"] };
    expect(causeOf(sealer.seal(SECRET, shifted), { ...context, row: ["a", "bc"] })).toBe("binding");
  });

  it("take a version as bigint or as its decimal string", () => {
    expect(sealer.open(sealer.seal(SECRET, context), { ...context, version: "42" })).toBe(SECRET);
    expect(sealer.open(sealer.seal(SECRET, { ...context, version: "42" }), context)).toBe(SECRET);
    const beyondDoubles = { ...context, version: 2n ** 53n };
    expect(causeOf(sealer.seal(SECRET, beyondDoubles), { ...context, version: 2n ** 53n + 1n })).toBe(
      "binding",
    );
  });

  it("do not show the same secret as the same ciphertext", () => {
    expect(sealer.seal(SECRET, context).ciphertext).not.toBe(sealer.seal(SECRET, context).ciphertext);
  });

  it("store the envelope that is documented, readable with plain Fernet", () => {
    const { ciphertext } = sealer.seal(SECRET, context);
    expect(JSON.parse(fernetDecrypt(ring.primary, ciphertext).toString("utf8"))).toEqual({
      v: 1,
      table: "connection_tokens",
      row: context.row,
      field: "access_token",
      version: "42",
      pins: context.pins,
      secret: SECRET,
    });
  });
});

describe("open with several keys", () => {
  const sealedByA = sealer.seal(SECRET, context);

  it("opens what any configured key sealed, and seals with the first", () => {
    const rotated = createSealer(parseKeyRing(`${B},${A}`));
    expect(rotated.open(sealedByA, context)).toBe(SECRET);
    expect(rotated.seal(SECRET, context).keyId).toBe(parseKeyRing(B).primary.id);
  });

  it("refuses a key that is not configured", () => {
    expect(causeOf(sealedByA, context, createSealer(parseKeyRing(B)))).toBe("unknown_key");
  });

  it.each(["", "00000000", "__proto__", "constructor", "toString"])("refuses the key id %j", (keyId) => {
    expect(causeOf({ ...sealedByA, keyId }, context)).toBe("unknown_key");
  });

  it("does not try other keys than the one the row names", () => {
    const both = createSealer(parseKeyRing(`${A},${B}`));
    expect(causeOf({ ...sealedByA, keyId: parseKeyRing(B).primary.id }, context, both)).toBe("corrupt");
  });

  it("follows a ring that changes", () => {
    let current = parseKeyRing(A);
    const live: KeyRing = {
      get primary() {
        return current.primary;
      },
      get keys() {
        return current.keys;
      },
    };
    const following = createSealer(live);
    current = parseKeyRing(`${B},${A}`);
    expect(following.seal(SECRET, context).keyId).toBe(parseKeyRing(B).primary.id);
    expect(following.open(sealedByA, context)).toBe(SECRET);
    current = parseKeyRing(B);
    expect(causeOf(sealedByA, context, following)).toBe("unknown_key");
  });
});

describe("open on damaged values", () => {
  const sealed = sealer.seal(SECRET, context);

  it("refuses a ciphertext with any character changed", () => {
    fc.assert(
      fc.property(
        fc.nat(sealed.ciphertext.length - 1),
        fc.string({ minLength: 1, maxLength: 1 }),
        (at, character) => {
          fc.pre(sealed.ciphertext[at] !== character);
          const ciphertext = sealed.ciphertext.slice(0, at) + character + sealed.ciphertext.slice(at + 1);
          expect(causeOf({ ...sealed, ciphertext }, context)).toBe("corrupt");
        },
      ),
    );
  });

  const envelope = { v: 1, ...context, version: "42", secret: SECRET };
  it.each([
    ["an empty text", ""],
    ["the bare secret, as other programs store it", SECRET],
    ["broken JSON around the secret", `{"v":1,"secret":"${SECRET}"`],
    ["null", "null"],
    ["a list", JSON.stringify([envelope])],
    ["another format", JSON.stringify({ ...envelope, v: 2 })],
    ["a format in words", JSON.stringify({ ...envelope, v: "1" })],
    ["a secret that is no string", JSON.stringify({ ...envelope, secret: { toString: SECRET } })],
    ["no secret", JSON.stringify({ ...envelope, secret: undefined })],
    ["a row that is no list", JSON.stringify({ ...envelope, row: context.row.join(",") })],
    ["a row of other things than strings", JSON.stringify({ ...envelope, row: context.row.map(() => null) })],
    ["a version as a number", JSON.stringify({ ...envelope, version: 42 })],
    ["everything in __proto__", `{"__proto__":${JSON.stringify(envelope)}}`],
  ])("refuses a token of the right key that holds %s", (_what, plaintext) => {
    expect(
      causeOf({ ciphertext: fernetEncrypt(ring.primary, plaintext), keyId: ring.primary.id }, context),
    ).toBe("corrupt");
  });

  it("opens such an envelope when it is right, whoever wrote it", () => {
    const reordered = JSON.stringify(Object.fromEntries(Object.entries(envelope).toReversed()), null, 2);
    const foreign = { ciphertext: fernetEncrypt(ring.primary, reordered), keyId: ring.primary.id };
    expect(sealer.open(foreign, context)).toBe(SECRET);
  });

  it("shows no part of secret, token, key or place, whatever the reason", () => {
    const brokenJson = fernetEncrypt(ring.primary, `{"secret":"${SECRET}"`);
    const errors = [
      refusalOf(() => sealer.open({ ...sealed, keyId: "deadbeef" }, context)),
      refusalOf(() => sealer.open({ ...sealed, ciphertext: `${sealed.ciphertext}x` }, context)),
      refusalOf(() => sealer.open({ ...sealed, ciphertext: brokenJson }, context)),
      refusalOf(() => sealer.open(sealed, { ...context, row: ["default", "other"] })),
    ];
    expect(errors.map((error) => error.metadata["cause"])).toEqual([
      "unknown_key",
      "corrupt",
      "corrupt",
      "binding",
    ]);
    const printed = errors.map((error) => inspect(error, { depth: null, showHidden: true })).join("\n");
    const hidden = [
      SECRET,
      "canary",
      A.slice(0, 12),
      sealed.ciphertext.slice(0, 20),
      "hidden-user",
      "hidden-provider",
      context.pins,
      "deadbeef",
    ];
    for (const value of hidden) expect(printed).not.toContain(value);
  });
});
