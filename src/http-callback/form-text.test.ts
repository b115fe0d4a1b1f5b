import { describe, expect, it } from "vitest";
import { decodeForm } from "./form-text.ts";

describe("decodeForm", () => {
  it.each([
    ["", []],
    [
      "a=1&b=2",
      [
        ["a", "1"],
        ["b", "2"],
      ],
    ],
    [
      "a=1&&b=2&",
      [
        ["a", "1"],
        ["b", "2"],
      ],
    ],
    ["a=x+y%20z%2B", [["a", "x y z+"]]],
    [
      "a==&b",
      [
        ["a", "="],
        ["b", ""],
      ],
    ],
    [
      "a=1&a=2",
      [
        ["a", "1"],
        ["a", "2"],
      ],
    ],
    ["state%5B%5D=x", [["state[]", "x"]]],
    ["a=%E2%82%AC", [["a", "€"]]],
    ["__proto__=x", [["__proto__", "x"]]],
  ])("reads %j", (text, expected) => {
    expect([...(decodeForm(text) ?? [])]).toEqual(expected);
  });

  it.each([
    ["an escape that is none", "a=%zz"],
    ["an escape cut off", "a=%2"],
    ["a lone percent sign", "a=100%"],
    ["a malformed name", "%zz=a"],
    ["NUL", "a=x%00y"],
    ["NUL in a name", "a%00=x"],
    ["an overlong slash", "a=%C0%AF"],
    ["an overlong NUL", "a=%C0%80"],
    ["a lone continuation byte", "a=%80"],
    ["a surrogate in UTF-8", "a=%ED%A0%80"],
    ["a truncated sequence", "a=%E2%82"],
    ["Latin-1", "a=%E9"],
    ["a raw character outside ASCII", "a=é"],
    ["a raw space", "a=b c"],
    ["a raw control character", "a=b\u0001"],
  ])("refuses %s", (_, text) => {
    expect(decodeForm(text)).toBeUndefined();
  });
});
