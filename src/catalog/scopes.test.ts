import { describe, expect, it } from "vitest";
import { completeDefinition } from "./definition.ts";
import { joinScopes, missingScopes, readScopes, splitScopes } from "./scopes.ts";
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
    expect(readScopes(rules, joinScopes(rules, rules.default))).toEqual(rules.default);
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
    ["google", ["https://www.googleapis.com/auth/userinfo.email"], ["email"], []],
    [
      "google",
      ["openid", "profile", "email"],
      ["https://www.googleapis.com/auth/drive"],
      ["profile", "email"],
    ],
    ["microsoft", ["OFFLINE_ACCESS", "https://graph.microsoft.com/offline_access"], ["User.Read"], []],
    ["github", ["read:org"], ["admin:org"], []],
    ["github", ["repo", "read:org"], [], []],
    ["github", ["admin:org"], ["read:org"], ["admin:org"]],
    ["salesforce", ["offline_access", "api"], ["refresh_token", "full"], []],
    ["bitbucket", ["repository"], ["pullrequest:write"], []],
    ["notion", ["anything"], ["something"], []],
    ["notion", ["anything"], [], []],
    ["facebook", ["email"], ["public_profile"], []],
    ["spotify", ["constructor"], ["user-read-email"], ["constructor"]],
  ])("%s: %j of %j", (name, required, granted, missing) => {
    expect(missingScopes(rulesOf(name), required, granted)).toEqual(missing);
  });

  const odd = (changes: Partial<ReturnType<typeof rulesOf>>) => ({
    ...rulesOf("gitlab"),
    implies: {},
    ...changes,
  });

  it("follows scopes that contain scopes that contain scopes, in circles too", () => {
    const rules = odd({ implies: { all: ["write"], write: ["read"], read: ["write"] } });
    expect(missingScopes(rules, ["read", "write", "admin"], ["all"])).toEqual(["admin"]);
    expect(missingScopes(rules, ["all"], ["read"])).toEqual(["all"]);
  });

  it("knows a contained scope under the vendor's own name and in its own capitals", () => {
    const rules = odd({
      caseInsensitive: true,
      optionalPrefix: "https://acme.example/",
      aliases: { mail: "https://acme.example/Mail.ReadBasic" },
      implies: { "Mail.Read": ["mail"] },
    });
    expect(missingScopes(rules, ["mail", "MAIL.READBASIC"], ["https://acme.example/mail.read"])).toEqual([]);
    expect(missingScopes(rules, ["Mail.Read"], ["mail"])).toEqual(["Mail.Read"]);
  });

  it("cannot miss what a vendor never lists, under any of its names", () => {
    const rules = odd({ neverListed: ["Hidden"], caseInsensitive: true, aliases: { secret: "hidden" } });
    expect(missingScopes(rules, ["hidden", "secret", "shown"], ["other"])).toEqual(["shown"]);
  });

  it.each(templateNames())("misses nothing when %s grants what is asked for by default", (name) => {
    const rules = rulesOf(name);
    expect(missingScopes(rules, rules.default, rules.default)).toEqual([]);
  });
});
