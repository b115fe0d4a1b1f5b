/** Runs each measured server as a process of its own and reads the CPU time it spent. */
import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";

const START_TIMEOUT_MS = 60_000;
const CONTROL = join(import.meta.dirname, "servers/control.ts");

export interface ServerProcess extends AsyncDisposable {
  /** `http://host:port`, spoken to over cleartext HTTP/2. */
  origin: string;
  /** User and system time of all its threads since it started, in microseconds. */
  cpuMicroseconds(): Promise<number>;
}

/** Starts a program that prints where it listens; `module` is relative to the repository. Throws when it exits before that. */
export async function startServer(
  module: string,
  args: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): Promise<ServerProcess> {
  const child = fork(join(import.meta.dirname, "..", module), args, {
    execArgv: ["--import", CONTROL],
    env: { PATH: process.env["PATH"], HOME: process.env["HOME"], ...env },
    stdio: ["ignore", "pipe", "inherit", "ipc"],
  });
  const exited = once(child, "exit");
  const printed: string[] = [];
  const address = Promise.withResolvers<string>();
  createInterface({ input: child.stdout! }).on("line", (line) => {
    printed.push(line);
    if (/"event":"listening"/.test(line) && /"listener":"rpc"/.test(line)) {
      address.resolve(/"address":"([^"]+)"/.exec(line)?.[1] ?? "");
    }
  });
  const failed = () => address.reject(new Error(`${module} did not start:\n${printed.join("\n")}`));
  void exited.then(failed);
  const timeout = setTimeout(failed, START_TIMEOUT_MS);
  const origin = `http://${await address.promise}`;
  clearTimeout(timeout);
  return {
    origin,
    cpuMicroseconds: async () => {
      const answered = once(child, "message");
      child.send("cpu");
      const [{ user, system }] = (await answered) as [NodeJS.CpuUsage];
      return user + system;
    },
    [Symbol.asyncDispose]: async () => {
      child.kill("SIGTERM");
      await exited;
    },
  };
}
