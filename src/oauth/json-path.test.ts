import { describe, expect, it } from "vitest";
import { valueAt } from "./json-path.ts";

describe("valueAt", () => {
  const value: unknown = JSON.parse('{"a":{"b":[{"c":1}]},"__proto__":{"x":2},"s":"text"}');

  it.each([
    ["a.b.0.c", 1],
    ["__proto__.x", 2],
    ["s", "text"],
    ["", undefined],
    ["a.x", undefined],
    ["a.b.1", undefined],
    ["s.length", undefined],
    ["constructor", undefined],
    ["a.constructor.name", undefined],
    ["a.b.length.x", undefined],
  ])("%j leads to %j", (path, expected) => {
    expect(valueAt(value, path)).toBe(expected);
  });
});
