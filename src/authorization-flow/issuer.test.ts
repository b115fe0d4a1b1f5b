import { describe, expect, it } from "vitest";
import { findTemplate, type ProviderDefinition } from "../catalog/index.ts";
import { issuerMatches, issuerToPin } from "./issuer.ts";

type IssuerRules = NonNullable<ProviderDefinition["issuer"]>;

const ISSUER = "https://as.example/realms/a";

const pin = (template: string, issuer: IssuerRules | undefined) =>
  issuerToPin({ template, definition: { issuer } }, { issuer });

describe("issuerToPin", () => {
  it("pins no label of the catalog", () => {
    const label = findTemplate("google")?.issuer;
    expect(label?.verified).toBe(false);
    expect(pin("google", label)).toEqual({ value: "", required: false });
  });

  it("pins what the catalog has verified", () => {
    const { value = "", verified } = findTemplate("github")?.issuer ?? {};
    expect(pin("github", { value, verified: verified ?? false })).toEqual({ value, required: false });
  });

  it("pins what the operator wrote, with and without a catalog entry", () => {
    expect(pin("google", { value: ISSUER, verified: false })).toEqual({ value: ISSUER, required: false });
    expect(pin("", { value: ISSUER, verified: false })).toEqual({ value: ISSUER, required: false });
  });

  it("requires iss only where the vendor promises it", () => {
    expect(pin("", { value: ISSUER, verified: true, required: true })).toEqual({
      value: ISSUER,
      required: true,
    });
  });

  it("pins nothing without an issuer", () => {
    expect(pin("", undefined)).toEqual({ value: "", required: false });
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
