import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

const SUPPORT = resolve("test/support");
const PREAMBLE = `import { expect, it } from "vitest";\nimport { canary, recordOutput } from "${SUPPORT}/canaries.ts";\n`;

const CONFIG = `
import { PlainLineReporter } from "${SUPPORT}/plain-line-reporter.ts";
export default {
  test: {
    globalSetup: "${resolve("test/global-setup.ts")}",
    setupFiles: "${SUPPORT}/setup.ts",
    reporters: ["default", new PlainLineReporter()],
    pool: "forks",
  },
};
`;

interface Run {
  exitCode: number;
  output: string;
  lastLine: string;
}

describe("a test run", () => {
  let root = "";

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "token-broker-run-"));
    symlinkSync(resolve("node_modules"), join(root, "node_modules"));
    writeFileSync(join(root, "package.json"), '{"type":"module"}');
    writeFileSync(join(root, "vitest.config.ts"), CONFIG);
  });

  afterEach(() => rmSync(root, { recursive: true, force: true }));

  it("ends with one plain line of what passed, failed and was skipped", async () => {
    const { exitCode, lastLine } = await run(root, {
      "a.test.ts":
        'it("passes", () => {}); it("fails", () => expect(1).toBe(2)); it.skip("is skipped", () => {});',
      "b.test.ts": 'it("passes", () => {}); it.todo("is to do");',
    });
    expect(lastLine).toBe("2 passed, 1 failed, 2 skipped");
    expect(exitCode).toBe(1);
  });

  it("counts a file that does not load and a hook that throws", async () => {
    const { exitCode, lastLine } = await run(root, {
      "broken.test.ts": 'throw new Error("broken");',
      "hook.test.ts":
        'import { beforeAll } from "vitest"; beforeAll(() => { throw new Error("hook"); }); it("passes", () => {});',
    });
    expect(lastLine).toBe("0 passed, 2 failed, 1 skipped");
    expect(exitCode).toBe(1);
  });

  it("passes while canaries stay inside", async () => {
    const { exitCode, lastLine } = await run(root, {
      "a.test.ts":
        'const secret = canary("token"); it("is quiet", () => { console.log("hello"); expect(secret).toContain("-token-"); });',
    });
    expect(lastLine).toBe("1 passed, 0 failed");
    expect(exitCode).toBe(0);
  });

  it("fails when a canary comes out, and names where", async () => {
    const leaks = {
      console: "console.log({ nested: { secret } });",
      stdout: "process.stdout.write(`${secret}\\n`);",
      stderr_bytes: "process.stderr.write(Buffer.from(`${secret}\\n`));",
      pino: 'const { pino } = await import("pino"); pino({}, pino.destination({ sync: true })).info({ secret }, "x");',
      page: 'recordOutput("page.test.ts", `<p>${secret}</p>`);',
      two_writes:
        "for (const half of [secret.slice(0, 20), secret.slice(20)]) recordOutput('two_writes.test.ts', half);",
    };
    const { exitCode, output, lastLine } = await run(root, {
      ...Object.fromEntries(
        Object.entries(leaks).map(([kind, leak]) => [
          `${kind}.test.ts`,
          `it("leaks", async () => { const secret = canary("${kind}"); ${leak} });`,
        ]),
      ),
      "header.test.ts":
        'it("leaks", () => recordOutput("header.test.ts", Buffer.from(`i:${canary("basic")}`).toString("base64")));',
    });
    const reported = [
      ...output.matchAll(/SECRET IN OUTPUT: the canary of (\w+) came out in: .*\/?\b(\w+)\.test\.ts/g),
    ];
    expect(reported.map(([, kind, source]) => `${kind} in ${source}`).toSorted()).toEqual(
      ["base64 in header", ...Object.keys(leaks).map((kind) => `${kind} in ${kind}`)].toSorted(),
    );
    expect(lastLine).toMatch(/^7 passed, \d+ failed$/);
    expect(exitCode).toBe(1);
  });
});

function run(root: string, files: Record<string, string>): Promise<Run> {
  for (const [name, body] of Object.entries(files)) {
    writeFileSync(join(root, name), PREAMBLE + body);
  }
  const { promise, resolve: done } = Promise.withResolvers<Run>();
  execFile(
    resolve("node_modules/.bin/vitest"),
    ["run"],
    { cwd: root, env: cleanEnvironment() },
    (error, stdout, stderr) => {
      const output = stdout + stderr;
      done({
        exitCode: error === null ? 0 : Number(error.code),
        output,
        lastLine: stdout.trimEnd().split("\n").at(-1) ?? "",
      });
    },
  );
  return promise;
}

/** The inner run must not take itself for a part of this one. */
function cleanEnvironment(): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(([name]) => !/^(VITEST|BROKER_TEST)/.test(name));
  return { ...Object.fromEntries(inherited), NO_COLOR: "1" };
}
