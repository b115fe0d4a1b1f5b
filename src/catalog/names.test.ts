import { describe, expect, it } from "vitest";
import { assertProviderName, environmentName, isProviderName } from "./names.ts";

describe("environmentName", () => {
  it.each([
    ["github", "GITHUB"],
    ["github-acme", "GITHUB_ACME"],
    ["my_service2", "MY_SERVICE2"],
    ["42", "42"],
  ])("%s → %s", (name, expected) => {
    expect(environmentName(name)).toBe(expected);
  });
});

describe("isProviderName", () => {
  it.each(["github", "a", "42", "x".repeat(63), "my_service-2", "mcp2"])("accepts %s", (name) => {
    expect(isProviderName(name)).toBe(true);
    expect(() => assertProviderName(name)).not.toThrow();
  });

  it.each([
    "",
    "mcp",
    "login",
    "GitHub",
    "-a",
    "_a",
    "a b",
    "a/b",
    "a.b",
    "é",
    "x".repeat(64),
    "a\n",
    "__proto__",
  ])("refuses %j", (name) => {
    expect(isProviderName(name)).toBe(false);
    expect(() => assertProviderName(name)).toThrow(/matches .*mcp, login/);
  });
});
