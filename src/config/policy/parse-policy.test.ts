import { describe, expect, it } from "vitest";
import { SettingsFileError } from "../settings-file.ts";
import { parsePolicy } from "./parse-policy.ts";

const refusal = (text: string): string => {
  try {
    parsePolicy(text);
  } catch (error) {
    if (error instanceof SettingsFileError) return error.message;
    throw error;
  }
  return "accepted";
};

describe("parsePolicy", () => {
  it("reads a whole rule, and fills in what is left out", () => {
    const { rules } = parsePolicy(`# who may do what
rules:
  - name: billing reads
    callers: [billing, "spiffe://corp.example/ns/billing/**"]
    namespaces: [default, "team-*"]
    methods: [GetToken, "List*"]
    providers: [github, "mcp:*.example.com"]
    users: subject
    scopes: [repo, "read:*"]
    min_ttl: 1m
    max_ttl: 2h
    redirect_uris: [App.Example.com, "com.acme:"]

  - callers: ops
    methods: ["admin:*", "*"]
`);
    expect(rules).toEqual([
      {
        name: "billing reads",
        line: 3,
        callers: ["billing", "spiffe://corp.example/ns/billing/**"],
        namespaces: ["default", "team-*"],
        methods: ["GetToken", "List*"],
        providers: ["github", "mcp:*.example.com"],
        users: ["subject"],
        scopes: ["repo", "read:*"],
        minTtlMs: 60_000,
        maxTtlMs: 7_200_000,
        redirectUris: ["app.example.com", "com.acme:"],
      },
      {
        name: "line 14",
        line: 14,
        callers: ["ops"],
        namespaces: ["default"],
        methods: ["admin:*", "*"],
        providers: [],
        users: [],
        scopes: undefined,
        minTtlMs: undefined,
        maxTtlMs: undefined,
        redirectUris: undefined,
      },
    ]);
  });

  it("reads JSON, and a policy that allows nothing", () => {
    expect(parsePolicy('{"rules": []}').rules).toEqual([]);
    expect(parsePolicy('{"rules": [{"callers": "a", "methods": "GetToken"}]}').rules).toHaveLength(1);
  });

  it.each([
    ["", "must have one field, rules"],
    ["rules: 1", "line 1: rules must be a list"],
    ["rules:\n  - callers: [a]\n    methods: [GetTokens]", "line 3: methods must be the name of an RPC"],
    ["rules:\n  - callers: [a]\n    methods: [GetToken,\n      Nothing*]", "line 4: methods must be"],
    ["rules:\n  - callers: [a]\n    methods: ['admin:GetToken']", "line 3: methods must be"],
    ["rules:\n  - callers: [a]\n    methods: [GetToken]\n    user: any", "line 4: unknown field"],
    ["rules:\n  - methods: [GetToken]", "line 2: callers must be"],
    [
      "rules:\n  - callers: [a]\n\n  - callers: [b]\n    methods: GetToken\n    min_ttl: 60",
      "min_ttl must be a time",
    ],
    ["rules:\n  - callers: [a]\n    methods: GetToken\n    namespaces: [Team]", "line 4: namespaces must be"],
    ["rules:\n  - callers: [a]\n    methods: GetToken\n    providers: [GitHub]", "line 4: providers must be"],
    [
      "rules:\n  - callers: [a]\n    methods: GetToken\n    redirect_uris: ['https://a.example']",
      "line 4: redirect_uris must be host",
    ],
    ["rules:\n  - callers: [a]\n    callers: [b]\n    methods: GetToken", "line 3: the same field twice"],
    ["rules:\n  - callers: &a [x]\n    methods: GetToken\n  - callers: *a\n    methods: GetToken", "anchors"],
    ["rules:\n  - callers: !!binary aGk=\n    methods: GetToken", "line 2"],
    ["rules:\n\t- callers: [a]", "line 2: not YAML"],
    ["rules: [", "not YAML"],
    [`rules:\n  - callers: "a\\u0007"\n    methods: GetToken`, "line 2: callers must be a text"],
  ])("refuses %j by its line", (text, words) => {
    expect(refusal(text)).toContain(words);
  });

  it("tells all problems at once, and repeats no value", () => {
    const message = refusal(
      "rules:\n  - callers: [a]\n    methods: [hunter2]\n    secret: hunter3\n  - callers: 5",
    );
    expect(message).toContain("line 3: ");
    expect(message).toContain("line 4: ");
    expect(message).toContain("line 5: ");
    expect(message).not.toContain("hunter");
  });
});
