import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parseKeyRing } from "./crypto/index.ts";

const MAIN = join(import.meta.dirname, "main.ts");

/** Runs the program in a process of its own, which may believe to be another version of Node. */
const run = (args: readonly string[], nodeVersion?: string) => {
  const disguise = `Object.defineProperty(process, "versions", { value: { node: "${nodeVersion}" } })`;
  const preload = nodeVersion === undefined ? [] : ["--import", `data:text/javascript,${disguise}`];
  const { status, stdout, stderr } = spawnSync(process.execPath, [...preload, MAIN, ...args], {
    encoding: "utf8",
    env: { PATH: process.env["PATH"] },
  });
  return { status, stdout, stderr };
};

describe("token-broker", () => {
  it("runs a command and ends with its exit code", () => {
    const { status, stdout } = run(["keygen"]);
    expect(status).toBe(0);
    expect(parseKeyRing(stdout.trim()).keys.size).toBe(1);
    expect(run(["nonsense"]).status).toBe(2);
  });

  it.each(["20.20.2", "22.18.0"])("says what it needs on Node %s", (version) => {
    const { status, stdout, stderr } = run(["keygen"], version);
    expect(status).toBe(1);
    expect(stdout).toBe("");
    expect(stderr).toBe(`token-broker needs Node >= 22.19, and this is ${version}\n`);
  });

  it.each(["22.19.0", "24.0.0"])("starts on Node %s", (version) => {
    expect(run(["keygen"], version).status).toBe(0);
  });
});
