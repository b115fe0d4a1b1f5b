import { describe, expect, it } from "vitest";
import type { MetadataRule } from "../catalog/index.ts";
import { accountLabel } from "./account-label.ts";

const label = (name: string): MetadataRule => ({ name, from: "token", path: name, role: "label" });

describe("accountLabel", () => {
  it("is the first label that holds something", () => {
    const rules: MetadataRule[] = [
      { name: "team_id", from: "token", path: "team.id", role: "tenant" },
      label("team_name"),
      label("login"),
    ];
    expect(accountLabel(rules, { team_id: "T1", team_name: "Acme", login: "octocat" })).toBe("Acme");
    expect(accountLabel(rules, { team_id: "T1", team_name: "", login: "octocat" })).toBe("octocat");
    expect(accountLabel(rules, { team_id: "T1" })).toBe("");
  });

  it("is text that a page can show", () => {
    const shown = (text: string) => accountLabel([label("name")], { name: text });
    expect(shown("  Ünï 東京 🐙 \n")).toBe("Ünï 東京 🐙");
    expect(shown("a\u0000b\u202Ec\u2028d")).toBe("a b c d");
    expect(shown("🐙".repeat(300))).toBe("🐙".repeat(255));
    expect(accountLabel([label("constructor")], {})).toBe("");
  });
});
