import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { encodeParameter, parserOf, parseTextArray } from "./values.ts";

describe("encodeParameter", () => {
  it("writes every kind of value in PostgreSQL's text format", () => {
    expect(encodeParameter(null)).toBeNull();
    expect(encodeParameter("it's")).toBe("it's");
    expect(encodeParameter(12345678901234567890n)).toBe("12345678901234567890");
    expect(encodeParameter(1.5)).toBe("1.5");
    expect(encodeParameter(true)).toBe("true");
    expect(encodeParameter(new Date(0))).toBe("1970-01-01T00:00:00.000Z");
    expect(encodeParameter([])).toBe("{}");
    expect(encodeParameter(["a", 'b"', "c\\", ""])).toBe('{"a","b\\"","c\\\\",""}');
  });
});

describe("parseTextArray", () => {
  it("reads back every list of texts", () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: "grapheme" })), (list) => {
        expect(parseTextArray(encodeParameter(list) ?? "")).toEqual(list);
      }),
    );
  });

  it("reads elements that the server left unquoted", () => {
    expect(parseTextArray('{read,write:all,"a b",x}')).toEqual(["read", "write:all", "a b", "x"]);
    expect(parseTextArray('{NULL,"NULL",x}')).toEqual([null, "NULL", "x"]);
  });
});

describe("parserOf", () => {
  const TIMESTAMPTZ = 1184;
  it.each([
    ["2026-11-23 10:00:00+00", "2026-11-23T10:00:00.000Z"],
    ["2026-11-23 10:00:00.123456+05:30", "2026-11-23T04:30:00.123Z"],
    ["2026-11-23 10:00:00.1-03", "2026-11-23T13:00:00.100Z"],
  ])("reads the time %s", (text, iso) => {
    expect((parserOf(TIMESTAMPTZ)(text) as Date).toISOString()).toBe(iso);
  });

  it("makes an invalid Date of what is no point in time", () => {
    expect(String(parserOf(TIMESTAMPTZ)("infinity"))).toBe("Invalid Date");
  });

  it("leaves types that it does not know as text", () => {
    expect(parserOf(25)("t")).toBe("t");
    expect(parserOf(16)("t")).toBe(true);
    expect(parserOf(20)("7")).toBe(7n);
  });
});
