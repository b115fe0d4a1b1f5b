import { describe, expect, it } from "vitest";
import { jsonLines, pathKey } from "./json-lines.ts";

const text = `{
  "list": [
    { "a": 1,
      "b": "}, \\"x\\": [" },
    {
      "c": [true,
        null]
    }
  ],
  "last": {}
}`;

describe("jsonLines", () => {
  it.each<[PropertyKey[], number]>([
    [[], 1],
    [["list"], 2],
    [["list", 0], 3],
    [["list", 0, "a"], 3],
    [["list", 0, "b"], 4],
    [["list", 1], 5],
    [["list", 1, "c"], 6],
    [["list", 1, "c", 0], 6],
    [["list", 1, "c", 1], 7],
    [["last"], 10],
  ])("finds %j in line %i", (path, line) => {
    expect(jsonLines(text)[pathKey(path)]).toBe(line);
  });

  it("knows nothing of a path that is not there", () => {
    expect(jsonLines(text)[pathKey(["list", 2])]).toBeUndefined();
  });
});
