import { describe, expect, it } from "vitest";
import { endsWithin, MINUTE } from "./time.ts";

describe("endsWithin", () => {
  const never = () => new Promise(() => {});

  it.each([
    ["what is over", () => Promise.resolve(), MINUTE, true],
    ["what has failed, which is its own affair", () => Promise.reject(new Error("failed")), MINUTE, true],
    ["what goes on", never, 10, false],
    ["what goes on, without any time", never, -1, false],
  ])("answers about %s", async (_, work, ms, isOver) => {
    expect(await endsWithin(ms, work())).toBe(isOver);
  });
});
