import { type ExecFileException, execFile } from "node:child_process";
import {
  copyFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { recordOutput } from "../support/canaries.ts";

const REPOSITORY = join(import.meta.dirname, "../..");
const EXAMPLES = ["embed.ts", "consume-tokens.ts"];
const INSTALL_TIMEOUT_MS = 240_000;

/** What the package's README tells an embedder to put into package.json. */
const OVERRIDES = { kysely: "0.29.9" };

interface Finished {
  code: number;
  stdout: string;
  output: string;
}

let workplace: string;
let tarball: string;
let project: string;

/** What a person's shell would have: nothing of this test run and of the npm that started it. */
function shellEnvironment(): NodeJS.ProcessEnv {
  const foreign = /^(CONNECT_|BROKER_|VITEST|NODE_ENV$|npm_(?!config_(cache|userconfig|registry)$))/;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !foreign.test(name)));
}

/** Node 24 is first on PATH. */
function run(command: string, args: readonly string[], cwd: string, env: NodeJS.ProcessEnv = {}) {
  const { promise, resolve } = Promise.withResolvers<Finished>();
  const path = [join(REPOSITORY, "node_modules/node/bin"), process.env["PATH"]].join(delimiter);
  const done = (error: ExecFileException | null, stdout: string, stderr: string) => {
    recordOutput(`${command} ${args.join(" ")} (package test)`, stdout + stderr);
    resolve({ code: error ? Number(error.code ?? 1) : 0, stdout, output: stdout + stderr });
  };
  execFile(command, args, { cwd, env: { ...shellEnvironment(), PATH: path, ...env } }, done);
  return promise;
}

/** What it printed on standard output; throws with all it printed when it fails. */
async function succeed(...call: Parameters<typeof run>): Promise<string> {
  const { code, stdout, output } = await run(...call);
  if (code !== 0) {
    throw new Error(`${call[0]} ${call[1].join(" ")} ended with ${code}:\n${output}`);
  }
  return stdout;
}

/** A folder outside the repository with the tarball installed. */
async function installTarball(): Promise<string> {
  const folder = join(workplace, "project");
  mkdirSync(folder);
  const manifest = { private: true, type: "module", overrides: OVERRIDES };
  writeFileSync(join(folder, "package.json"), JSON.stringify(manifest));
  await succeed("npm", ["install", "--prefer-offline", "--no-audit", "--no-fund", tarball], folder);
  for (const name of EXAMPLES) copyFileSync(join(REPOSITORY, "examples", name), join(folder, name));
  return folder;
}

beforeAll(async () => {
  workplace = mkdtempSync(join(tmpdir(), "token-broker-package-"));
  await succeed("npm", ["pack", "--pack-destination", workplace], REPOSITORY);
  tarball = join(workplace, readdirSync(workplace).find((file) => file.endsWith(".tgz")) ?? "");
  project = await installTarball();
}, INSTALL_TIMEOUT_MS);

afterAll(() => rmSync(workplace, { recursive: true, force: true }));

describe("the package in an empty folder", () => {
  it("contains what it needs to run, and no tests", () => {
    const root = join(project, "node_modules/token-broker");
    const files = readdirSync(root, { recursive: true, encoding: "utf8" });
    expect(files).toEqual(
      expect.arrayContaining([
        "LICENSE",
        "dist/index.js",
        "dist/index.d.ts",
        "dist/main.js",
        "dist/client/index.d.ts",
        "dist/client/node/index.js",
        "dist/testing/index.js",
        "proto/tokenbroker/v1/token_broker_service.proto",
      ]),
    );
    expect(files.filter((file) => /\.test\.|(?<!\.d)\.ts$/.test(file))).toEqual([]);
  });

  it("runs the example programs", async () => {
    const output = await succeed("node", ["embed.ts"], project);
    expect(output).toContain("in process and by RPC, one token");
    expect(await succeed("node", ["consume-tokens.ts"], project)).toContain("the token is back");
  });

  it("gives the example programs their types", async () => {
    const options = ["--noEmit", "--strict", "--skipLibCheck", "--target", "es2024", "--module", "nodenext"];
    const types = ["--types", "node", "--typeRoots", join(REPOSITORY, "node_modules/@types")];
    const compiler = join(REPOSITORY, "node_modules/.bin/tsc");
    expect(await succeed(compiler, [...options, ...types, ...EXAMPLES], project)).toBe("");
  });

  it("runs the command line", async () => {
    const broker = (...args: string[]) => succeed("npx", ["--no-install", "token-broker", ...args], project);
    const help = await broker("--help");
    for (const command of ["serve", "migrate", "check-config", "keygen", "providers", "apikey"]) {
      expect(help).toContain(command);
    }
    expect(await broker("--version")).toMatch(/^\d+\.\d+\.\d+/);
    expect(await broker("keygen")).toMatch(/^[A-Za-z0-9_-]{43}=\n$/);
  });

  it("checks a configuration, and names every mistake at once", async () => {
    const call = ["--no-install", "token-broker", "check-config"];
    const good = { CONNECT_GITHUB_CLIENT_ID: "id", CONNECT_GITHUB_CLIENT_SECRET: "secret" };
    expect(await succeed("npx", call, project, good)).toContain("github");
    const bad = { CONNECT_TOKEN_ENCRYPTION_KEY: "short", CONNECT_STATE_TTL_SECONDS: "5" };
    const { code, output } = await run("npx", call, project, bad);
    expect(code).not.toBe(0);
    expect(output).toContain("CONNECT_TOKEN_ENCRYPTION_KEY");
    expect(output).toContain("CONNECT_STATE_TTL_SECONDS");
  });

  it("refuses to run on the kysely that an embedder gets without the override, and names the line to add", async () => {
    const modules = join(project, "node_modules");
    const nested = join(modules, "@mikro-orm/sql/node_modules/kysely");
    cpSync(join(modules, "kysely"), nested, { recursive: true });
    const manifest = join(nested, "package.json");
    writeFileSync(
      manifest,
      readFileSync(manifest, "utf8").replace('"version": "0.29.9"', '"version": "0.29.6"'),
    );
    const { code, output } = await run("node", ["embed.ts"], project);
    expect(code).not.toBe(0);
    expect(output).toContain('"overrides": {"kysely": "0.29.9"}');
  });
});
