/** The clients in other languages, where this machine has their toolchains; the TypeScript client's tests are in test/clients. */
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { LANGUAGES, run } from "../../scripts/toolchains/index.ts";
import { MINUTE } from "../../src/time.ts";

const ROOT = join(import.meta.dirname, "../..");

/** On a machine that has never compiled any of it, most of the time is downloads and compilers. */
const COLD_MS = 8 * MINUTE;

const runScript = (script: string, args: string[], env = process.env) =>
  run(process.execPath, [script, ...args], { cwd: ROOT, env, timeoutMs: COLD_MS });

const leftOutOf = (output: string): string[] =>
  output.split("\n").filter((line) => line.includes("LEFT OUT"));

it(
  "npm run clients:test passes what this machine can run",
  async () => {
    const { ok, output } = await runScript("scripts/clients/main.ts", []);
    for (const line of leftOutOf(output)) console.warn(line);
    expect(ok ? "" : output).toBe("");
  },
  COLD_MS,
);

describe("on a machine with Node alone", () => {
  const nodeOnly = { ...process.env, PATH: join(ROOT, "node_modules/.bin") };

  it("generated TypeScript is checked, and what is not is said aloud", async () => {
    const { ok, output } = await runScript("scripts/generate/check.ts", [], nodeOnly);
    expect([ok, output]).toEqual([true, expect.stringContaining("checked gen/ts\n")]);
    expect(leftOutOf(output)).toHaveLength(LANGUAGES.length);
  });

  it("no client is tested, and that is said aloud", async () => {
    const { ok, output } = await runScript("scripts/clients/main.ts", [], nodeOnly);
    expect([ok, output]).toEqual([true, expect.stringContaining("0 passed, 0 failed, 3 skipped")]);
    expect(leftOutOf(output)).toHaveLength(LANGUAGES.length);
  });
});
