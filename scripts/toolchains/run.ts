import { spawn } from "node:child_process";
import { MINUTE } from "../../src/time.ts";

export interface Ran {
  ok: boolean;
  /** Standard output and standard error, as they came. */
  output: string;
}

export interface RunOptions {
  cwd?: string;
  env?: NodeJS.ProcessEnv;
  timeoutMs?: number;
}

/** Runs a foreign program to its end. Never throws: one that is absent has not succeeded and says so in `output`. */
export const run = (command: string, args: string[], options: RunOptions = {}): Promise<Ran> => {
  const { cwd, env = process.env, timeoutMs = 5 * MINUTE } = options;
  return new Promise((resolve) => {
    // Not `timeout`, whose timer outlives a program that is absent.
    const limit = AbortSignal.timeout(timeoutMs);
    const child = spawn(command, args, { cwd, env, signal: limit, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    const collect = (chunk: Buffer) => (output += chunk.toString());
    child.stdout.on("data", collect);
    child.stderr.on("data", collect);
    child.once("error", (error) => resolve({ ok: false, output: error.message }));
    child.once("close", (code, signal) =>
      resolve({ ok: code === 0, output: signal ? `${output}\nended by ${signal}` : output }),
    );
  });
};

/** The last lines that say something, for a reason on one line. */
export const lastLines = (output: string, count = 2): string =>
  output
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "")
    .slice(-count)
    .join(" / ");
