import { describe, expect, it } from "vitest";
import { readPageToken, writePageToken } from "./page-token.ts";

const filter = {
  namespace: "default",
  statuses: ["active", "degraded"],
  labels: { a: "1", b: "2" },
} as const;

describe("readPageToken", () => {
  it("goes on after the row that the token names, whatever the order of the filter's parts", () => {
    const token = writePageToken(filter, "42");
    expect(
      readPageToken({ ...filter, statuses: ["degraded", "active"], labels: { b: "2", a: "1" } }, token),
    ).toBe("42");
    expect(readPageToken(filter, "")).toBe("0");
  });

  it.each([
    [{ ...filter, namespace: "other" }],
    [{ ...filter, statuses: ["active"] as const }],
    [{ ...filter, labels: {} }],
    [{ ...filter, userId: "" }],
    [{ ...filter, expiresBefore: new Date(0) }],
  ])("refuses a token of another listing: %j", (other) => {
    expect(() => readPageToken(other, writePageToken(filter, "42"))).toThrow("page_token");
  });

  it.each([
    "x",
    "%%%",
    writePageToken(filter, ""),
    writePageToken(filter, "-1"),
    writePageToken(filter, "1 or 1=1"),
    writePageToken(filter, "9".repeat(40)),
  ])("refuses %j", (token) => {
    expect(() => readPageToken(filter, token)).toThrow("page_token");
  });
});
