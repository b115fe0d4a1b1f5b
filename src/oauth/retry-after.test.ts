import { describe, expect, it } from "vitest";
import { HOUR, SECOND } from "../time.ts";
import { parseRetryAfter } from "./retry-after.ts";

const now = Date.parse("2026-11-23T10:00:00Z");

describe("parseRetryAfter", () => {
  it.each([
    ["120", 120 * SECOND],
    [" 5 ", 5 * SECOND],
    ["0", 0],
    ["3600", HOUR],
    ["3601", HOUR],
    ["999999999", HOUR],
    ["9".repeat(400), HOUR],
    ["Mon, 23 Nov 2026 10:02:00 GMT", 120 * SECOND],
    ["Monday, 23-Nov-26 10:02:00 GMT", 120 * SECOND],
    ["Fri, 31 Dec 9999 23:59:59 GMT", HOUR],
    ["Mon, 23 Nov 2026 09:00:00 GMT", undefined],
    ["Mon, 99 Nov 2026 10:02:00 GMT", undefined],
    ["-1", undefined],
    ["1.5", undefined],
    ["1e3", undefined],
    ["2026", 2026 * SECOND],
    ["2026-11-23", undefined],
    ["soon", undefined],
    ["", undefined],
    [null, undefined],
  ])("%j is %j ms", (header, expected) => {
    expect(parseRetryAfter(header, now)).toBe(expected);
  });
});
