import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { checkLog, readLog, startMockProvider, startProviderProcess, STRICT } from "../index.ts";

const MAIN = join(import.meta.dirname, "../main.ts");

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "mock-provider-"));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const refresh = (tokenUrl: string, refreshToken: string) =>
  fetch(tokenUrl, {
    method: "POST",
    body: new URLSearchParams({
      grant_type: "refresh_token",
      refresh_token: refreshToken,
      client_id: "client",
      client_secret: "secret",
    }),
  });

const run = async (...args: string[]) => {
  try {
    const { stdout } = await promisify(execFile)(process.execPath, [MAIN, ...args]);
    return { code: 0, text: stdout };
  } catch (error) {
    const { code, stderr } = error as { code: number; stderr: string };
    return { code, text: stderr };
  }
};

describe("the mock provider as a process", () => {
  it("serves what it is configured to, says how to reach it, and leaves a whole log", async () => {
    const logFile = join(directory, "log.ndjson");
    await using provider = await startProviderProcess({
      seed: 42,
      logFile,
      vendors: { acme: STRICT, "two-words": { clients: { public: undefined } } },
    });
    const port = String(provider.port);
    expect(provider.output()).toContain("(seed 42)");
    for (const line of [
      "CONNECT_PROVIDERS=acme,two-words",
      "CONNECT_ACME_CLIENT_SECRET=secret",
      `CONNECT_ACME_TOKEN_URL=http://127.0.0.1:${port}/acme/token`,
      "CONNECT_TWO_WORDS_TOKEN_ENDPOINT_AUTH_METHOD=none",
      `BROKER_ALLOW_INSECURE_LOOPBACK=127.0.0.1:${port}`,
    ])
      await expect.poll(() => provider.output()).toContain(`  ${line}\n`);
    for (const [name, value] of Object.entries(provider.environment))
      expect(provider.output()).toContain(`  ${name}=${value}\n`);
    const vendor = provider.vendor("acme");
    const grants = await vendor.openGrants({ count: 50 });
    const answers = await Promise.all(
      grants.map(({ refreshToken = "" }) => refresh(vendor.tokenUrl, refreshToken)),
    );
    expect(answers.map(({ status }) => status)).toEqual(grants.map(() => 200));
    expect(await provider.stop()).toBe(0);
    const report = checkLog(readLog(logFile));
    expect([report.refreshes, report.liveFamilies.length, report.overlaps]).toEqual([50, 50, []]);
  });

  it("reads its vendors and their scripts from a file", async () => {
    const file = join(directory, "config.json");
    const scripts = [{ times: 1, answer: { status: 503 } }];
    writeFileSync(file, JSON.stringify({ port: 0, vendors: { acme: { expiresInSeconds: null, scripts } } }));
    const child = execFile(process.execPath, [MAIN, "--config", file, "--strict", "--with-stdin"]);
    const url = await new Promise<string>((resolve) => {
      child.stdout?.on("data", (text: string) => {
        const found = /^mock provider on (\S+)/.exec(text)?.[1];
        if (found !== undefined) resolve(found);
      });
    });
    const overview: unknown = await (await fetch(`${url}/__admin`)).json();
    expect(overview).toMatchObject({
      vendors: { acme: { settings: { expiresInSeconds: null, revokeFamilyOnReuse: true } } },
    });
    const statuses = [];
    for (let call = 0; call < 2; call += 1) statuses.push((await refresh(`${url}/acme/token`, "rt")).status);
    expect(statuses).toEqual([503, 400]);
    const exited = new Promise((resolve) => child.once("exit", resolve));
    child.stdin?.end();
    expect(await exited).toBe(0);
  });

  it.each([
    [["--port", "x"], 2, "whole number"],
    [["--config", "/nowhere.json"], 2, "cannot be read"],
    [["--config", "{"], 2, "no JSON"],
    [
      ["--config", '{"vendors": {"acme": {"graceSeconds": 3}}}'],
      2,
      'vendors.acme: Unrecognized key: "graceSeconds"',
    ],
    [
      ["--config", '{"vendors": {"acme": {"scripts": [{"answer": {"status": 99}}]}}}'],
      2,
      "vendors.acme.scripts.0.answer.status: ",
    ],
    [["--config", '{"vendors": {"Acme": {}}}'], 1, 'vendor "Acme": use lower-case letters'],
    [["--help"], 0, "Usage: mock-provider"],
  ])("answers %j with exit code %i", async (args, code, text) => {
    expect(await run(...args)).toEqual({ code, text: expect.stringContaining(text) });
  });

  it("says which port is taken", async () => {
    await using other = await startMockProvider();
    expect(await run("--port", String(other.port))).toEqual({
      code: 1,
      text: `error: port ${other.port} is taken: give another, or 0 for a free one\n`,
    });
  });
});
