import { createHash } from "node:crypto";
import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { COLLIDING_KEY_ID, COLLIDING_KEYS } from "../../test/crypto/colliding-keys.ts";
import { generateFernetKey, KeyRingError, parseKeyRing } from "./key-ring.ts";

const [A, B, C] = [generateFernetKey(), generateFernetKey(), generateFernetKey()];

const idOf = (text: string): string =>
  createHash("sha256").update(Buffer.from(text, "base64url")).digest("hex").slice(0, 8);

const refusalOf = (text: string): KeyRingError => {
  try {
    parseKeyRing(text);
  } catch (error) {
    if (error instanceof KeyRingError) return error;
    throw error;
  }
  throw new Error("the list was accepted");
};

describe("generateFernetKey", () => {
  it("makes 32 fresh bytes in urlsafe base64 with padding", () => {
    expect(A).toMatch(/^[A-Za-z0-9_-]{43}=$/);
    expect(Buffer.from(A, "base64url")).toHaveLength(32);
    expect(new Set([A, B, C]).size).toBe(3);
  });
});

describe("parseKeyRing", () => {
  it("takes one key", () => {
    const ring = parseKeyRing(A);
    expect(ring.primary.id).toBe(idOf(A));
    expect([...ring.keys]).toEqual([[idOf(A), ring.primary]]);
  });

  it("encrypts with the first of several and keeps all", () => {
    const ring = parseKeyRing(`${B},${A},${C}`);
    expect(ring.primary.id).toBe(idOf(B));
    expect([...ring.keys.keys()]).toEqual([idOf(B), idOf(A), idOf(C)]);
  });

  it("drops white space around items, as a file or a folded YAML value has it", () => {
    expect([...parseKeyRing(` ${A} ,\r\n\t${B}\n`).keys.keys()]).toEqual([idOf(A), idOf(B)]);
  });

  it("counts a repeated key once, at its first place", () => {
    const ring = parseKeyRing(`${A},${B},${A}, ${B}`);
    expect(ring.primary.id).toBe(idOf(A));
    expect([...ring.keys.keys()]).toEqual([idOf(A), idOf(B)]);
  });

  it("takes a hundred keys", () => {
    const texts = Array.from({ length: 100 }, generateFernetKey);
    expect([...parseKeyRing(texts.join(",")).keys.keys()]).toEqual(texts.map(idOf));
  });

  it.each([
    ["nothing", "", 1],
    ["white space", " \n", 1],
    ["a leading comma", `,${A}`, 1],
    ["a doubled comma", `${A},,${B}`, 2],
    ["a trailing comma", `${A},${B}, `, 3],
  ])("refuses %s", (_what, text, position) => {
    const error = refusalOf(text);
    expect(error).toMatchObject({ name: "KeyRingError", position });
    expect(error.message).toMatch(
      new RegExp(`^key ${position} of \\d+ is empty .*: copy .*token-broker keygen`),
    );
  });

  it.each([
    ["a passphrase", "correct horse battery staple"],
    ["no padding", A.slice(0, 43)],
    ["31 bytes", Buffer.alloc(31, 7).toString("base64")],
    ["33 bytes", Buffer.alloc(33, 7).toString("base64")],
    ["the standard alphabet", Buffer.alloc(32, 0xfb).toString("base64")],
    ["64 hex digits", "ab".repeat(32)],
    ["44 hex digits", "ab".repeat(22)],
    ["quotes around it", `"${A}"`],
    ["a character outside the alphabet", `${A.slice(0, 20)}!${A.slice(21)}`],
    ["white space inside", `${A.slice(0, 20)} ${A.slice(21)}`],
    ["two keys without a comma", `${A} ${B}`],
    ["stray trailing bits", `${"A".repeat(42)}B=`],
    ["non-ASCII letters", `${"é".repeat(43)}=`],
  ])("refuses %s, and names the place and the cure but no value", (_what, item) => {
    const error = refusalOf(`${A},${item}`);
    expect(error.position).toBe(2);
    expect(error.message).toMatch(
      /^key 2 of 2 is not .*copy the whole key, or make a new one with `token-broker keygen`/,
    );
    const printed = inspect(error, { depth: null, showHidden: true });
    for (const value of [item, item.slice(0, 12), A.slice(0, 12)]) expect(printed).not.toContain(value);
  });

  it("refuses two different keys with one id, which a stored key id could not tell apart", () => {
    const [first, second] = COLLIDING_KEYS;
    expect([idOf(first), idOf(second)]).toEqual([COLLIDING_KEY_ID, COLLIDING_KEY_ID]);
    expect(refusalOf(`${A},${first},${second}`).message).toMatch(
      /^key 3 of 3 has the id of another key: copy the whole key, or make a new one with `token-broker keygen`/,
    );
  });
});

describe("FernetKey", () => {
  const key = parseKeyRing(A).primary;
  const bytes = Buffer.from(A, "base64url");
  const halves = [bytes.subarray(0, 16), bytes.subarray(16)];
  const forms = [
    A,
    ...halves.flatMap((half) => [half.toString("hex"), half.toString("base64"), [...half].join(", ")]),
  ];

  it.each([
    ["String()", () => String(key)],
    ["concatenation", () => "".concat(key as never)],
    ["JSON", () => JSON.stringify({ key, list: [key] })],
    ["inspect", () => inspect({ key }, { depth: null, showHidden: true })],
    [
      "inspect without custom functions",
      () => inspect(key, { customInspect: false, depth: null, showHidden: true, getters: true }),
    ],
    ["inspect of the ring", () => inspect(parseKeyRing(`${A},${B}`), { depth: null, showHidden: true })],
    ["its own properties", () => JSON.stringify(Object.entries(Object.getOwnPropertyDescriptors(key)))],
    ["a structured clone", () => inspect(structuredClone(key), { depth: null, showHidden: true })],
  ])("shows its id and no byte: %s", (_how, print) => {
    const printed = print();
    expect(printed).toContain(key.id);
    for (const form of forms) expect(printed).not.toContain(form);
  });

  it("cannot be changed", () => {
    expect(Object.isFrozen(key)).toBe(true);
  });
});
