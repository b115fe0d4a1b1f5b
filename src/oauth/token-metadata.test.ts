import { describe, expect, it } from "vitest";
import { tokenMetadata } from "./token-metadata.ts";

describe("tokenMetadata", () => {
  const rule = (path: string) => [{ name: "kept", from: "token", path }] as const;

  it("keeps what the catalog names, from the token answer alone", () => {
    const rules = [
      { name: "team", from: "token", path: "team.id" },
      { name: "shop", from: "callback", path: "shop" },
      { name: "none", from: "token", path: "nowhere" },
    ] as const;
    expect(tokenMetadata(rules, { team: { id: "T1" }, shop: "s" })).toEqual({ team: "T1" });
  });

  it.each([
    ["text", "text"],
    [42, "42"],
    [false, "false"],
    [["1", 2], "1,2"],
  ])("keeps %j as %j", (value, expected) => {
    expect(tokenMetadata(rule("v"), { v: value })).toEqual({ kept: expected });
  });

  it.each([[null], [""], [{ a: 1 }], [["a", { b: 1 }]], ["nul\u0000"], ["\ud800"], ["x".repeat(4097)]])(
    "leaves out %j",
    (value) => {
      expect(tokenMetadata(rule("v"), { v: value })).toEqual({});
    },
  );
});
