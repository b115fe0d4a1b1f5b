import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { runCommandLine } from "../../src/cli/index.ts";
import { callbackUrl } from "../../src/config/index.ts";
import { generateFernetKey, parseKeyRing } from "../../src/crypto/index.ts";
import { createRegistrations } from "../../src/registrations/index.ts";
import { createStore, openDatabase } from "../../src/store/index.ts";
import { silentLogger } from "../../src/telemetry/index.ts";
import { canary, recordOutput } from "../support/canaries.ts";
import { describeEachStore, type TestDatabaseSource } from "../support/database.ts";
import { startTestProvider, type TestProvider } from "../support/provider.ts";

const NOWHERE = join(tmpdir(), `token-broker-nowhere-${process.pid}`);

const run = async (args: readonly string[], environment: Record<string, string>) => {
  const [printed, complained]: [string[], string[]] = [[], []];
  const code = await runCommandLine(args, {
    print: (text) => void printed.push(text),
    complain: (text) => void complained.push(text),
    environment: { BROKER_DATA_DIR: NOWHERE, BROKER_ALLOW_INSECURE_LOOPBACK: "true", ...environment },
  });
  const [out, err] = [printed.join("\n"), complained.join("\n")];
  recordOutput("the command line", out + err);
  return { code, out, err };
};

describe("providers verify", () => {
  const clientSecret = canary("client_secret");
  let provider: TestProvider;
  let environment: Record<string, string>;

  beforeEach(async () => {
    provider = await startTestProvider({ clients: { client: clientSecret } });
    provider.always("other", { status: 404 });
    environment = {
      CONNECT_PROVIDERS: "acme",
      CONNECT_ACME_CLIENT_ID: "client",
      CONNECT_ACME_CLIENT_SECRET: clientSecret,
      CONNECT_ACME_AUTHORIZE_URL: provider.authorizeUrl,
      CONNECT_ACME_TOKEN_URL: provider.tokenUrl,
      CONNECT_API_BASE: "http://localhost:8081/base",
    };
  });
  afterEach(() => provider.close());

  it("prints the redirect URI and each check, ends with 0, and opens no database", async () => {
    const { code, out, err } = await run(["providers", "verify", "acme"], environment);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(out).toContain("at the vendor: http://localhost:8081/base/connect/callback/acme");
    expect(out).toMatch(/^ {2}ok +client +the server knows the client/m);
    expect(out).toMatch(/^ {2}ok +redirect_uri /m);
    expect(out).toMatch(/^ {2}not checked +metadata /m);
    expect(out).toContain("acme: nothing failed.");
    expect(existsSync(NOWHERE)).toBe(false);
  });

  it("ends with 1 when a check fails, and says what to do, without a secret", async () => {
    const wrong = { ...environment, CONNECT_ACME_CLIENT_SECRET: canary("client_secret") };
    const { code, out, err } = await run(["providers", "verify", "acme"], wrong);
    expect({ code, err }).toEqual({ code: 1, err: "" });
    expect(out).toMatch(/^ {2}FAILED +client .*invalid_client/m);
    expect(out).toMatch(/^ +-> copy both again/m);
    expect(out).toContain("acme: client failed.");
  });

  it("answers JSON, with the same exit codes", async () => {
    provider.always("token", { status: 404 });
    const { code, out } = await run(["providers", "verify", "acme", "--json"], environment);
    expect(code).toBe(1);
    expect(JSON.parse(out)).toMatchObject({
      name: "acme",
      ok: false,
      checks: expect.arrayContaining([
        expect.objectContaining({ name: "token_endpoint", status: "failed", reason: "not_found" }),
      ]) as unknown,
    });
  });

  it("takes a variable's value as a connection would give it", async () => {
    const zendesk = { CONNECT_ZENDESK_CLIENT_ID: "id", CONNECT_ZENDESK_CLIENT_SECRET: clientSecret };
    const verify = (...more: string[]) => run(["providers", "verify", "zendesk", ...more], zendesk);
    const without = await verify();
    expect(without.code).toBe(1);
    expect(without.err).toContain("provider_config.subdomain is missing");
    const wrong = await verify("--config", "subdomain=a.example/");
    expect([wrong.code, wrong.err]).toEqual([
      1,
      expect.stringContaining("provider_config.subdomain must match"),
    ]);
    expect((await verify("--config", "subdomain")).code).toBe(2);
  });

  it("names what a provider lacks that is not active", async () => {
    const { code, err } = await run(["providers", "verify", "github"], environment);
    expect(code).toBe(1);
    expect(err).toContain("set CONNECT_GITHUB_CLIENT_ID, CONNECT_GITHUB_CLIENT_SECRET");
    expect((await run(["providers", "verify", "nobody"], environment)).code).toBe(1);
    expect(existsSync(NOWHERE)).toBe(false);
  });
});

describeEachStore("providers verify, of one registered by RPC", (store) => {
  const databaseEnvironment = (source: TestDatabaseSource): Record<string, string> =>
    source.kind === "pglite"
      ? { BROKER_DATA_DIR: source.dataDir }
      : { BROKER_DATABASE_URL: source.url.reveal() };

  it("finds it in its namespace, with the secret that was sealed", { timeout: 60_000 }, async () => {
    const clientSecret = canary("client_secret");
    await using provider = await startTestProvider({ clients: { client: clientSecret } });
    provider.always("other", { status: 404 });
    const source = await store.source();
    const key = generateFernetKey();
    {
      await using database = await openDatabase(source, { logger: silentLogger });
      const { providers, tokens } = createStore(database, {
        keyRing: parseKeyRing(key),
        logger: silentLogger,
      });
      const registrations = createRegistrations({
        registrations: [],
        skipped: [],
        providers,
        tokens,
        insecureLoopback: "all",
        logger: silentLogger,
        callbackUrl: (target) => callbackUrl("https://broker.example", target),
      });
      await registrations.register({
        namespace: "team-blue",
        input: {
          name: "acme-crm",
          clientId: "client",
          clientSecret,
          authorizeUrl: provider.authorizeUrl,
          tokenUrl: provider.tokenUrl,
        },
      });
    }
    const environment = { ...databaseEnvironment(source), CONNECT_TOKEN_ENCRYPTION_KEY: key };
    const found = await run(["providers", "verify", "acme-crm", "--namespace", "team-blue"], environment);
    expect([found.code, found.err]).toEqual([0, ""]);
    expect(found.out).toContain("/connect/callback/team-blue/acme-crm");
  });
});
