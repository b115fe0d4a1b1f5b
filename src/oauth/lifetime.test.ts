import { describe, expect, it } from "vitest";
import type { ExpiryRules } from "../catalog/index.ts";
import { lifetimeSeconds, MAX_LIFETIME_SECONDS } from "./lifetime.ts";

const now = Date.parse("2026-11-23T10:00:00Z");
const inAnHour = now / 1000 + 3600;

const lifetime = (answer: Record<string, unknown>, rules: Partial<ExpiryRules> = {}, path = "expires_in") =>
  lifetimeSeconds(
    { defaultSeconds: undefined, zeroMeansNever: false, format: "seconds", absolute: undefined, ...rules },
    answer,
    path,
    now,
  );

describe("lifetimeSeconds", () => {
  it.each([
    [3600, 3600],
    ["3600", 3600],
    [" 3600 ", 3600],
    [3600.7, 3600],
    ["3600.7", 3600],
    [0, 0],
    ["0", 0],
    [0.4, 0],
    [1e18, MAX_LIFETIME_SECONDS],
    ["1000000000000000000", MAX_LIFETIME_SECONDS],
    [Number.MAX_VALUE, MAX_LIFETIME_SECONDS],
    [MAX_LIFETIME_SECONDS + 1, MAX_LIFETIME_SECONDS],
    ["9".repeat(400), MAX_LIFETIME_SECONDS],
    [-5, undefined],
    ["-5", undefined],
    ["abc", undefined],
    ["NaN", undefined],
    ["Infinity", undefined],
    ["0x10", undefined],
    ["1e3", undefined],
    ["", undefined],
    [null, undefined],
    [true, undefined],
    [[3600], undefined],
    [{}, undefined],
  ])("expires_in %j is %j seconds, and the catalog's default where it is nothing", (value, expected) => {
    expect(lifetime({ expires_in: value })).toBe(expected);
    expect(lifetime({ expires_in: value }, { defaultSeconds: 7 })).toBe(expected ?? 7);
  });

  it("is the default, or unknown, when the answer says nothing", () => {
    expect(lifetime({})).toBeUndefined();
    expect(lifetime({}, { defaultSeconds: 60 })).toBe(60);
  });

  it("takes 0 for never only where the catalog says so", () => {
    expect(lifetime({ expires_in: 0 }, { zeroMeansNever: true, defaultSeconds: 60 })).toBeUndefined();
    expect(lifetime({ expires_in: 10 }, { zeroMeansNever: true })).toBe(10);
    const absolute = { field: "expires", format: "seconds" } as const;
    expect(lifetime({ expires: 0 }, { zeroMeansNever: true, absolute })).toBeUndefined();
  });

  it("reads another path", () => {
    expect(lifetime({ data: { ttl: "90" } }, {}, "data.ttl")).toBe(90);
  });

  it.each([
    ["seconds", inAnHour, 3600],
    ["seconds", String(inAnHour), 3600],
    ["seconds", inAnHour + 0.9, 3600],
    ["seconds", inAnHour * 1000, 3600],
    ["milliseconds", inAnHour * 1000, 3600],
    ["milliseconds", inAnHour, 3600],
    ["seconds", now / 1000 - 10, 0],
    ["seconds", 1e18, MAX_LIFETIME_SECONDS],
    ["seconds", "soon", undefined],
    ["seconds", -1, undefined],
    ["iso8601", "2026-11-23T11:00:00Z", 3600],
    ["iso8601", "2026-11-23T12:00:00+01:00", 3600],
    ["iso8601", "2026-11-23T12:00:00.500+0100", 3600],
    ["iso8601", "2026-11-23T11:00:00", 3600],
    ["iso8601", "2026-11-23 11:00:00", 3600],
    ["iso8601", "2026-11-24", 14 * 3600],
    ["iso8601", "2026-11-23T09:00:00Z", 0],
    ["iso8601", "tomorrow", undefined],
    ["iso8601", "2026-99-99T00:00:00Z", undefined],
    ["iso8601", inAnHour, undefined],
  ] as const)("an absolute time in %s, %j, is %j seconds away", (format, value, expected) => {
    expect(lifetime({ expires_at: value }, { absolute: { field: "expires_at", format } })).toBe(expected);
  });

  it("prefers the length to the point in time: it needs no clock", () => {
    const absolute = { field: "expires_at", format: "seconds" } as const;
    expect(lifetime({ expires_in: 60, expires_at: inAnHour }, { absolute })).toBe(60);
    expect(lifetime({ expires_in: null, expires_at: inAnHour }, { absolute })).toBe(3600);
  });

  it("does not read an absolute time that nobody declared", () => {
    expect(lifetime({ expires_at: inAnHour })).toBeUndefined();
  });
});
