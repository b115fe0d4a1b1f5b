import { describe, expect, it } from "vitest";
import { plainDefinition } from "../catalog/index.ts";
import { requestedScopes, unionOfScopes } from "./requested-scopes.ts";

const plain = plainDefinition({
  name: "acme",
  authorizeUrl: "https://acme.example/authorize",
  tokenUrl: "https://acme.example/token",
  scopes: ["read", "write"],
});
const withSeparator = (separator: string) => ({ ...plain, scopes: { ...plain.scopes, separator } });

describe("requestedScopes", () => {
  it.each([
    ["none: the defaults", [], ["read", "write"]],
    ["only blanks: the defaults", ["", "  "], ["read", "write"]],
    ["replaces the defaults", ["admin"], ["admin"]],
    ["splits an item with spaces", ["a b", " c  d "], ["a", "b", "c", "d"]],
    ["merges duplicates, first place kept", ["b a", "a", "b"], ["b", "a"]],
    ["keeps a comma where spaces separate", ["a,b"], ["a,b"]],
    ["keeps URLs", ["https://acme.example/auth/x.readonly"], ["https://acme.example/auth/x.readonly"]],
  ])("%s", (_, items, expected) => {
    expect(requestedScopes(plain, items)).toEqual(expected);
  });

  it("splits at the vendor's own separator too", () => {
    expect(requestedScopes(withSeparator(","), ["a,b c"])).toEqual(["a", "b", "c"]);
  });

  it.each([
    ["a newline", ["a\nb"]],
    ["a tab", ["a\tb"]],
    ["a quote", ['a"b']],
    ["a backslash", ["a\\b"]],
    ["a character outside ASCII", ["é"]],
    ["NUL", ["a\0"]],
    ["an overlong scope", ["a".repeat(513)]],
  ])("refuses %s and names the item", (_, items) => {
    expect(() => requestedScopes(plain, ["ok", ...items])).toThrow(/^scopes\[1\]: /);
  });

  it("refuses 500 scopes", () => {
    const items = Array.from({ length: 500 }, (_, index) => `s${index}`);
    expect(() => requestedScopes(plain, items)).toThrow(/^scopes: at most 200/);
  });
});

describe("unionOfScopes", () => {
  it("takes no scope away", () => {
    expect(unionOfScopes(["c", "a"], ["a", "b"])).toEqual(["c", "a", "b"]);
  });
});
