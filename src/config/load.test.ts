import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { canary } from "../../test/support/canaries.ts";
import { load, PRODUCTION, problemsOf, refusalOf, refusedVariables } from "../../test/support/load-config.ts";
import { generateFernetKey } from "../crypto/index.ts";
import { loadConfig } from "./load.ts";
import { parsePolicy } from "./policy/parse-policy.ts";
import { ConfigError } from "./problems.ts";
import { providerSecretSettings, providerSettings } from "./providers/provider-settings.ts";
import { plainSettings, secretSettings } from "./settings.ts";

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "token-broker-config-"));
});

afterEach(() => rmSync(directory, { recursive: true, force: true }));

const file = (name: string, text: string): string => {
  const path = join(directory, name);
  writeFileSync(path, text);
  return path;
};

describe("loadConfig with nothing set", () => {
  it("is development on loopback with the documented numbers", () => {
    const { config } = loadConfig({}, { dryRun: true });
    expect(config).toMatchObject({
      mode: "development",
      rpcAddress: { kind: "tcp", host: "127.0.0.1", port: 8080 },
      httpAddress: { kind: "tcp", host: "127.0.0.1", port: 8081 },
      telemetryAddress: { kind: "tcp", host: "127.0.0.1", port: 9464 },
      apiBase: "http://localhost:8081",
      apiBaseFromListener: true,
      defaultRedirectUri: undefined,
      redirectAllow: [],
      stateTtlSeconds: 600,
      completion: "automatic",
      database: { kind: "pglite", dataDir: join(process.cwd(), ".token-broker") },
      registrations: [],
      apiKeysFile: undefined,
      egress: { allow: [], caFile: undefined, insecureLoopback: [], proxy: undefined },
      rpcTls: undefined,
      httpTls: undefined,
      maxConnectionAgeSeconds: 3600,
      refreshAheadSeconds: 300,
      sweepIntervalSeconds: 300,
      sweepHorizonSeconds: 600,
      cleanupIntervalSeconds: 600,
      refreshLeaseSeconds: 45,
      providerTimeoutSeconds: 15,
      rpcTimeoutSeconds: 20,
      drainSeconds: 25,
      refreshIdleDays: 0,
    });
  });

  it("names every inactive catalog entry with what would activate it", () => {
    const github = load().config.skipped.find(({ name }) => name === "github");
    expect(github).toEqual({
      name: "github",
      missing: ["CONNECT_GITHUB_CLIENT_ID", "CONNECT_GITHUB_CLIENT_SECRET"],
      reason: "no_credentials",
    });
  });
});

describe("bad values", () => {
  const NUMBERS = ["abc", "-1", "1e9", "1.5", "10s", "0x10", "99999999999"];
  const numeric = Object.values(plainSettings)
    .filter(({ default: standard }) => typeof standard === "number")
    .map(({ name }) => name);

  it.each(numeric.flatMap((name) => NUMBERS.map((value) => [name, value])))(
    "%s=%s is refused",
    (name, value) => {
      expect(refusedVariables({ [name]: value })).toEqual([name]);
    },
  );

  const BAD: Record<string, readonly string[]> = {
    BROKER_MODE: ["prod", "Production", "1"],
    BROKER_LOG_LEVEL: ["trace", "INFO"],
    BROKER_RPC_ADDR: ["8080", "localhost", "127.0.0.1:70000", "::1:8080", "unix://run/x", "127.0.0.1:8080/x"],
    BROKER_HTTP_ADDR: ["http://localhost:8081", "127.0.0.1:", "1.2.3:80", "[127.0.0.1]:80"],
    BROKER_TELEMETRY_ADDR: ["-", "127.0.0.1:x", "unix:///", "a b:80"],
    CONNECT_API_BASE: [
      "http://broker.example.com",
      "https://broker.example.com/?x=1",
      "https://broker.example.com/#top",
      "https://user:password@broker.example.com",
      "broker.example.com",
      "ftp://broker.example.com",
      "https://",
      "https:/broker.example.com",
      "http://localhost.example.com",
    ],
    CONNECT_DEFAULT_REDIRECT_URI: [
      "http://app.example.com/done",
      "javascript:alert(1)",
      "data:text/html,x",
      "//app.example.com",
      "/done",
      "https://user@app.example.com/",
      "https://app.example.com/#done",
      "https://app.example.com\\@evil.example",
      "localhost:3000/done",
    ],
    CONNECT_REDIRECT_ALLOW_HOSTS: [
      "https://app.example.com",
      "*.example.com",
      "app.example.com/done",
      "app.example.com,javascript:",
      "https:",
      "app.example.com:0",
      "app.example.com:70000",
      "app.example.com.",
      "user@app.example.com",
    ],
    CONNECT_STATE_TTL_SECONDS: ["59", "3601"],
    BROKER_COMPLETION: ["none", "AUTOMATIC", "true"],
    BROKER_LEGACY_NAMES: ["maybe", "2"],
    BROKER_EGRESS_ALLOW: ["*.example.com", "https://idp.internal", "idp.internal/path"],
    BROKER_ALLOW_INSECURE_LOOPBACK: ["idp.example.com:8080", "localhost", "127.0.0.1:99999", "10.0.0.1:80"],
    BROKER_REFRESH_LEASE_SECONDS: ["1", "601"],
  };

  it.each(Object.entries(BAD).flatMap(([name, values]) => values.map((value) => [name, value])))(
    "%s=%s is refused",
    (name, value) => {
      expect(refusedVariables({ [name]: value })).toEqual([name]);
    },
  );

  it("are all told at once, each with a cure", () => {
    const problems = problemsOf({
      CONNECT_GITHUB_PKCE: "maybe",
      BROKER_REFRESH_LEASE_SECONDS: "abc",
      BROKER_DRAIN_SECONDS: "-1",
      BROKER_PROVIDER_TIMEOUT_SECONDS: "1e9",
      CONNECT_TOKEN_ENCRYPTION_KEY: "short",
    });
    expect(problems.map(({ variable }) => variable).toSorted()).toEqual([
      "BROKER_DRAIN_SECONDS",
      "BROKER_PROVIDER_TIMEOUT_SECONDS",
      "BROKER_REFRESH_LEASE_SECONDS",
      "CONNECT_GITHUB_PKCE",
      "CONNECT_TOKEN_ENCRYPTION_KEY",
    ]);
    expect(problems.filter(({ problem, cure }) => problem === "" || cure === "")).toEqual([]);
  });

  it("stand in one message with variable, problem and cure", () => {
    const { message } = refusalOf({ BROKER_MODE: "prod", BROKER_COMPLETION: "no" });
    expect(message).toContain("2 problems");
    expect(message).toContain("BROKER_MODE must be development or production");
    expect(message).toContain("BROKER_COMPLETION must be automatic or required");
  });
});

describe("no message", () => {
  const names = [
    ...Object.values(plainSettings).map(({ name }) => name),
    ...Object.values(secretSettings).flatMap(({ name }) => [name, `${name}_FILE`]),
    ...["GITHUB", "ZENDESK", "ACME", "NOBODY"].flatMap((provider) => [
      ...Object.values(providerSettings).flatMap(({ suffixes }) =>
        suffixes.map((suffix) => `CONNECT_${provider}_${suffix}`),
      ),
      ...Object.values(providerSecretSettings).flatMap(({ suffix }) => [
        `CONNECT_${provider}_${suffix}`,
        `CONNECT_${provider}_${suffix}_FILE`,
      ]),
      `CONNECT_${provider}_DOMAIN`,
      `CONNECT_${provider}_SUBDOMAIN`,
    ]),
    "GITHUB_CLIENT_ID",
    "GITHUB_CLIENT_SECRET",
  ];

  const messagesFor = (environment: Record<string, string>): string => {
    try {
      const { warnings, notices } = load(environment);
      return [...warnings, ...notices].join("\n");
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      return [error.message, JSON.stringify(error.problems), ...error.warnings].join("\n");
    }
  };

  /** A value in the forms that reach different checks: alone, as a URL, as a list, padded, with a control character. */
  const forms = (value: string): string[] => [
    value,
    `https://${value}:x@host/`,
    `${value},,${value}`,
    ` ${value}\n`,
    `${value}\u0007`,
    `${value}=1&${value}=2`,
    `postgres://${value}`,
  ];

  it.each(names)("quotes the value of %s", (name) => {
    for (const value of forms(canary("setting"))) {
      const messages = messagesFor({ CONNECT_PROVIDERS: "acme", [name]: value });
      expect(messages.toLowerCase()).not.toContain("canary");
    }
  });

  it("quotes any of them when all are wrong together", () => {
    const everything = Object.fromEntries(names.map((name) => [name, canary("setting")]));
    expect(messagesFor(everything).toLowerCase()).not.toContain("canary");
  });
});

describe("blank and padded values", () => {
  it("count as unset, and as what they surround", () => {
    const { config, warnings } = load({
      BROKER_MODE: "",
      CONNECT_API_BASE: "  ",
      CONNECT_STATE_TTL_SECONDS: " 120 ",
    });
    expect(config.mode).toBe("development");
    expect(config.apiBase).toBe("http://localhost:8081");
    expect(config.stateTtlSeconds).toBe(120);
    expect(warnings).toEqual([]);
  });
});

describe("mode", () => {
  const KEY = generateFernetKey();

  it.each([
    ["NODE_ENV", { NODE_ENV: "production" }],
    [
      "BROKER_DATABASE_URL",
      { BROKER_DATABASE_URL: "postgres://u:p@db.example.com/x", BROKER_DATA_DIR: undefined },
    ],
    ["CONNECT_API_BASE", { CONNECT_API_BASE: "https://broker.example.com" }],
    ["BROKER_RPC_ADDR", { BROKER_RPC_ADDR: "0.0.0.0:8080" }],
    ["BROKER_HTTP_ADDR", { BROKER_HTTP_ADDR: "[::]:8081" }],
    ["BROKER_TELEMETRY_ADDR", { BROKER_TELEMETRY_ADDR: "10.0.0.1:9464" }],
  ])("is production when %s looks like it, and the reason says so", (variable, signs) => {
    const { BROKER_MODE: _, ...rest } = PRODUCTION;
    const keys = file("keys", `caller ${"0".repeat(64)}\n`);
    const { config } = load({
      ...rest,
      CONNECT_API_BASE: "http://localhost:1",
      BROKER_API_KEYS_FILE: keys,
      ...signs,
    });
    expect(config.mode).toBe("production");
    expect(config.modeReason).toContain(variable);
  });

  it.each([
    "postgres://localhost/x",
    "postgres://u:p@127.0.0.1:5433/x",
    "postgresql://[::1]/x",
    "postgres:///x?host=/run/postgresql",
  ])("stays development on a local database: %s", (url) => {
    const environment = {
      BROKER_DATABASE_URL: url,
      BROKER_DATA_DIR: undefined,
      CONNECT_TOKEN_ENCRYPTION_KEY: KEY,
    };
    expect(load(environment).config.mode).toBe("development");
  });

  it("is what BROKER_MODE says against every sign", () => {
    const { config } = load({ BROKER_MODE: "development", NODE_ENV: "production" });
    expect(config).toMatchObject({ mode: "development", modeReason: "BROKER_MODE says so" });
  });
});

describe("production", () => {
  it("starts with what it asks for", () => {
    const { config, warnings } = load(PRODUCTION);
    expect(config).toMatchObject({ mode: "production", completion: "required", apiBaseFromListener: false });
    expect(warnings).toEqual([]);
  });

  it.each([
    ["CONNECT_TOKEN_ENCRYPTION_KEY", { CONNECT_TOKEN_ENCRYPTION_KEY: undefined }],
    ["CONNECT_API_BASE", { CONNECT_API_BASE: undefined }],
    ["BROKER_COMPLETION", { BROKER_COMPLETION: undefined }],
    ["BROKER_POLICY_FILE", { BROKER_POLICY_FILE: undefined }],
    ["BROKER_DATA_DIR", { BROKER_DATA_DIR: undefined }],
    ["BROKER_DATA_DIR", { BROKER_DATA_DIR: "memory://" }],
    ["BROKER_API_KEYS_FILE", { BROKER_RPC_ADDR: "127.0.0.1:8080" }],
    ["BROKER_API_KEYS_FILE", { BROKER_RPC_ADDR: "0.0.0.0:8080" }],
    ["BROKER_ALLOW_INSECURE_LOOPBACK", { BROKER_ALLOW_INSECURE_LOOPBACK: "true" }],
    ["BROKER_ALLOW_INSECURE_LOOPBACK", { BROKER_ALLOW_INSECURE_LOOPBACK: "localhost:4000" }],
  ])("refuses to start for want or presence of %s", (variable, change) => {
    expect(refusedVariables({ ...PRODUCTION, ...change })).toEqual([variable]);
  });

  it("prints a policy for those who are configured, which can be used as it is", () => {
    const BROKER_API_KEYS_FILE = file("keys", `billing ${"a".repeat(64)}\nops ${"b".repeat(64)}\n`);
    const BROKER_JWT_ISSUERS_FILE = file(
      "issuers",
      `issuers: [{name: k8s, issuer: a, audience: b, jwks_file: c}]\nsubjects: [{name: app, issuer: a, audience: b, jwks_file: c}]`,
    );
    const BROKER_RPC_TLS_CLIENT_CA_FILE = `corp.example=${join(import.meta.dirname, "../../test/oauth/tls/ca.pem")}`;
    const files = { BROKER_API_KEYS_FILE, BROKER_JWT_ISSUERS_FILE, BROKER_RPC_TLS_CLIENT_CA_FILE };
    const [problem, ...others] = problemsOf({ ...PRODUCTION, ...files, BROKER_POLICY_FILE: undefined });
    expect(others).toEqual([]);
    const [, suggested = ""] = problem?.cure.split("narrow it:\n") ?? [];
    const { rules } = parsePolicy(suggested);
    expect(rules.map(({ callers, users }) => [callers, users])).toEqual([
      [["billing", "ops", "spiffe://corp.example/**", "jwt:k8s:**"], ["any"]],
      [["person:app:**"], ["subject"]],
    ]);
  });

  it("tells the line of a policy and of an issuer that cannot be used", () => {
    const BROKER_POLICY_FILE = file("policy", "rules:\n  - callers: [a]\n    methods: [Nothing]\n");
    const BROKER_JWT_ISSUERS_FILE = file("bad-issuers", "issuers:\n  - name: a\n    algorithms: [HS256]\n");
    const problems = problemsOf({ BROKER_POLICY_FILE, BROKER_JWT_ISSUERS_FILE });
    expect(problems.map(({ variable }) => variable)).toEqual([
      "BROKER_JWT_ISSUERS_FILE",
      "BROKER_POLICY_FILE",
    ]);
    expect(problems[0]?.problem).toContain("line 3: algorithms must be of RS256");
    expect(problems[1]?.problem).toContain("line 3: methods must be");
  });

  it("serves callers over TCP once they authenticate", () => {
    const BROKER_API_KEYS_FILE = file("keys", `caller ${"a".repeat(64)}\n`);
    const { config } = load({ ...PRODUCTION, BROKER_RPC_ADDR: "0.0.0.0:8080", BROKER_API_KEYS_FILE });
    expect(config.apiKeysFile).toBe(BROKER_API_KEYS_FILE);
  });
});

describe("callers", () => {
  it("must authenticate on an address off loopback in development too", () => {
    const environment = { BROKER_MODE: "development", BROKER_RPC_ADDR: "0.0.0.0:8080" };
    expect(refusedVariables(environment)).toEqual(["BROKER_API_KEYS_FILE"]);
  });

  it.each([
    ["no key", "# nobody\n\n", "holds no key"],
    ["a line that is none", `ok ${"0".repeat(64)}\nwhat is this\n`, "line 2"],
    ["a digest that is too short", "ok abc\n", "line 1"],
    ["an id in capitals", `OK ${"0".repeat(64)}\n`, "line 1"],
  ])("have no usable file with %s", (_, text, detail) => {
    const [problem, ...others] = problemsOf({ BROKER_API_KEYS_FILE: file("keys", text) });
    expect(others).toEqual([]);
    expect(problem).toMatchObject({ variable: "BROKER_API_KEYS_FILE" });
    expect(problem?.problem).toContain(detail);
  });

  it("have no usable file where there is none", () => {
    const missing = join(directory, "absent");
    const [problem] = problemsOf({ BROKER_API_KEYS_FILE: missing });
    expect(problem?.problem).toContain("ENOENT");
    expect(problem?.problem).toContain(missing);
  });
});

describe("certificate authorities", () => {
  it("must be a PEM file", () => {
    expect(refusedVariables({ BROKER_EGRESS_CA_FILE: file("ca.pem", "not a certificate") })).toEqual([
      "BROKER_EGRESS_CA_FILE",
    ]);
  });
});

describe("CONNECT_API_BASE", () => {
  it.each([
    ["https://broker.example.com", "https://broker.example.com"],
    ["https://broker.example.com/", "https://broker.example.com"],
    ["https://example.com/oauth/broker//", "https://example.com/oauth/broker"],
    ["https://Broker.Example.com:8443/x", "https://broker.example.com:8443/x"],
    ["http://localhost:8081/", "http://localhost:8081"],
    ["http://[::1]:8081", "http://[::1]:8081"],
  ])("%s becomes %s", (given, expected) => {
    const { config } = load({ CONNECT_API_BASE: given, BROKER_MODE: "development" });
    expect(config.apiBase).toBe(expected);
    expect(config.apiBaseFromListener).toBe(false);
  });

  it("follows the callback port while unset", () => {
    expect(load({ BROKER_HTTP_ADDR: "127.0.0.1:9000" }).config.apiBase).toBe("http://localhost:9000");
  });

  it("is required where browsers reach the callback through something else", () => {
    expect(refusedVariables({ BROKER_HTTP_ADDR: "unix:///run/callback.sock" })).toEqual(["CONNECT_API_BASE"]);
  });
});

describe("CONNECT_REDIRECT_ALLOW_HOSTS", () => {
  it("is brought into the form that URLs are compared in", () => {
    const { config } = load({
      CONNECT_REDIRECT_ALLOW_HOSTS:
        " App.Example.com, app.example.com ,api.example.com:8443,COM.Example.App:,münchen.example,[2001:DB8::1],",
    });
    expect(config.redirectAllow).toEqual([
      "app.example.com",
      "api.example.com:8443",
      "com.example.app:",
      "xn--mnchen-3ya.example",
      "[2001:db8::1]",
    ]);
  });
});

describe("BROKER_ALLOW_INSECURE_LOOPBACK", () => {
  it.each([
    ["true", "all"],
    ["false", []],
    ["localhost:4000, 127.0.0.1:4001,[::1]:4002", ["localhost:4000", "127.0.0.1:4001", "[::1]:4002"]],
  ])("%s is %j", (text, expected) => {
    expect(load({ BROKER_ALLOW_INSECURE_LOOPBACK: text }).config.egress.insecureLoopback).toEqual(expected);
  });
});

describe("contradictions", () => {
  it.each([
    [
      "BROKER_REFRESH_LEASE_SECONDS",
      { BROKER_REFRESH_LEASE_SECONDS: "15", BROKER_PROVIDER_TIMEOUT_SECONDS: "15" },
    ],
    ["BROKER_REFRESH_LEASE_SECONDS", { BROKER_REFRESH_LEASE_SECONDS: "10" }],
    [
      "BROKER_SWEEP_HORIZON_SECONDS",
      { BROKER_SWEEP_HORIZON_SECONDS: "299", BROKER_SWEEP_INTERVAL_SECONDS: "300" },
    ],
    ["BROKER_HTTP_ADDR", { BROKER_HTTP_ADDR: "127.0.0.1:8080" }],
    ["BROKER_TELEMETRY_ADDR", { BROKER_TELEMETRY_ADDR: "127.0.0.1:8081" }],
  ])("%s: %j", (variable, environment) => {
    expect(refusedVariables(environment)).toEqual([variable]);
  });

  it("are told by the names of both settings", () => {
    expect(() => load({ BROKER_REFRESH_LEASE_SECONDS: "15", BROKER_PROVIDER_TIMEOUT_SECONDS: "15" })).toThrow(
      /BROKER_REFRESH_LEASE_SECONDS.* not longer than BROKER_PROVIDER_TIMEOUT_SECONDS/,
    );
    expect(() => load({ BROKER_SWEEP_HORIZON_SECONDS: "299", BROKER_SWEEP_INTERVAL_SECONDS: "300" })).toThrow(
      /BROKER_SWEEP_HORIZON_SECONDS.* shorter than BROKER_SWEEP_INTERVAL_SECONDS/,
    );
  });

  it("do not arise from three listeners on any free port", () => {
    const any = "127.0.0.1:0";
    const environment = { BROKER_RPC_ADDR: any, BROKER_HTTP_ADDR: any, BROKER_TELEMETRY_ADDR: any };
    expect(load(environment).config.rpcAddress).toEqual({ kind: "tcp", host: "127.0.0.1", port: 0 });
  });

  it("are warned about where they only cost something", () => {
    expect(load({ BROKER_DRAIN_SECONDS: "5" }).warnings.join()).toContain("BROKER_DRAIN_SECONDS");
    const both = {
      BROKER_DATABASE_URL: "postgres://localhost/x",
      CONNECT_TOKEN_ENCRYPTION_KEY: generateFernetKey(),
    };
    expect(load(both).warnings).toEqual(["BROKER_DATA_DIR has no effect while BROKER_DATABASE_URL is set"]);
  });
});

describe("the encryption key", () => {
  const key = generateFernetKey();
  const keys = (count: number): string[] => Array.from({ length: count }, generateFernetKey);

  it.each([
    ["too short", "abc"],
    ["an empty item", `${key},,${generateFernetKey()}`],
    ["a comma at the end", `${key},`],
    ["no base64", "!".repeat(44)],
  ])("is refused: %s", (_, text) => {
    expect(refusedVariables({ CONNECT_TOKEN_ENCRYPTION_KEY: text })).toEqual([
      "CONNECT_TOKEN_ENCRYPTION_KEY",
    ]);
  });

  it("may be a list: the first encrypts, a repeated one counts once, a hundred are fine", () => {
    const list = keys(100);
    const { keyRing } = load({ CONNECT_TOKEN_ENCRYPTION_KEY: [...list, list[0]].join(",") }).config;
    expect(keyRing.keys.size).toBe(100);
    expect(keyRing.primary).toBe([...keyRing.keys.values()][0]);
  });

  it("is required with PostgreSQL in development", () => {
    const environment = { BROKER_DATABASE_URL: "postgres://localhost/x", BROKER_DATA_DIR: undefined };
    expect(refusedVariables(environment)).toEqual(["CONNECT_TOKEN_ENCRYPTION_KEY"]);
  });

  it("comes from a file with a newline at its end, with a warning", () => {
    const { config, warnings } = load({ CONNECT_TOKEN_ENCRYPTION_KEY_FILE: file("key", `${key}\n`) });
    expect(config.keyRing.keys.size).toBe(1);
    expect(warnings).toEqual([
      "CONNECT_TOKEN_ENCRYPTION_KEY_FILE: white space around the secret was dropped",
    ]);
  });

  it("is not given twice", () => {
    const environment = {
      CONNECT_TOKEN_ENCRYPTION_KEY: key,
      CONNECT_TOKEN_ENCRYPTION_KEY_FILE: file("key", key),
    };
    expect(refusedVariables(environment)).toEqual(["CONNECT_TOKEN_ENCRYPTION_KEY"]);
  });

  it.each([
    ["is absent", "absent", undefined],
    ["is empty", "empty", " \n"],
  ])("names the file's variable and path when it %s", (_, name, text) => {
    const path = text === undefined ? join(directory, name) : file(name, text);
    const [problem, ...others] = problemsOf({ CONNECT_TOKEN_ENCRYPTION_KEY_FILE: path });
    expect(others).toEqual([]);
    expect(problem?.variable).toBe("CONNECT_TOKEN_ENCRYPTION_KEY_FILE");
    expect(problem?.problem).toContain(path);
  });

  describe("on the embedded database in development", () => {
    const start = () => loadConfig({ BROKER_DATA_DIR: join(directory, "data") });
    const keyFile = () => join(directory, "data", "encryption.key");

    it("is created once, for the owner alone, and said", () => {
      const first = start();
      expect(first.keyIsNew).toBe(true);
      expect(first.notices.join()).toContain(keyFile());
      expect(statSync(keyFile()).mode & 0o777).toBe(0o600);
      expect(statSync(join(directory, "data")).mode & 0o777).toBe(0o700);
      const second = start();
      expect(second.keyIsNew).toBe(false);
      expect(second.notices).toEqual([]);
      expect(second.config.keyRing.primary.id).toBe(first.config.keyRing.primary.id);
    });

    it("is not created by a check", () => {
      const { notices, keyIsNew } = loadConfig(
        { BROKER_DATA_DIR: join(directory, "data") },
        { dryRun: true },
      );
      expect(keyIsNew).toBe(true);
      expect(notices.join()).toContain("would create");
      expect(existsSync(join(directory, "data"))).toBe(false);
    });

    it("is not created when something else is wrong", () => {
      const environment = { BROKER_DATA_DIR: join(directory, "data"), BROKER_MODE: "prod" };
      expect(() => loadConfig(environment)).toThrow(ConfigError);
      expect(existsSync(join(directory, "data"))).toBe(false);
    });

    it("is not replaced when its file is gone and data is there", () => {
      mkdirSync(join(directory, "data", "pglite"), { recursive: true });
      writeFileSync(join(directory, "data", "pglite", "PG_VERSION"), "17\n");
      expect(start).toThrow(/CONNECT_TOKEN_ENCRYPTION_KEY is unset, and .* holds a database/);
      expect(existsSync(keyFile())).toBe(false);
    });

    it("is refused when its file is damaged", () => {
      start();
      writeFileSync(keyFile(), "damaged");
      expect(start).toThrow(/CONNECT_TOKEN_ENCRYPTION_KEY is unset, and .*encryption\.key cannot be used/);
    });

    it("is warned about when others may read it", () => {
      start();
      rmSync(keyFile());
      writeFileSync(keyFile(), generateFernetKey(), { mode: 0o644 });
      expect(start().warnings.join()).toContain("chmod 600");
    });

    it("names the directory that it cannot be created in", () => {
      const BROKER_DATA_DIR = "/proc/token-broker/data";
      expect(() => loadConfig({ BROKER_DATA_DIR })).toThrow(/BROKER_DATA_DIR does not let .*\/proc/);
    });

    it("is not looked for where a key is set", () => {
      const environment = { BROKER_DATA_DIR: join(directory, "data"), CONNECT_TOKEN_ENCRYPTION_KEY: key };
      expect(loadConfig(environment).keyIsNew).toBe(false);
      expect(existsSync(join(directory, "data"))).toBe(false);
    });
  });

  it("lives in memory with the database", () => {
    const { config, keyIsNew } = loadConfig({ BROKER_DATA_DIR: "memory://" });
    expect(config.database).toEqual({ kind: "pglite", dataDir: "memory://" });
    expect(keyIsNew).toBe(true);
  });
});

describe("BROKER_DATA_DIR", () => {
  it("is a directory", () => {
    expect(refusedVariables({ BROKER_DATA_DIR: file("data", "") })).toEqual(["BROKER_DATA_DIR"]);
  });
});

describe("BROKER_SPOOL_DIR", () => {
  it("is off by default, and a directory that may not exist yet", () => {
    expect(load({}).config.spoolDir).toBeUndefined();
    const BROKER_SPOOL_DIR = join(directory, "spool", "of", "replica-1");
    expect(load({ BROKER_SPOOL_DIR }).config.spoolDir).toBe(BROKER_SPOOL_DIR);
  });

  it("is refused where no files can be kept", () => {
    expect(refusedVariables({ BROKER_SPOOL_DIR: file("spool", "") })).toEqual(["BROKER_SPOOL_DIR"]);
  });
});

describe("BROKER_DATABASE_URL", () => {
  const CONNECT_TOKEN_ENCRYPTION_KEY = generateFernetKey();

  it("keeps a password with odd characters, and keeps it secret", () => {
    const { database } = load({
      BROKER_DATABASE_URL: "postgres://broker:p@ss/#@localhost:5433/tokens",
      BROKER_DATA_DIR: undefined,
      CONNECT_TOKEN_ENCRYPTION_KEY,
    }).config;
    if (database.kind !== "postgresql") throw new Error("not PostgreSQL");
    const url = new URL(database.url.reveal());
    expect(decodeURIComponent(url.password)).toBe("p@ss/#");
    expect([url.hostname, url.port, url.pathname]).toEqual(["localhost", "5433", "/tokens"]);
    expect(JSON.stringify(database)).not.toContain("p@ss");
  });

  it.each([
    "mysql://localhost/x",
    "localhost:5432/x",
    "postgres://localhost",
    "postgres://localhost:port/x",
    "https://example.com",
  ])("is refused, and nothing besides: %s", (BROKER_DATABASE_URL) => {
    const environment = { BROKER_DATABASE_URL, BROKER_DATA_DIR: undefined, CONNECT_TOKEN_ENCRYPTION_KEY };
    expect(refusedVariables(environment)).toEqual(["BROKER_DATABASE_URL"]);
  });

  it("comes from a file", () => {
    const path = file("url", "postgres://u:old@localhost/x\n");
    const environment = {
      BROKER_DATABASE_URL_FILE: path,
      BROKER_DATA_DIR: undefined,
      CONNECT_TOKEN_ENCRYPTION_KEY,
    };
    const { database } = load(environment).config;
    expect(database.kind === "postgresql" && new URL(database.url.reveal()).password).toBe("old");
  });
});

describe("a directory that cannot be looked at", () => {
  it.each(["BROKER_DATA_DIR", "BROKER_SPOOL_DIR"])("is a problem of %s", (variable) => {
    const problems = problemsOf({ [variable]: "9".repeat(400) });
    expect(problems.map((problem) => [problem.variable, problem.problem.slice(0, 38)])).toEqual([
      [variable, "cannot be looked at (Error:ENAMETOOLON"],
    ]);
  });
});
