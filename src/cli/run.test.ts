import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { canary } from "../../test/support/canaries.ts";
import { ACME, PRODUCTION } from "../../test/support/load-config.ts";
import { catalog, environmentName } from "../catalog/index.ts";
import { parseApiKeys } from "../config/index.ts";
import { parseKeyRing } from "../crypto/index.ts";
import { runCommandLine } from "./run.ts";
import { packageVersion } from "./version.ts";

let directory: string;
let dataDir: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "token-broker-cli-"));
  dataDir = join(directory, "data");
});

afterEach(() => rmSync(directory, { recursive: true, force: true }));

const run = async (args: string, environment: Record<string, string> = {}) => {
  const [printed, complained]: [string[], string[]] = [[], []];
  const code = await runCommandLine(args.split(" ").filter(Boolean), {
    print: (text) => void printed.push(text),
    complain: (text) => void complained.push(text),
    environment: { BROKER_DATA_DIR: dataDir, ...environment },
  });
  return { code, out: printed.join("\n"), err: complained.join("\n") };
};

describe("every command", () => {
  const COMMANDS = [
    "",
    "serve",
    "migrate",
    "rotate-keys",
    "resume",
    "check-config",
    "providers",
    "providers search",
    "providers show",
    "providers verify",
    "policy",
    "policy explain",
    "keygen",
    "apikey",
    "apikey new",
  ];

  it.each(COMMANDS)("has help and version: %j", async (command) => {
    const help = await run(`${command} --help`);
    expect(help.code).toBe(0);
    expect(help.out).toContain(`Usage: token-broker ${command}`.trim());
    expect(await run(`${command} --version`)).toEqual({ code: 0, out: packageVersion(), err: "" });
  });

  it.each([
    "nonsense",
    "--nonsense",
    "serve extra",
    "apikey",
    "apikey new",
    "apikey new Bad_Id",
    "providers x",
    "providers show",
    "providers show github x",
    "providers verify",
    "providers verify github --config x",
    "providers search --confidence sure",
    "",
  ])("ends with 2 when it is misused: %j", async (args) => {
    const { code, err } = await run(args);
    expect(code).toBe(2);
    expect(err).not.toBe("");
  });

  it("is listed by help", async () => {
    const { out } = await run("--help");
    for (const command of ["serve", "migrate", "check-config", "providers", "keygen", "apikey"])
      expect(out).toContain(command);
  });
});

describe("keygen", () => {
  it("prints a key that can be used, and nothing else", async () => {
    const { code, out, err } = await run("keygen");
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(parseKeyRing(out).keys.size).toBe(1);
  });
});

describe("apikey new", () => {
  it("prints the key for the caller and the line for the file", async () => {
    const { code, out } = await run("apikey new billing-service");
    expect(code).toBe(0);
    expect(out).toMatch(/tbk_billing-service_[A-Za-z0-9_-]{43}/);
    const line = /billing-service [0-9a-f]{64}/.exec(out)?.[0] ?? "";
    expect([...parseApiKeys(line).keys()]).toEqual(["billing-service"]);
  });
});

describe("check-config", () => {
  it("shows what a start would use and writes nothing", async () => {
    const { code, out } = await run("check-config", {
      ...ACME,
      CONNECT_GITHUB_CLIENT_ID: "id",
      CONNECT_API_BASE: "http://localhost:8081/base/",
      BROKER_REFERSH_AHEAD_SECONDS: "1",
    });
    expect(code).toBe(0);
    expect(out).toContain("development, because");
    expect(out).toContain("http://localhost:8081/base/connect/callback/acme");
    expect(out).toContain("github  missing CONNECT_GITHUB_CLIENT_SECRET");
    expect(out).toContain("BROKER_REFERSH_AHEAD_SECONDS is not read by anything");
    expect(out).toContain("would create an encryption key");
    expect(out).toContain("whoever makes a person open a link attaches that person's account");
    expect(existsSync(dataDir)).toBe(false);
  });

  it("names what may be wrong with an experimental provider", async () => {
    const facts = [...catalog.values()].find(
      ({ confidence, variables, clientAuthentication }) =>
        confidence === "single-source" && !variables && clientAuthentication.method === "client_secret_post",
    );
    const prefix = `CONNECT_${environmentName(facts?.name ?? "")}`;
    const { code, out } = await run("check-config", {
      [`${prefix}_CLIENT_ID`]: "id",
      [`${prefix}_CLIENT_SECRET`]: canary("client_secret"),
    });
    expect(code).toBe(0);
    expect(out).toContain(`${facts?.name} is active, and its facts are experimental`);
    expect(out).toContain(facts?.sources.join(", "));
  });

  it("says how production completes and who may call", async () => {
    const { code, out } = await run("check-config", PRODUCTION);
    expect(code).toBe(0);
    expect(out).toContain("production, because BROKER_MODE says so");
    expect(out).toContain("required: the application confirms its user");
    expect(out).toContain("open to whoever may open the socket");
    expect(out).not.toContain("whoever makes a person open a link");
  });

  it("tells all mistakes at once and ends with 2", async () => {
    const { code, out, err } = await run("check-config", {
      BROKER_MODE: "prod",
      CONNECT_PROVIDERS: "acme",
      CONNECT_TOKEN_ENCRYPTION_KEY: "short",
      CONNECT_STATE_TTL_SECONDS: "5",
      CONNECT_GITHUB_CLIENT_ID: "id",
    });
    expect(code).toBe(2);
    expect(out).toBe("");
    for (const variable of [
      "BROKER_MODE",
      "CONNECT_ACME_CLIENT_ID",
      "CONNECT_ACME_TOKEN_URL",
      "CONNECT_TOKEN_ENCRYPTION_KEY",
      "CONNECT_STATE_TTL_SECONDS",
      "warning: github is skipped: CONNECT_GITHUB_CLIENT_SECRET is missing",
    ])
      expect(err).toContain(variable);
    expect(readdirSync(directory)).toEqual([]);
  });

  it("prints no secret", async () => {
    const { code, out, err } = await run("check-config", {
      ...ACME,
      CONNECT_ACME_CLIENT_SECRET: canary("client_secret"),
      CONNECT_ACME_CLIENT_SECRET_PREVIOUS: canary("client_secret"),
      CONNECT_ACME_EXTRA_TOKEN_PARAMS: `key=${canary("param")}`,
      BROKER_DATABASE_URL: `postgres://u:${canary("database_password")}@localhost/x`,
      CONNECT_TOKEN_ENCRYPTION_KEY: PRODUCTION.CONNECT_TOKEN_ENCRYPTION_KEY,
    });
    expect(code).toBe(0);
    expect(out + err).not.toContain("CANARY");
    expect(out).not.toContain(PRODUCTION.CONNECT_TOKEN_ENCRYPTION_KEY);
  });
});

describe("providers", () => {
  it("lists the active ones with their callbacks", async () => {
    const { code, out } = await run("providers", ACME);
    expect(code).toBe(0);
    expect(out.split("\n")).toHaveLength(2);
    expect(out).toContain("http://localhost:8081/connect/callback/acme");
  });

  it("says so when there is none", async () => {
    expect((await run("providers")).out).toContain("No provider is active");
  });

  it("lists the catalog and what would activate it", async () => {
    const { out } = await run("providers --all", ACME);
    expect(out).toMatch(/^ {2}acme +acme +active/m);
    expect(out).toMatch(
      /^ {2}github +GitHub +inactive +CONNECT_GITHUB_CLIENT_ID, CONNECT_GITHUB_CLIENT_SECRET$/m,
    );
    expect(out).toMatch(/^ {2}okta .*CONNECT_OKTA_DOMAIN/m);
  });
});

describe("providers search", () => {
  it("finds by words of a name, and narrows", async () => {
    const { code, out } = await run("providers search git HUB --category dev-tools", ACME);
    expect(code).toBe(0);
    expect(out).toMatch(/^ {2}NAME +PROVIDER +CATEGORY +STATUS +CONFIDENCE$/m);
    expect(out).toMatch(/^ {2}github +GitHub +dev-tools +inactive +confirmed$/m);
    expect(out).not.toContain("acme");
    expect((await run("providers search --active", ACME)).out).toMatch(
      /^ {2}acme +acme +other +active +operator$/m,
    );
    expect((await run("providers search zzz-nothing")).out).toBe("No provider matches.");
    expect((await run("providers search --confidence confirmed --active", ACME)).out).toBe(
      "No provider matches.",
    );
  });

  it("answers JSON", async () => {
    const { out } = await run("providers search github --json");
    expect(JSON.parse(out)).toEqual(
      expect.arrayContaining([expect.objectContaining({ name: "github", active: false })]),
    );
  });

  it("refuses a category that is none, and names those there are", async () => {
    const { code, err } = await run("providers search --category nonsense");
    expect(code).toBe(1);
    expect(err).toContain("category: must be one of");
  });
});

describe("providers show", () => {
  it("tells what an entry needs, where its facts come from and how it is odd, without a database", async () => {
    const { code, out } = await run("providers show shopify", {
      CONNECT_API_BASE: "http://localhost:8081/base",
    });
    expect(code).toBe(0);
    for (const text of [
      "inactive: set CONNECT_SHOPIFY_CLIENT_ID, CONNECT_SHOPIFY_CLIENT_SECRET",
      "http://localhost:8081/base/connect/callback/shopify",
      "CONNECT_SHOPIFY_DOMAIN or CONNECT_SHOPIFY_SHOP",
      "with each connection: provider_config.shop",
      "https://{shop}.myshopify.com/admin/oauth/access_token",
      "read_products",
      "Scopes are separated by",
      "https://shopify.dev/",
      "vendor-docs",
    ])
      expect(out).toContain(text);
    expect(existsSync(dataDir)).toBe(false);
  });

  it("tells the redirect URI of logins where they are offered", async () => {
    const client = { CONNECT_GOOGLE_CLIENT_ID: "id", CONNECT_GOOGLE_CLIENT_SECRET: "secret" };
    const login = "http://localhost:8081/connect/login/callback/google";
    expect((await run("providers show google", client)).out).not.toContain(login);
    const { out } = await run("providers show google", { ...client, CONNECT_GOOGLE_LOGIN_ENABLED: "true" });
    expect(out).toContain(login);
  });

  it("tells of one's own, and never its secret", async () => {
    const { code, out } = await run("providers show acme", {
      ...ACME,
      CONNECT_ACME_CLIENT_SECRET: canary("client_secret"),
    });
    expect(code).toBe(0);
    expect(out).toContain("active, by environment");
    expect(out).toContain("confidence              operator");
    expect(out).not.toContain("CANARY");
    expect(JSON.parse((await run("providers show acme --json", ACME)).out)).toMatchObject({ active: true });
  });

  it.each(["nobody", "__proto__"])("does not know %s", async (name) => {
    const { code, err } = await run(`providers show ${name}`);
    expect([code, err]).toEqual([1, expect.stringContaining("no provider of this name")]);
  });
});

describe("commands that need a configuration", () => {
  it.each([
    "serve",
    "migrate",
    "check-config",
    "providers",
    "providers search x",
    "providers show github",
    "providers verify github",
  ])("end with 2 and write nothing without one: %s", async (command) => {
    const { code, err } = await run(command, { BROKER_MODE: "production" });
    expect(code).toBe(2);
    expect(err).toContain("CONNECT_TOKEN_ENCRYPTION_KEY is required in production");
    expect(readdirSync(directory)).toEqual([]);
  });
});

describe("policy explain", () => {
  const policy = join(import.meta.dirname, "../../test/support/allow-all-policy.yaml");
  const explain = (options: string, environment: Record<string, string> = { BROKER_POLICY_FILE: policy }) =>
    run(`policy explain --method GetToken ${options}`, environment);

  it("says which rule allows a call", async () => {
    const { code, out } = await explain("--caller billing --provider github --user ada --min-ttl 60");
    expect([code, out]).toEqual([0, "allowed: rule line 3 allows it\n  line 3  line 3  allows it"]);
  });

  it("says why not, and ends with 1", async () => {
    const narrow = join(directory, "policy.yaml");
    const rule = "{name: reads, callers: billing, methods: GetToken, providers: github, users: subject}";
    writeFileSync(narrow, `rules:\n  - ${rule}\n`);
    const environment = { BROKER_POLICY_FILE: narrow };
    const slack = await explain("--caller billing --provider slack --user ada", environment);
    expect([slack.code, slack.out]).toEqual([
      1,
      "refused: the rules for this namespace are not for this provider\n  line 2  reads  not for this provider",
    ]);
    const unproven = await explain("--caller billing --provider github --user ada --json", environment);
    expect(JSON.parse(unproven.out)).toMatchObject({ allowed: false, rules: [{ failed: "subject" }] });
    const proven = "--caller billing --provider github --user ada --subject ada";
    expect((await explain(proven, environment)).code).toBe(0);
    const other = await explain("--caller nobody", environment);
    expect(other.out).toContain("refused: no rule is for this caller");
    const person = await run("policy explain --method GetToken --caller person:app:ada", environment);
    expect(person.out).toContain("a person's own token alone may only start, complete, list and revoke");
  });

  it("says that there is no policy", async () => {
    const { code, out } = await explain("--caller billing", {});
    expect([code, out]).toEqual([0, "allowed: there is no policy, and development allows everything"]);
  });

  it("does not know every method", async () => {
    const { code, err } = await run("policy explain --caller a --method Nothing", {});
    expect(code).not.toBe(0);
    expect(err).toContain("method: must be one of");
  });
});
