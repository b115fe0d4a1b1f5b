import { describe, expect, it } from "vitest";
import { basePathOf, isCallbackSpace, parseCallbackPath } from "./callback-path.ts";

describe("parseCallbackPath", () => {
  it.each([
    ["", "/connect/callback/acme", { namespace: "default", provider: "acme" }],
    ["", "/connect/callback/acme-2_x", { namespace: "default", provider: "acme-2_x" }],
    ["", "/connect/callback/team-a/acme", { namespace: "team-a", provider: "acme" }],
    ["/broker", "/broker/connect/callback/acme", { namespace: "default", provider: "acme" }],
  ])("reads %j %s", (base, path, expected) => {
    expect(parseCallbackPath(base, path)).toEqual({ purpose: "connect", ...expected });
    const login = path.replace("/connect/", "/connect/login/");
    expect(parseCallbackPath(base, login)).toEqual({ purpose: "login", ...expected });
  });

  it.each([
    "/connect/callback",
    "/connect/callback/",
    "/connect/callback/acme/",
    "/connect/callback//acme",
    "/connect/callback/default/acme",
    "/connect/callback/team/acme/more",
    "/connect/callback/ACME",
    "/connect/callback/%61cme",
    "/connect/callback/team%2Facme",
    "/connect/callback/../acme",
    "/connect/login/callback/default/acme",
    "/connect/login/callback/",
    "/connect/login/acme",
    "/connect/login/login/callback/acme",
    "/connect/callback/login/callback/acme",
    "/connect/callback/-acme",
    "/connect/callback/1team/acme",
    `/connect/callback/${"a".repeat(64)}`,
    "/connect/callbackacme",
    "/Connect/Callback/acme",
    "/other",
    "http://host/connect/callback/acme",
    "*",
  ])("reads nothing into %s", (path) => {
    expect(parseCallbackPath("", path)).toBeUndefined();
  });

  it("needs the base path", () => {
    expect(parseCallbackPath("/broker", "/connect/callback/acme")).toBeUndefined();
  });
});

describe("isCallbackSpace", () => {
  it.each([
    ["/connect/callback", true],
    ["/connect/callback/", true],
    ["/connect/callback/acme/more", true],
    ["/connect/callbacks", false],
    ["/connect", false],
    ["/", false],
  ])("%s → %s", (path, expected) => {
    expect(isCallbackSpace("", path)).toBe(expected);
  });
});

describe("basePathOf", () => {
  it.each([
    ["https://broker.example.com", ""],
    ["https://broker.example.com/", ""],
    ["https://example.com/broker", "/broker"],
    ["https://example.com/a/b/", "/a/b"],
  ])("%s → %j", (apiBase, expected) => {
    expect(basePathOf(apiBase)).toBe(expected);
  });
});
