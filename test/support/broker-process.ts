/**
 * The broker as a process of its own, as an operator runs it: real environment, real signals, real exit codes. It is gone when its
 * owner stops it or dies in any way, `kill -9` included, and in a test run its whole output is searched for secrets.
 */
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { OUTPUT_FILE_VARIABLE, recordOutput } from "./canaries.ts";

const MAIN = join(import.meta.dirname, "../../src/main.ts");
const START_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 35_000;
const LISTENERS = ["rpc", "callback", "telemetry"] as const;

type Listener = (typeof LISTENERS)[number];
type Environment = Readonly<Record<string, string | undefined>>;

/** What ended a process: exactly one of the two is set. */
export interface Exit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

/** One line of the broker's log. */
export type LogLine = { level: string; event: string } & Record<string, unknown>;

export interface BrokerProcessOptions {
  /**
   * The broker's settings; of this process it inherits only PATH and HOME. Default: every listener on a free loopback port, and an
   * embedded database in a temporary directory that goes with the process. `undefined` removes a default.
   */
  env?: Environment;
  /** Default `serve`. */
  args?: readonly string[];
  /** The path of a program of the tests that starts as the broker does; it may be told things. Default: the broker itself. */
  program?: string;
}

export interface BrokerProcess extends AsyncDisposable {
  pid: number;
  /** `host:port` of the RPC listener, as gRPC clients want it. */
  rpcAddress: string;
  /** The base URL of the RPC listener. */
  rpcUrl: string;
  callbackAddress: string;
  telemetryUrl: string;
  /** Where an embedded database lies. */
  dataDirectory: string;
  /** Everything it printed so far. */
  output(): string;
  /** The log lines so far, oldest first. */
  log(): LogLine[];
  exited: Promise<Exit>;
  /** Writes a line to the standard input of a `program` of its own. */
  tell(line: string): void;
  /** Sends a signal and does not wait. */
  kill(signal: NodeJS.Signals): void;
  /** SIGTERM, and SIGKILL if that does not end it within its drain time; resolves when it is gone. */
  stop(): Promise<Exit>;
}

/** Starts `token-broker serve` and waits until all its listeners are open. Throws with its output when it exits instead. */
export async function startBrokerProcess(options: BrokerProcessOptions = {}): Promise<BrokerProcess> {
  assertTellsAddresses(options.env);
  const ownDirectory = mkdtempSync(join(tmpdir(), "token-broker-process-"));
  const env: Environment = {
    BROKER_RPC_ADDR: "127.0.0.1:0",
    BROKER_HTTP_ADDR: "127.0.0.1:0",
    BROKER_TELEMETRY_ADDR: "127.0.0.1:0",
    BROKER_DATA_DIR: join(ownDirectory, "data"),
    // Under load, one caller stands for many.
    BROKER_RATE_LIMIT_GET_TOKEN_PER_SECOND: "0",
    BROKER_RATE_LIMIT_START_PER_MINUTE: "0",
    BROKER_RATE_LIMIT_CALLBACK_PER_MINUTE: "0",
    ...options.env,
  };
  const { args = ["serve"], program } = options;
  const running = launch(args, env, { scratch: ownDirectory, ...(program !== undefined && { program }) });
  const addresses = await listening(running);
  return {
    pid: running.pid,
    rpcAddress: addresses.rpc,
    rpcUrl: `http://${addresses.rpc}`,
    callbackAddress: addresses.callback,
    telemetryUrl: `http://${addresses.telemetry}`,
    dataDirectory: env["BROKER_DATA_DIR"] ?? "",
    output: running.output,
    log: () => logLines(running.output()),
    exited: running.exited,
    tell: (line) => void running.child.stdin.write(`${line}\n`),
    kill: running.kill,
    stop: running.stop,
    [Symbol.asyncDispose]: async () => void (await running.stop()),
  };
}

/** Its ports are free ones, and a log without `info` does not say which. */
function assertTellsAddresses(env: Environment = {}): void {
  const level = env["BROKER_LOG_LEVEL"] ?? "info";
  if (level !== "info" && level !== "debug")
    throw new Error(`a broker at BROKER_LOG_LEVEL=${level} does not say where it listens: use info or debug`);
}

/** Runs any command of the broker's command line to its end. The environment is `env` besides PATH and HOME. */
export async function runBrokerCommand(
  args: readonly string[],
  env: Environment = {},
  cwd?: string,
): Promise<Exit & { output: string }> {
  const running = launch(args, env, { ...(cwd !== undefined && { cwd }) });
  const exit = await running.exited;
  return { ...exit, output: running.output() };
}

interface Running {
  pid: number;
  child: ChildProcessWithoutNullStreams;
  output: () => string;
  exited: Promise<Exit>;
  kill: (signal: NodeJS.Signals) => void;
  stop: () => Promise<Exit>;
}

/** `scratch` is removed with the process. Only a `program` of the tests keeps its standard input. */
function launch(
  args: readonly string[],
  env: Environment,
  place: { cwd?: string; scratch?: string; program?: string },
): Running {
  const child = spawn(process.execPath, [place.program ?? MAIN, ...args], {
    env: { PATH: process.env["PATH"], HOME: process.env["HOME"], ...env },
    // A terminal's Ctrl-C goes to the owner, which stops the broker itself.
    detached: true,
    stdio: ["pipe", "pipe", "pipe"],
    ...(place.cwd !== undefined && { cwd: place.cwd }),
  });
  // A program that has just died takes no line any more.
  child.stdin.on("error", () => {});
  if (place.program === undefined) child.stdin.end();
  const output = collect(child, `broker ${args.join(" ")} (process ${child.pid})`);
  const guard = cleanUpWhenOwnerDies(child.pid ?? 0, place.scratch ?? "");
  const exited = once(child, "close").then(([code, signal]): Exit => {
    guard.kill("SIGKILL");
    if (place.scratch !== undefined) {
      rmSync(place.scratch, { recursive: true, force: true });
    }
    return { code: code as number | null, signal: signal as NodeJS.Signals | null };
  });
  const kill = (signal: NodeJS.Signals) => void child.kill(signal);
  return {
    pid: child.pid ?? 0,
    child,
    output,
    exited,
    kill,
    stop: async () => {
      kill("SIGTERM");
      const force = setTimeout(() => kill("SIGKILL"), STOP_TIMEOUT_MS);
      return exited.finally(() => clearTimeout(force));
    },
  };
}

/** Keeps what the process prints, and records it where a test run searches for secrets. */
function collect(child: ChildProcessWithoutNullStreams, source: string): () => string {
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      output += text;
      if (process.env[OUTPUT_FILE_VARIABLE] !== undefined) {
        recordOutput(source, text);
      }
    });
  }
  return () => output;
}

/** A shell whose standard input ends when this process dies, however it dies. */
function cleanUpWhenOwnerDies(pid: number, scratch: string) {
  const script = 'cat >/dev/null; kill -KILL "$1"; [ -z "$2" ] || rm -rf "$2"';
  const guard = spawn("sh", ["-c", script, "sh", String(pid), scratch], {
    detached: true,
    stdio: ["pipe", "ignore", "ignore"],
  });
  guard.unref();
  const { stdin } = guard;
  if ("unref" in stdin && typeof stdin.unref === "function") {
    stdin.unref();
  }
  return guard;
}

async function listening(running: Running): Promise<Record<Listener, string>> {
  const addresses = new Map<unknown, string>();
  const open = Promise.withResolvers<void>();
  const timeout = setTimeout(
    () => open.reject(new Error(`no listeners after ${START_TIMEOUT_MS} ms`)),
    START_TIMEOUT_MS,
  );
  createInterface({ input: running.child.stdout }).on("line", (line) => {
    const [entry] = logLines(line);
    if (entry?.event === "listening") {
      addresses.set(entry["listener"], String(entry["address"]));
    }
    if (LISTENERS.every((listener) => addresses.has(listener))) {
      open.resolve();
    }
  });
  void running.exited.then(({ code, signal }) =>
    open.reject(new Error(`the broker ended with ${code ?? signal}`)),
  );
  try {
    await open.promise;
  } catch (error) {
    running.kill("SIGKILL");
    await running.exited;
    throw new Error(`the broker did not start:\n${running.output()}`, { cause: error });
  } finally {
    clearTimeout(timeout);
  }
  const address = (listener: Listener) => addresses.get(listener) ?? "";
  return { rpc: address("rpc"), callback: address("callback"), telemetry: address("telemetry") };
}

/** Lines that are not JSON, such as a crash's stack, are not log lines. */
function logLines(output: string): LogLine[] {
  return output.split("\n").flatMap((line) => {
    try {
      return line.startsWith("{") ? [JSON.parse(line) as LogLine] : [];
    } catch {
      return [];
    }
  });
}
