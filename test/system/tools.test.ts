import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parseKeyRing } from "../../src/crypto/index.ts";
import { runBrokerCommand, startBrokerProcess } from "../support/broker-process.ts";
import { canary } from "../support/canaries.ts";
import { ALLOW_ALL_POLICY } from "../support/load-config.ts";
import { PATIENCE, call, newSelector, refusalOf } from "./deployment.ts";

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "token-broker-tools-"));
});

afterEach(() => rmSync(directory, { recursive: true, force: true }));

/** What a command printed; it must have ended well and written nothing. */
const printed = async (args: readonly string[], env: Readonly<Record<string, string>> = {}) => {
  const before = readdirSync(directory, { recursive: true });
  const { code, output } = await runBrokerCommand(args, env, directory);
  expect({ code, output }).toMatchObject({ code: 0 });
  expect(readdirSync(directory, { recursive: true })).toEqual(before);
  return output;
};

const authorization = (key: string) => ({ authorization: `Bearer ${key}` });

describe("the command line", () => {
  it("makes everything that production asks for, tells what a start would use, and the start works", async () => {
    const key = (await printed(["keygen"])).trim();
    expect(parseKeyRing(key).keys.size).toBe(1);
    const keysFile = join(directory, "api-keys");
    const newKey = async (id: string) => {
      const output = await printed(["apikey", "new", id]);
      const secret = /tbk_\S+/.exec(output)?.[0] ?? "";
      return { secret, line: new RegExp(`${id} [0-9a-f]{64}`).exec(output)?.[0] ?? "" };
    };
    const billing = await newKey("billing");
    writeFileSync(keysFile, `# who may call\n${billing.line}\n`);

    const env = {
      BROKER_MODE: "production",
      CONNECT_TOKEN_ENCRYPTION_KEY: key,
      BROKER_API_KEYS_FILE: keysFile,
      CONNECT_API_BASE: "https://broker.example.com/base/",
      BROKER_COMPLETION: "required",
      BROKER_POLICY_FILE: ALLOW_ALL_POLICY,
      CONNECT_DEFAULT_REDIRECT_URI: "https://app.example.com/connected",
      BROKER_DATA_DIR: join(directory, "data"),
      CONNECT_GITHUB_CLIENT_ID: "github-client",
      CONNECT_GITHUB_CLIENT_SECRET: canary("client_secret"),
      CONNECT_SLACK_CLIENT_ID: "slack-client",
      BROKER_DRAIN_SECOND: "1",
    };
    const report = await printed(["check-config"], env);
    expect(report).toContain("production, because BROKER_MODE says so");
    expect(report).toContain("https://broker.example.com/base/connect/callback/github");
    expect(report).toMatch(/slack +missing CONNECT_SLACK_CLIENT_SECRET/);
    expect(report).toContain("BROKER_DRAIN_SECOND is not read by anything");
    expect(report).toContain("callers send an API key");
    const listed = await printed(["providers", "--all"], env);
    expect(listed).toMatch(/github +GitHub +active/);
    expect(listed).toMatch(/slack +Slack +incomplete +CONNECT_SLACK_CLIENT_SECRET/);
    for (const text of [report, listed]) {
      expect(text).not.toContain(key);
      expect(text).not.toContain("CANARY");
    }

    const ports = {
      BROKER_RPC_ADDR: "127.0.0.1:0",
      BROKER_HTTP_ADDR: "127.0.0.1:0",
      BROKER_TELEMETRY_ADDR: "127.0.0.1:0",
    };
    await using broker = await startBrokerProcess({ env: { ...env, ...ports } });
    const stranger = await refusalOf(call(broker, "ListProviders", {}));
    expect(stranger).toMatchObject({ status: 401, code: "unauthenticated", reason: "UNAUTHENTICATED" });
    const { authorizeUrl } = await call(
      broker,
      "StartAuthorization",
      newSelector("github"),
      authorization(billing.secret),
    );
    expect(new URL(String(authorizeUrl)).searchParams.get("redirect_uri")).toBe(
      "https://broker.example.com/base/connect/callback/github",
    );

    const second = await newKey("billing");
    writeFileSync(keysFile, `${billing.line}\n${second.line}\n`);
    const accepted = (secret: string) =>
      call(broker, "ListConnections", {}, authorization(secret)).then(
        () => true,
        () => false,
      );
    await expect.poll(() => accepted(second.secret), PATIENCE).toBe(true);
    expect(await accepted(billing.secret)).toBe(true);
    writeFileSync(keysFile, `${second.line}\n`);
    await expect.poll(() => accepted(billing.secret), PATIENCE).toBe(false);
    expect(await accepted(second.secret)).toBe(true);
  });

  it("explains every command and says its version", async () => {
    const commands = [[], ["serve"], ["migrate"], ["check-config"], ["providers"], ["keygen"], ["apikey"]];
    for (const command of [...commands, ["apikey", "new"]]) {
      const [help, version] = await Promise.all([
        printed([...command, "--help"]),
        printed([...command, "--version"]),
      ]);
      expect(help).toContain(["Usage: token-broker", ...command].join(" "));
      expect(version).toMatch(/^\d+\.\d+\.\d+\n$/);
    }
  });
});
