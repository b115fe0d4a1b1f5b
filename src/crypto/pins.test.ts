import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { sha256Base64Url } from "./digests.ts";
import { pinsDigest } from "./pins.ts";

const pinsOf = fc.dictionary(fc.string({ unit: "binary" }), fc.option(fc.string({ unit: "binary" })), {
  maxKeys: 6,
});

describe("pinsDigest", () => {
  it("is SHA-256 over the sorted JSON list, so that stored rows keep opening", () => {
    expect(pinsDigest({ token_url: "https://a.example/token", client_id: "c", issuer: null })).toBe(
      sha256Base64Url('[["client_id","c"],["issuer",null],["token_url","https://a.example/token"]]'),
    );
    expect(pinsDigest({})).toBe(sha256Base64Url("[]"));
  });

  it("does not depend on the order of the object", () => {
    fc.assert(
      fc.property(pinsOf, (pins) => {
        expect(pinsDigest(Object.fromEntries(Object.entries(pins).toReversed()))).toBe(pinsDigest(pins));
      }),
    );
  });

  it("differs when any one pin is added, removed, renamed or changed", () => {
    fc.assert(
      fc.property(
        pinsOf,
        fc.string({ unit: "binary" }),
        fc.string({ unit: "binary" }),
        (pins, name, value) => {
          fc.pre(pins[name] !== value);
          const changed = Object.fromEntries([
            ...Object.entries(pins).filter(([known]) => known !== name),
            [name, value],
          ]);
          expect(pinsDigest(changed)).not.toBe(pinsDigest(pins));
        },
      ),
    );
  });

  it.each([
    ["null and the string null", { a: null }, { a: "null" }],
    ["null and empty", { a: null }, { a: "" }],
    ["null and absent", { a: null }, {}],
    ["a border moved from value to name", { ab: "c" }, { a: "bc" }],
    ["a border moved between pins", { a: "1", b: "23" }, { a: "12", b: "3" }],
    ["a value that looks like two pins", { a: '1"],["b","2' }, { a: "1", b: "2" }],
    ["a lone surrogate and its escape", { a: "\ud800" }, { a: "\\ud800" }],
    ["a lone surrogate and the replacement character", { a: "\ud800" }, { a: "\ufffd" }],
  ])("tells apart %s", (_what, one, other) => {
    expect(pinsDigest(one)).not.toBe(pinsDigest(other));
  });
});
