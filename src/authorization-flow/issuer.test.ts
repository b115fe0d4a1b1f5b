import { describe, expect, it } from "vitest";
import { issuerMatches, issuerToPin } from "./issuer.ts";

const ISSUER = "https://as.example/realms/a";

describe("issuerToPin", () => {
  it("pins nothing for a label", () => {
    const pinned = issuerToPin({ issuer: { value: ISSUER, verified: false, required: true } });
    expect(pinned).toEqual({ value: "", required: false });
  });

  it("pins a verified issuer, required only where the vendor promises iss", () => {
    expect(issuerToPin({ issuer: { value: ISSUER, verified: true } }).required).toBe(false);
    expect(issuerToPin({ issuer: { value: ISSUER, verified: true, required: true } })).toEqual({
      value: ISSUER,
      required: true,
    });
  });

  it("pins nothing without an issuer", () => {
    expect(issuerToPin({ issuer: undefined }).value).toBe("");
  });
});

describe("issuerMatches", () => {
  it.each([
    ["equal", ISSUER, true],
    ["a slash more", `${ISSUER}/`, false],
    ["another case", ISSUER.toUpperCase(), false],
    ["a default port", "https://as.example:443/realms/a", false],
    ["another host", "https://evil.example/realms/a", false],
    ["a prefix", "https://as.example", false],
    ["absent", undefined, true],
  ])("compares as a plain string: %s", (_, iss, expected) => {
    expect(issuerMatches({ value: ISSUER, required: false }, iss)).toBe(expected);
  });

  it("refuses absence where presence is promised", () => {
    expect(issuerMatches({ value: ISSUER, required: true }, undefined)).toBe(false);
  });

  it("judges nothing where nothing may be compared", () => {
    expect(issuerMatches({ value: "", required: false }, "https://anything.example")).toBe(true);
  });
});
