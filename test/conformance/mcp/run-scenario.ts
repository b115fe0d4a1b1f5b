/** One scenario, alone, as the suite's command line runs it: that mode also fails on warnings and on the client's exit code. */
import { type ExecFileException, execFile } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import type { Mode } from "./adapter/environment.ts";
import { type Case, PACKAGE } from "./requirements.ts";

const COMMAND_LINE = join(PACKAGE, "dist/index.js");
const ADAPTER = join(import.meta.dirname, "adapter/main.ts");
const PRELOAD = join(import.meta.dirname, "loopback-only.preload.ts");
const CHECKS = "checks.json";
const TIMEOUT_MS = 60_000;

export interface Outcome {
  /** The suite's verdict; 0 is good. */
  readonly exitCode: number;
  /** `status id: description` of every check that is not a success; to the suite, what it could not see is only information. */
  readonly complaints: readonly string[];
  readonly successes: number;
  /** How often the broker asked the MCP server itself: the 401 that the server sent and the adapter did not get. */
  readonly probes: number;
  /** The adapter's last line: `accepted`, or `refused: ` and the broker's reason. */
  readonly ending: string;
  /** Everything that was printed, for a person. */
  readonly output: string;
}

export interface ScenarioOptions extends Case {
  readonly mode: Mode;
  readonly brokerUrl: string;
  readonly namespace: string;
}

export const runScenario = async (options: ScenarioOptions): Promise<Outcome> => {
  const directory = mkdtempSync(join(tmpdir(), "token-broker-conformance-"));
  try {
    const { exitCode, output } = await runCommandLine(options, directory);
    const checksFile = readdirSync(directory, { recursive: true, encoding: "utf8" }).find(isChecks);
    if (checksFile === undefined) throw new Error(`the suite did not run ${options.scenario}:\n${output}`);
    const read = (file: string) => readFileSync(join(directory, dirname(checksFile), file), "utf8");
    const checks = JSON.parse(read(CHECKS)) as Check[];
    const lines = read("stdout.txt").trimEnd().split("\n");
    return {
      exitCode,
      complaints: checks.filter((check) => !isGood(check)).map(complaint),
      successes: checks.filter(({ status }) => status === "SUCCESS").length,
      probes: checks.filter(isUnauthorized).length - lines.filter((line) => line.endsWith(": 401")).length,
      ending: lines.at(-1) ?? "",
      output: [output, ...lines, read("stderr.txt")].join("\n"),
    };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
};

const isChecks = (path: string): boolean => basename(path) === CHECKS;

interface Check {
  readonly id: string;
  readonly status: string;
  readonly description: string;
  readonly details?: { readonly mcpMethod?: string; readonly statusCode?: number };
}

const isUnauthorized = ({ id, details }: Check): boolean =>
  id === "outgoing-response" && details?.mcpMethod !== undefined && details.statusCode === 401;

/** What is logged along the way, and the one thing the suite cannot see without a network: the document behind the client id. */
const INFORMATION =
  /^((incoming|outgoing)(-auth)?-(request|response)|scope-retry-auth-attempt|sep-2207-client-metadata-grant-types)$/;

const isGood = ({ status, id }: Check): boolean =>
  status === "SUCCESS" || (status === "INFO" && INFORMATION.test(id));

const complaint = ({ status, id, description }: Check): string => `${status} ${id}: ${description}`;

const runCommandLine = (
  { scenario, protocolVersion, mode, brokerUrl, namespace }: ScenarioOptions,
  directory: string,
): Promise<{ exitCode: number; output: string }> => {
  const args = ["client", "--scenario", scenario, "--spec-version", protocolVersion];
  args.push("--command", `${process.execPath} ${ADAPTER}`, "--output-dir", directory);
  // An extension belongs to no revision, and is skipped with exit code 0 otherwise.
  args.push("--force");
  const env = {
    PATH: process.env["PATH"],
    HOME: process.env["HOME"],
    NODE_OPTIONS: `--import=${PRELOAD}`,
    ADAPTER_BROKER_URL: brokerUrl,
    ADAPTER_MODE: mode,
    ADAPTER_NAMESPACE: namespace,
  };
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [COMMAND_LINE, ...args],
      { env, timeout: TIMEOUT_MS },
      (error, stdout, stderr) => {
        resolve({ exitCode: exitCodeOf(error), output: `${stdout}\n${stderr}` });
      },
    );
  });
};

/** A process that a signal ended has no exit code. */
const exitCodeOf = (error: ExecFileException | null): number =>
  error === null ? 0 : typeof error.code === "number" ? error.code : -1;
