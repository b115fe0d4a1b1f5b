import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bearerChallenge, type Challenge, parseChallenges } from "./challenge.ts";

const plain = (header: string) =>
  parseChallenges(header).map(({ scheme, params }) => [scheme, Object.fromEntries(params)]);

describe("parseChallenges (RFC 9110 section 11.6.1)", () => {
  it.each<[string, string, unknown]>([
    ["nothing", "", []],
    ["a scheme alone", "Negotiate", [["negotiate", {}]]],
    ["parameters", 'Bearer realm="a", scope="x y"', [["bearer", { realm: "a", scope: "x y" }]]],
    ["token values without quotes", "Bearer error=invalid_token", [["bearer", { error: "invalid_token" }]]],
    [
      "other values without quotes",
      "Bearer a=https://h.test/x?y=1, b=2",
      [["bearer", { a: "https://h.test/x?y=1", b: "2" }]],
    ],
    ["blanks around the sign", 'Bearer realm\t= "a" ,error =b', [["bearer", { realm: "a", error: "b" }]]],
    ["escapes", String.raw`Bearer realm="a\"b\\c\d"`, [["bearer", { realm: String.raw`a"b\cd` }]]],
    [
      "commas inside quotes",
      'Bearer realm="a, Basic realm=b", x=1',
      [["bearer", { realm: "a, Basic realm=b", x: "1" }]],
    ],
    ["names in any case", 'BEARER Realm="a"', [["bearer", { realm: "a" }]]],
    ["the first of a repeated parameter", "Bearer a=1, A=2", [["bearer", { a: "1" }]]],
    ["an empty value", 'Bearer a="", b=1', [["bearer", { a: "", b: "1" }]]],
    [
      "several challenges",
      'Basic realm="b", Bearer realm="c", scope=x',
      [
        ["basic", { realm: "b" }],
        ["bearer", { realm: "c", scope: "x" }],
      ],
    ],
    [
      "a scheme alone before another",
      "Negotiate, Bearer a=1",
      [
        ["negotiate", {}],
        ["bearer", { a: "1" }],
      ],
    ],
    [
      "token68",
      "Basic YWxhZGRpbg==, Bearer a=1",
      [
        ["basic", {}],
        ["bearer", { a: "1" }],
      ],
    ],
    [
      "token68 at the end",
      "Bearer a=1, Negotiate abc/+~==",
      [
        ["bearer", { a: "1" }],
        ["negotiate", {}],
      ],
    ],
    ["empty list members", ",, Bearer a=1,, b=2 ,", [["bearer", { a: "1", b: "2" }]]],
    ["parameters that only blanks separate", 'Bearer a="1" b="2"', [["bearer", { a: "1", b: "2" }]]],
  ])("reads %s", (_, header, expected) => {
    expect(plain(header)).toEqual(expected);
  });

  it.each<[string, string, unknown]>([
    ["a parameter before any scheme", 'realm="a", Bearer a=1', []],
    ["a quote that never ends", 'Bearer a=1, b="x, c=2', [["bearer", { a: "1", b: "" }]]],
    ["quotes alone", 'Bearer "a"', [["bearer", {}]]],
    ["signs that no token has", "Bearer a=1, (b)=2", [["bearer", { a: "1" }]]],
    ["more than 16 KiB", `Bearer a="${"x".repeat(65_536)}"`, []],
  ])("ends at %s", (_, header, expected) => {
    expect(plain(header)).toEqual(expected);
  });

  it("takes no longer for what was made to take long", () => {
    const startMs = performance.now();
    for (const part of ["a ", "a=", '\\"', "=,", '="', "a\t", "a="])
      expect(parseChallenges(part.repeat(16_384 / part.length)).length).toBeLessThanOrEqual(8192);
    expect(performance.now() - startMs).toBeLessThan(2000);
  });

  it("throws for no text at all", () => {
    const nasty = fc
      .array(fc.constantFrom('"', "\\", "=", ",", " ", "\t", "\n", "a", "Bearer ", "é", "\0"), {
        maxLength: 100,
      })
      .map((parts) => parts.join(""));
    fc.assert(fc.property(nasty, (header) => Array.isArray(parseChallenges(header))));
  });

  it("reads back what was written", () => {
    const token = fc.stringMatching(/^[!#$%&'*+.^_`|~0-9a-z-]{1,12}$/);
    const text = fc.stringMatching(/^[\t\x20-\x7e\x80-\xff]{0,20}$/);
    const challenge = fc.record({
      scheme: token,
      params: fc
        .dictionary(token, text, { minKeys: 1, maxKeys: 4, noNullPrototype: true })
        .map((map) => new Map(Object.entries(map))),
    });
    fc.assert(
      fc.property(fc.array(challenge, { maxLength: 4 }), fc.boolean(), (challenges, quotesTokens) => {
        expect(parseChallenges(print(challenges, quotesTokens))).toEqual(challenges);
      }),
    );
  });
});

const print = (challenges: readonly Challenge[], quotesTokens: boolean): string =>
  challenges
    .map(({ scheme, params }) => {
      const written = [...params].map(([name, value]) =>
        !quotesTokens && /^[\w.~+-]+$/.test(value)
          ? `${name}=${value}`
          : `${name}="${value.replaceAll(/["\\]/g, "\\$&")}"`,
      );
      return `${scheme} ${written.join(", ")}`;
    })
    .join(", ");

describe("bearerChallenge", () => {
  it.each<[string, string, unknown]>([
    ["none", 'Basic realm="x"', undefined],
    ["an empty header", "", undefined],
    [
      "one that demands nothing",
      "Bearer",
      { resourceMetadata: undefined, scopes: undefined, error: undefined },
    ],
    [
      "everything that counts",
      'Bearer error="insufficient_scope", scope="a b a", resource_metadata="https://h.test/m"',
      { resourceMetadata: "https://h.test/m", scopes: ["a", "b"], error: "insufficient_scope" },
    ],
    [
      "of several the one that says where the metadata are",
      'Bearer scope="a", DPoP algs="ES256", Bearer scope="b", resource_metadata="https://h.test/m"',
      { resourceMetadata: "https://h.test/m", scopes: ["b"], error: undefined },
    ],
    [
      "of several without metadata the first",
      'Bearer scope="a", Bearer scope="b"',
      { resourceMetadata: undefined, scopes: ["a"], error: undefined },
    ],
    [
      "no scope that no scope can be",
      String.raw`Bearer scope="ok \"quoted\" b\\c é"`,
      { resourceMetadata: undefined, scopes: ["ok"], error: undefined },
    ],
    [
      "no scope of a blank list",
      'Bearer scope="  "',
      { resourceMetadata: undefined, scopes: undefined, error: undefined },
    ],
  ])("finds %s", (_, header, expected) => {
    expect(bearerChallenge(header)).toEqual(expected);
  });
});
