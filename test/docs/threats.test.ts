import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

const THREATS = 24;
const text = readFileSync("SECURITY.md", "utf8");
const rows = text.split("\n").flatMap((line) => {
  const [, number, cells] = /^\| (T\d+|) \| (.*) \|$/.exec(line) ?? [];
  return number === undefined || cells === undefined ? [] : [{ number, cells: cells.split(" | ") }];
});

describe("the table of threats", () => {
  it("has all of them, in order", () => {
    const numbers = rows.map(({ number }) => number).filter((number) => number !== "");
    expect(numbers).toEqual(Array.from({ length: THREATS }, (_, index) => `T${index + 1}`));
  });

  it.each(rows)("names the tests of $number, and they are there", ({ cells: [, , tests = ""] }) => {
    const paths = [...tests.matchAll(/`([^`]+)`/g)].map(([, path = ""]) => path);
    expect(paths.length).toBeGreaterThan(0);
    expect(paths.filter((path) => !existsSync(path))).toEqual([]);
  });
});
