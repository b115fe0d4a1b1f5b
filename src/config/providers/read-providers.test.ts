import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ACME, load, problemsOf, refusedVariables } from "../../../test/support/load-config.ts";
import {
  catalog,
  completeDefinition,
  environmentName,
  findTemplate,
  type ProviderFacts,
  resolveEndpoints,
} from "../../catalog/index.ts";
import type { Registration } from "../registration.ts";

type Environment = Readonly<Record<string, string | undefined>>;

const find = (environment: Environment, name: string): Registration => {
  const found = load(environment).config.registrations.find((registration) => registration.name === name);
  if (!found) throw new Error(`${name} is not active`);
  return found;
};

const GITHUB = { CONNECT_GITHUB_CLIENT_ID: "id", CONNECT_GITHUB_CLIENT_SECRET: "secret" } as const;

const template = (name: string) => {
  const facts = findTemplate(name);
  if (!facts) throw new Error(`${name} is not in the catalog`);
  return completeDefinition(facts);
};

describe("a catalog entry", () => {
  it("becomes active by its credentials alone", () => {
    const { config, warnings, notices } = load(GITHUB);
    expect(config.registrations.map(({ name }) => name)).toEqual(["github"]);
    expect(config.registrations[0]).toMatchObject({
      namespace: "",
      source: "environment",
      id: "environment:github",
      template: "github",
      clientId: "id",
      values: {},
      loginEnabled: false,
      previousClientSecret: undefined,
    });
    expect(config.registrations[0]?.clientSecret?.reveal()).toBe("secret");
    expect(config.registrations[0]?.definition).toEqual(template("github"));
    expect(warnings).toEqual([]);
    expect(notices.filter((notice) => notice.includes("github"))).toEqual([]);
    expect(config.skipped.some(({ name }) => name === "github")).toBe(false);
  });

  it("is skipped silently without credentials, whatever else is set for it", () => {
    const { config, warnings } = load({ CONNECT_GITHUB_SCOPES: "repo" });
    expect(config.registrations).toEqual([]);
    expect(warnings).toEqual([]);
  });

  it.each([
    ["CONNECT_GITHUB_CLIENT_SECRET", { CONNECT_GITHUB_CLIENT_ID: "id" }],
    ["CONNECT_GITHUB_CLIENT_ID", { CONNECT_GITHUB_CLIENT_SECRET: "secret" }],
  ])("is skipped with a warning that names %s when only the other half is there", (missing, half) => {
    const { config, warnings } = load(half);
    expect(config.registrations).toEqual([]);
    expect(warnings).toEqual([`github is skipped: ${missing} is missing`]);
    expect(config.skipped.find(({ name }) => name === "github")).toEqual({
      name: "github",
      missing: [missing],
      reason: "incomplete",
    });
  });

  it("is skipped with a warning without a variable that only an operator may give", () => {
    const { warnings } = load({ CONNECT_OKTA_CLIENT_ID: "id", CONNECT_OKTA_CLIENT_SECRET: "secret" });
    expect(warnings).toEqual(["okta is skipped: CONNECT_OKTA_DOMAIN is missing"]);
  });

  it("refuses to start with a value that cannot be used, even so", () => {
    const environment = { ...GITHUB, CONNECT_GITHUB_PKCE_REQUIRED: "maybe" };
    expect(refusedVariables(environment)).toEqual(["CONNECT_GITHUB_PKCE_REQUIRED"]);
    expect(refusedVariables({ CONNECT_GITHUB_TOKEN_URL: "http://plain.example.com/token" })).toEqual([
      "CONNECT_GITHUB_TOKEN_URL",
    ]);
  });
});

describe("overrides", () => {
  const github = (environment: Environment): Registration => find({ ...GITHUB, ...environment }, "github");

  it("replace facts of the entry", () => {
    const { definition, loginEnabled, previousClientSecret } = github({
      CONNECT_GITHUB_SCOPES: "repo read:org",
      CONNECT_GITHUB_PKCE_REQUIRED: "false",
      CONNECT_GITHUB_AUTHORIZE_URL: "https://github.example.com/authorize",
      CONNECT_GITHUB_TOKEN_URL: "https://github.example.com/token",
      CONNECT_GITHUB_REVOKE_URL: "https://github.example.com/revoke",
      CONNECT_GITHUB_USERINFO_URL: "https://github.example.com/user",
      CONNECT_GITHUB_ISSUER: "https://github.example.com/login",
      CONNECT_GITHUB_TOKEN_ENDPOINT_AUTH_METHOD: "client_secret_basic",
      CONNECT_GITHUB_SCOPE_SEPARATOR: "comma",
      CONNECT_GITHUB_EXTRA_AUTHORIZE_PARAMS: "access_type=offline&prompt=select%20account",
      CONNECT_GITHUB_EXTRA_TOKEN_PARAMS: "audience=https%3A%2F%2Fapi.example.com",
      CONNECT_GITHUB_LOGIN_ENABLED: "true",
      CONNECT_GITHUB_CLIENT_SECRET_PREVIOUS: "before",
    });
    expect(definition).toMatchObject({
      name: "github",
      pkce: false,
      authorizeUrl: "https://github.example.com/authorize",
      tokenUrl: "https://github.example.com/token",
      refreshUrl: "https://github.example.com/token",
      revokeUrl: "https://github.example.com/revoke",
      userinfoUrl: "https://github.example.com/user",
      issuer: { value: "https://github.example.com/login" },
      clientAuthentication: { method: "client_secret_basic" },
      scopes: { default: ["repo", "read:org"], separator: "," },
      authorizeRequest: { params: { access_type: "offline", prompt: "select account" } },
      tokenRequest: {
        exchangeParams: { audience: "https://api.example.com" },
        refreshParams: { audience: "https://api.example.com" },
      },
    });
    expect(loginEnabled).toBe(true);
    expect(previousClientSecret?.reveal()).toBe("before");
  });

  it.each(["read write", "read,write", "read, write", " read   write read "])(
    "read scopes separated by spaces or commas: %j",
    (CONNECT_GITHUB_SCOPES) => {
      expect(github({ CONNECT_GITHUB_SCOPES }).definition.scopes.default).toEqual(["read", "write"]);
    },
  );

  it.each([
    ["PKCE", "CONNECT_GITHUB_PKCE"],
    ["PKCE_REQUIRED", "CONNECT_GITHUB_PKCE_REQUIRED"],
  ])("read _%s", (_, name) => {
    expect(github({ [name]: "off" }).definition.pkce).toBe(false);
    expect(github({ [name]: "on" }).definition.pkce).toBe(true);
  });

  it("read _LOGIN", () => {
    expect(github({ CONNECT_GITHUB_LOGIN: "yes" }).loginEnabled).toBe(true);
  });

  it("refuse two spellings that disagree", () => {
    const environment = { ...GITHUB, CONNECT_GITHUB_PKCE: "true", CONNECT_GITHUB_PKCE_REQUIRED: "false" };
    expect(refusedVariables(environment)).toEqual(["CONNECT_GITHUB_PKCE"]);
  });

  it.each([
    ["space", " "],
    ["comma", ","],
    ["+", "+"],
    ["%20", undefined],
    ["and", undefined],
  ])("read the scope separator %j", (text, expected) => {
    const environment = { ...GITHUB, CONNECT_GITHUB_SCOPE_SEPARATOR: text };
    if (expected === undefined)
      expect(refusedVariables(environment)).toEqual(["CONNECT_GITHUB_SCOPE_SEPARATOR"]);
    else expect(find(environment, "github").definition.scopes.separator).toBe(expected);
  });

  it("never send tokens of a moved endpoint to the vendor's own", () => {
    const { definition } = find(
      {
        CONNECT_GITLAB_CLIENT_ID: "id",
        CONNECT_GITLAB_CLIENT_SECRET: "secret",
        CONNECT_GITLAB_TOKEN_URL: "https://git.acme.example/oauth/token",
      },
      "gitlab",
    );
    expect(template("gitlab").revokeUrl).not.toBe("");
    expect(definition.revokeUrl).toBe("");
    expect(definition.issuer).toBeUndefined();
  });
});

describe("bad overrides", () => {
  it.each([
    ["AUTHORIZE_URL", "http://acme.example/authorize"],
    ["AUTHORIZE_URL", "not a url"],
    ["AUTHORIZE_URL", "https://user:password@acme.example/authorize"],
    ["TOKEN_URL", "https://acme.example/token#fragment"],
    ["TOKEN_URL", "https://{tenant}.acme.example/token"],
    ["TOKEN_URL", "http://localhost:4000/token"],
    ["TOKEN_URL", "https://127.0.0.1/token"],
    ["TOKEN_URL", "https:\\\\acme.example/token"],
    ["TOKEN_URL", "javascript:alert(1)"],
    ["REVOKE_URL", "ftp://acme.example/revoke"],
    ["USERINFO_URL", "/userinfo"],
    ["ISSUER", "https://acme.example/?x=1"],
    ["ISSUER", "http://acme.example"],
    ["SCOPES", 'read "write'],
    ["SCOPES", "read\\write"],
    ["PKCE_REQUIRED", "maybe"],
    ["PKCE", "2"],
    ["LOGIN_ENABLED", "si"],
    ["TOKEN_ENDPOINT_AUTH_METHOD", "private_key_jwt"],
    ["EXTRA_AUTHORIZE_PARAMS", "state=x"],
    ["EXTRA_AUTHORIZE_PARAMS", "Redirect_Uri=https%3A%2F%2Fevil.example"],
    ["EXTRA_AUTHORIZE_PARAMS", "code_challenge_method=plain"],
    ["EXTRA_AUTHORIZE_PARAMS", "a=1&a=2"],
    ["EXTRA_AUTHORIZE_PARAMS", "?a=1"],
    ["EXTRA_AUTHORIZE_PARAMS", "a=%0d%0ab"],
    ["EXTRA_TOKEN_PARAMS", "grant_type=password"],
    ["EXTRA_TOKEN_PARAMS", "client_secret=x"],
    ["EXTRA_TOKEN_PARAMS", Array.from({ length: 17 }, (_, index) => `p${index}=x`).join("&")],
    ["CLIENT_ID", "täst"],
    ["CLIENT_SECRET", "se\ncret"],
    ["TEMPLATE", "no-such-entry"],
  ])("CONNECT_ACME_%s=%s refuses to start, and nothing else is reported", (setting, value) => {
    const variable = `CONNECT_ACME_${setting}`;
    expect(new Set(refusedVariables({ ...ACME, [variable]: value }))).toEqual(new Set([variable]));
  });

  it("a catalog name cannot borrow another entry", () => {
    expect(refusedVariables({ ...GITHUB, CONNECT_GITHUB_TEMPLATE: "gitlab" })).toEqual([
      "CONNECT_GITHUB_TEMPLATE",
    ]);
    expect(find({ ...GITHUB, CONNECT_GITHUB_TEMPLATE: "github" }, "github").template).toBe("github");
  });
});

describe("a provider on this machine", () => {
  const local = {
    ...ACME,
    CONNECT_ACME_AUTHORIZE_URL: "http://localhost:4000/authorize",
    CONNECT_ACME_TOKEN_URL: "http://localhost:4000/token",
  };

  it.each(["true", "localhost:4000", "127.0.0.1:9,localhost:4000"])(
    "is allowed by BROKER_ALLOW_INSECURE_LOOPBACK=%s",
    (BROKER_ALLOW_INSECURE_LOOPBACK) => {
      const { definition } = find({ ...local, BROKER_ALLOW_INSECURE_LOOPBACK }, "acme");
      expect(definition.tokenUrl).toBe("http://localhost:4000/token");
    },
  );

  it.each([undefined, "false", "localhost:4001", "127.0.0.1:4000"])(
    "is refused with BROKER_ALLOW_INSECURE_LOOPBACK=%s",
    (BROKER_ALLOW_INSECURE_LOOPBACK) => {
      expect(refusedVariables({ ...local, BROKER_ALLOW_INSECURE_LOOPBACK })).toEqual([
        "CONNECT_ACME_AUTHORIZE_URL",
        "CONNECT_ACME_TOKEN_URL",
      ]);
    },
  );

  it("does not open http to other machines", () => {
    const environment = {
      ...ACME,
      CONNECT_ACME_TOKEN_URL: "http://acme.example/token",
      BROKER_ALLOW_INSECURE_LOOPBACK: "true",
    };
    expect(refusedVariables(environment)).toEqual(["CONNECT_ACME_TOKEN_URL"]);
  });

  it("is another matter on a private address: an operator may name one", () => {
    const environment = { ...ACME, CONNECT_ACME_TOKEN_URL: "https://10.0.0.7/token" };
    expect(find(environment, "acme").definition.tokenUrl).toBe("https://10.0.0.7/token");
  });
});

describe("a public client", () => {
  const { CONNECT_ACME_CLIENT_SECRET: _, ...withoutSecret } = ACME;
  const declared = { ...withoutSecret, CONNECT_ACME_TOKEN_ENDPOINT_AUTH_METHOD: "none" };

  it("exists only when it is declared", () => {
    expect(refusedVariables(withoutSecret)).toEqual(["CONNECT_ACME_CLIENT_SECRET"]);
    const acme = find(declared, "acme");
    expect(acme.clientSecret).toBeUndefined();
    expect(acme.definition).toMatchObject({ pkce: true, clientAuthentication: { method: "none" } });
  });

  it("keeps PKCE", () => {
    expect(refusedVariables({ ...declared, CONNECT_ACME_PKCE: "false" })).toEqual([
      "CONNECT_ACME_PKCE_REQUIRED",
    ]);
  });

  it("has no secret", () => {
    expect(refusedVariables({ ...declared, CONNECT_ACME_CLIENT_SECRET: "secret" })).toEqual([
      "CONNECT_ACME_CLIENT_SECRET",
    ]);
  });
});

describe("an arbitrary provider", () => {
  it("follows the RFCs where nothing else is said", () => {
    const acme = find({ ...ACME, CONNECT_ACME_SCOPES: "read write" }, "acme");
    expect(acme).toMatchObject({ id: "environment:acme", template: "" });
    expect(acme.definition).toMatchObject({
      name: "acme",
      confidence: "operator",
      pkce: true,
      clientAuthentication: { method: "client_secret_basic" },
      scopes: { default: ["read", "write"], separator: " " },
    });
    expect(resolveEndpoints(acme.definition, acme.values)).toMatchObject({
      authorizeUrl: "https://acme.example/oauth/authorize",
      tokenUrl: "https://acme.example/oauth/token",
    });
  });

  it("that cannot be activated is a problem for each thing that is missing", () => {
    const problems = problemsOf({ CONNECT_PROVIDERS: "acme" });
    expect(problems.map(({ variable }) => variable)).toEqual([
      "CONNECT_ACME_CLIENT_ID",
      "CONNECT_ACME_CLIENT_SECRET",
      "CONNECT_ACME_AUTHORIZE_URL",
      "CONNECT_ACME_TOKEN_URL",
    ]);
    expect(problems[0]?.problem).toContain("CONNECT_PROVIDERS lists acme");
  });

  it("is not activated without being listed, and a warning says so", () => {
    const { CONNECT_PROVIDERS: _, ...unlisted } = ACME;
    const { config, warnings } = load(unlisted);
    expect(config.registrations).toEqual([]);
    expect(warnings).toHaveLength(4);
    expect(warnings[0]).toContain("CONNECT_PROVIDERS");
  });
});

describe("an experimental entry", () => {
  const entryOf = (confidence: ProviderFacts["confidence"]): ProviderFacts => {
    const found = [...catalog.values()].find(
      (facts) =>
        facts.confidence === confidence &&
        !facts.variables &&
        facts.clientAuthentication.method !== "none" &&
        !facts.clientAuthentication.jwt,
    );
    if (!found) throw new Error(`no ${confidence} entry to try`);
    return found;
  };
  const credentialsOf = ({ name }: ProviderFacts) => ({
    [`CONNECT_${environmentName(name)}_CLIENT_ID`]: "id",
    [`CONNECT_${environmentName(name)}_CLIENT_SECRET`]: "secret",
  });

  it.each(["single-source", "contested"] as const)(
    "that is %s is activated with one warning, which names its sources and what is at stake",
    (confidence) => {
      const facts = entryOf(confidence);
      const { config, warnings } = load(credentialsOf(facts));
      expect(config.registrations.map(({ name }) => name)).toEqual([facts.name]);
      expect(warnings).toHaveLength(1);
      expect(warnings[0]).toContain(`${facts.name} is active, and its facts are experimental`);
      for (const source of facts.sources) expect(warnings[0]).toContain(source);
      expect(warnings[0]).toContain("A wrong URL would receive the client secret.");
    },
  );

  it("is nothing to warn of while it is inactive, confirmed, or at endpoints of the operator's own", () => {
    const facts = entryOf("single-source");
    const prefix = `CONNECT_${environmentName(facts.name)}`;
    const urls = {
      [`${prefix}_AUTHORIZE_URL`]: "https://own.example/authorize",
      [`${prefix}_TOKEN_URL`]: "https://own.example/token",
    };
    expect(load(GITHUB).warnings).toEqual([]);
    expect(load({ ...credentialsOf(facts), ...urls }).warnings).toEqual([]);
    expect(load().warnings).toEqual([]);
  });
});

describe("a name of the catalog in CONNECT_PROVIDERS", () => {
  it("is that entry, of which only the documented variables change anything", () => {
    const listed = { ...GITHUB, CONNECT_PROVIDERS: "github" };
    expect(find(listed, "github").definition).toEqual(template("github"));
    const { config, warnings } = load({
      ...listed,
      CONNECT_GITHUB_SCOPES: "repo",
      CONNECT_GITHUB_DISPLAY_NAME: "Mine",
      CONNECT_GITHUB_REFRESH_URL: "https://own.example/refresh",
    });
    const { definition } = config.registrations[0] ?? {};
    const { scopes, ...rest } = template("github");
    expect(definition).toEqual({ ...rest, scopes: { ...scopes, default: ["repo"] } });
    expect(warnings.map((warning) => /CONNECT_\w+/.exec(warning)?.[0])).toEqual([
      "CONNECT_GITHUB_DISPLAY_NAME",
      "CONNECT_GITHUB_REFRESH_URL",
    ]);
  });

  it("needs no more for being listed, and keeps what else the entry says at other endpoints", () => {
    const { definition } = find(
      {
        ...GITHUB,
        CONNECT_PROVIDERS: "github",
        CONNECT_GITHUB_AUTHORIZE_URL: "https://git.acme.example/authorize",
        CONNECT_GITHUB_TOKEN_URL: "https://git.acme.example/token",
      },
      "github",
    );
    const { displayName, scopes, tokenAnswer, clientAuthentication } = template("github");
    expect(definition).toMatchObject({ displayName, scopes, tokenAnswer, clientAuthentication });
    expect(definition.tokenUrl).toBe("https://git.acme.example/token");
  });
});

describe("CONNECT_PROVIDERS", () => {
  it("adds names and never narrows the catalog", () => {
    const { registrations } = load({ ...ACME, ...GITHUB }).config;
    expect(registrations.map(({ name }) => name)).toEqual(["acme", "github"]);
  });

  it("makes a half-configured catalog entry an error", () => {
    const environment = { CONNECT_PROVIDERS: "github", CONNECT_GITHUB_CLIENT_ID: "id" };
    expect(refusedVariables(environment)).toEqual(["CONNECT_GITHUB_CLIENT_SECRET"]);
  });

  it("gives a catalog entry a second name", () => {
    const acme = find(
      {
        CONNECT_PROVIDERS: "github-acme",
        CONNECT_GITHUB_ACME_TEMPLATE: "github",
        CONNECT_GITHUB_ACME_CLIENT_ID: "id",
        CONNECT_GITHUB_ACME_CLIENT_SECRET: "secret",
      },
      "github-acme",
    );
    expect(acme).toMatchObject({ id: "environment:github-acme", template: "github" });
    expect(acme.definition).toEqual({ ...template("github"), name: "github-acme" });
  });

  it.each(["Acme", "-acme", "a.b", "mcp", "login", "a".repeat(64), "acme/x", "__proto__"])(
    "refuses the name %s",
    (name) => {
      expect(refusedVariables({ CONNECT_PROVIDERS: name })).toEqual(["CONNECT_PROVIDERS"]);
    },
  );

  it("takes blanks, repetitions and a comma at the end", () => {
    const { registrations } = load({ ...ACME, CONNECT_PROVIDERS: " acme , acme,, " }).config;
    expect(registrations.map(({ name }) => name)).toEqual(["acme"]);
  });

  it("refuses two active names that read the same variables", () => {
    const environment = {
      ...ACME,
      CONNECT_PROVIDERS: "acme-eu,acme_eu",
      CONNECT_ACME_EU_CLIENT_ID: "id",
      CONNECT_ACME_EU_CLIENT_SECRET: "secret",
      CONNECT_ACME_EU_AUTHORIZE_URL: "https://acme.example/authorize",
      CONNECT_ACME_EU_TOKEN_URL: "https://acme.example/token",
    };
    const [problem, ...others] = problemsOf(environment);
    expect(others).toEqual([]);
    expect(problem).toMatchObject({ variable: "CONNECT_PROVIDERS" });
    expect(problem?.problem).toContain("acme-eu and acme_eu");
    expect(problem?.problem).toContain("CONNECT_ACME_EU_*");
  });
});

describe("legacy names", () => {
  const LEGACY = { GITHUB_CLIENT_ID: "old-id", GITHUB_CLIENT_SECRET: "old-secret" };

  it("activate an entry and are noticed with the names to prefer", () => {
    const { config, notices } = load(LEGACY);
    expect(config.registrations[0]).toMatchObject({ name: "github", clientId: "old-id" });
    expect(config.registrations[0]?.clientSecret?.reveal()).toBe("old-secret");
    expect(notices).toContain(
      "github uses GITHUB_CLIENT_ID and GITHUB_CLIENT_SECRET: prefer CONNECT_GITHUB_CLIENT_ID and CONNECT_GITHUB_CLIENT_SECRET",
    );
  });

  it("give way to the present ones as a whole", () => {
    const { config, notices } = load({ ...LEGACY, ...GITHUB });
    expect(config.registrations[0]).toMatchObject({ clientId: "id" });
    expect(config.registrations[0]?.clientSecret?.reveal()).toBe("secret");
    expect(notices.filter((notice) => notice.includes("GITHUB_CLIENT"))).toEqual([]);
  });

  it.each([
    [
      { CONNECT_GITHUB_CLIENT_ID: "id", GITHUB_CLIENT_SECRET: "old-secret" },
      ["CONNECT_GITHUB_CLIENT_SECRET"],
    ],
    [{ CONNECT_GITHUB_CLIENT_SECRET: "secret", GITHUB_CLIENT_ID: "old-id" }, ["CONNECT_GITHUB_CLIENT_ID"]],
    [{ GITHUB_CLIENT_ID: "old-id" }, ["CONNECT_GITHUB_CLIENT_ID", "CONNECT_GITHUB_CLIENT_SECRET"]],
  ])("are never mixed with the present ones: %j", (environment, missing) => {
    const { config, warnings } = load(environment);
    expect(config.registrations).toEqual([]);
    expect(config.skipped.find(({ name }) => name === "github")).toMatchObject({
      missing,
      reason: "incomplete",
    });
    expect(warnings).toHaveLength(1);
  });

  it("end with BROKER_LEGACY_NAMES=false", () => {
    const { config, warnings, notices } = load({ ...LEGACY, BROKER_LEGACY_NAMES: "false" });
    expect(config.registrations).toEqual([]);
    expect([...warnings, ...notices].filter((text) => text.includes("github"))).toEqual([]);
  });

  it("do not exist for a name of one's own", () => {
    const environment = { ...LEGACY, CONNECT_PROVIDERS: "mine", CONNECT_MINE_TEMPLATE: "github" };
    expect(refusedVariables({ ...environment, BROKER_LEGACY_NAMES: "true" })).toEqual([
      "CONNECT_MINE_CLIENT_ID",
      "CONNECT_MINE_CLIENT_SECRET",
    ]);
  });
});

describe("dynamic domains", () => {
  const zendesk = { CONNECT_ZENDESK_CLIENT_ID: "id", CONNECT_ZENDESK_CLIENT_SECRET: "secret" };
  const okta = { CONNECT_OKTA_CLIENT_ID: "id", CONNECT_OKTA_CLIENT_SECRET: "secret" };

  it.each(["acme", "acme.zendesk.com", "ACME.Zendesk.com"])(
    "read the label and the host alike: %s",
    (domain) => {
      const registration = find({ ...zendesk, CONNECT_ZENDESK_DOMAIN: domain }, "zendesk");
      expect(resolveEndpoints(registration.definition, registration.values).tokenUrl).toMatch(
        /^https:\/\/acme\.zendesk\.com\//,
      );
    },
  );

  it("read a whole host where the vendor fixes none", () => {
    const registration = find({ ...okta, CONNECT_OKTA_DOMAIN: "acme.okta.com" }, "okta");
    expect(resolveEndpoints(registration.definition, registration.values).tokenUrl).toMatch(
      /^https:\/\/acme\.okta\.com\//,
    );
  });

  it.each([
    "https://acme.zendesk.com",
    "acme.zendesk.com/path",
    "acme.zendesk.com:444",
    "acme@evil.example",
    "acme.zendesk.com.evil.example",
    "acme\nevil",
    "аcme",
  ])("refuse %j with the pattern and an example", (domain) => {
    const [problem, ...others] = problemsOf({ ...zendesk, CONNECT_ZENDESK_DOMAIN: domain });
    expect(others).toEqual([]);
    expect(problem?.variable).toBe("CONNECT_ZENDESK_DOMAIN");
    expect(problem?.cure).toContain("must match");
    expect(problem?.cure).toContain("for example");
  });

  it("may be left to each connection where the vendor fixes the domain", () => {
    expect(find(zendesk, "zendesk").values).toEqual({});
  });
});

describe("secrets in files", () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "token-broker-secrets-"));
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  const file = (text: string): string => {
    const path = join(directory, "secret");
    writeFileSync(path, text);
    return path;
  };

  it("are read without the newline at their end, with a warning", () => {
    const path = file("from-file\n");
    const environment = { CONNECT_GITHUB_CLIENT_ID: "id", CONNECT_GITHUB_CLIENT_SECRET_FILE: path };
    const { config, warnings } = load(environment);
    expect(config.registrations[0]?.clientSecret?.reveal()).toBe("from-file");
    expect(warnings).toEqual([
      "CONNECT_GITHUB_CLIENT_SECRET_FILE: white space around the secret was dropped",
    ]);
  });

  it("that are absent are told once, with the path, and not as missing", () => {
    const path = join(directory, "absent");
    const environment = { CONNECT_GITHUB_CLIENT_ID: "id", CONNECT_GITHUB_CLIENT_SECRET_FILE: path };
    const [problem, ...others] = problemsOf(environment);
    expect(others).toEqual([]);
    expect(problem?.variable).toBe("CONNECT_GITHUB_CLIENT_SECRET_FILE");
    expect(problem?.problem).toContain(path);
  });

  it("are not given twice", () => {
    const environment = { ...GITHUB, CONNECT_GITHUB_CLIENT_SECRET_FILE: file("x") };
    expect(refusedVariables(environment)).toEqual(["CONNECT_GITHUB_CLIENT_SECRET"]);
  });

  it("never show in a printed registration", () => {
    const registration = find(GITHUB, "github");
    expect(JSON.stringify(registration)).not.toContain('"secret"');
    expect(registration.clientSecret?.toString()).toBe("[secret]");
  });
});
