import { describe, expect, it } from "vitest";
import { completeDefinition } from "./definition.ts";
import { joinScopes, missingScopes, splitScopes } from "./scopes.ts";
import { findTemplate, templateNames } from "./templates.ts";

const rulesOf = (name: string) => {
  const facts = findTemplate(name);
  if (!facts) throw new Error(`no template ${name}`);
  return completeDefinition(facts).scopes;
};

describe("splitScopes", () => {
  it.each([
    ["read write", ["read", "write"]],
    ["read,write", ["read", "write"]],
    [" read ,  write\n", ["read", "write"]],
    ["read read", ["read"]],
    ["", []],
    [" , ", []],
    [
      "https://www.googleapis.com/auth/drive.readonly openid",
      ["https://www.googleapis.com/auth/drive.readonly", "openid"],
    ],
  ])("%j", (text, scopes) => {
    expect(splitScopes(text)).toEqual(scopes);
  });

  it.each(templateNames())("reads back what %s would be asked for", (name) => {
    const rules = rulesOf(name);
    expect(splitScopes(joinScopes(rules, rules.default))).toEqual(rules.default);
  });
});

describe("joinScopes", () => {
  it("uses the vendor's separator", () => {
    expect(joinScopes(rulesOf("slack"), ["a", "b"])).toBe("a,b");
    expect(joinScopes(rulesOf("github"), ["a", "b"])).toBe("a b");
    expect(joinScopes(rulesOf("github"), [])).toBe("");
  });
});

describe("missingScopes", () => {
  it.each<[string, string[], string[], string[]]>([
    ["gitlab", ["read_user", "api"], ["read_user"], ["api"]],
    ["gitlab", [], [], []],
    ["google", ["email", "openid"], ["https://www.googleapis.com/auth/userinfo.email"], []],
    ["google", ["email"], ["https://www.googleapis.com/auth/userinfo.profile"], ["email"]],
    ["microsoft", ["offline_access", "User.Read"], ["User.Read"], []],
    ["microsoft", ["user.read"], ["https://graph.microsoft.com/User.Read"], []],
    ["microsoft", ["https://graph.microsoft.com/Mail.Read"], ["mail.read"], []],
    ["microsoft", ["Mail.Send"], ["Mail.Read"], ["Mail.Send"]],
    ["github", ["user:email", "public_repo"], ["repo", "user"], []],
    ["github", ["repo"], ["public_repo"], ["repo"]],
    ["shopify", ["read_products"], ["write_products"], []],
    ["shopify", ["write_products"], ["read_products"], ["write_products"]],
    ["line", ["email", "profile"], ["profile"], []],
    ["notion", ["anything"], [], []],
    ["facebook", ["email"], ["public_profile"], []],
    ["spotify", ["constructor"], ["user-read-email"], ["constructor"]],
  ])("%s: %j of %j", (name, required, granted, missing) => {
    expect(missingScopes(rulesOf(name), required, granted)).toEqual(missing);
  });

  it.each(templateNames())("misses nothing when %s grants what is asked for by default", (name) => {
    const rules = rulesOf(name);
    expect(missingScopes(rules, rules.default, rules.default)).toEqual([]);
  });
});
