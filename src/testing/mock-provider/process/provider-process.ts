import { spawn } from "node:child_process";
import { once } from "node:events";
import { extname, join } from "node:path";
import { createInterface } from "node:readline";
import { type AdminClient, connectAdmin } from "../admin/admin-client.ts";
import { brokerEnvironment, type DeclaredVendor } from "../broker-environment.ts";
import { settingsToJson } from "../json/settings.ts";
import { defaultSettings, type VendorSettings } from "../settings.ts";

export interface ProviderProcessOptions {
  /** Default: a free port. */
  readonly port?: number | undefined;
  readonly seed?: number | undefined;
  /** Appended to; complete once the process has ended by SIGTERM. */
  readonly logFile?: string | undefined;
  /** Default: one, `acme`. */
  readonly vendors?: Readonly<Record<string, Partial<Omit<VendorSettings, "tokenAnswer">>>> | undefined;
}

/** A mock provider whose event loop is its own: for tests that load the machine, or that kill it. */
export interface ProviderProcess extends AdminClient, AsyncDisposable {
  readonly pid: number;
  /** What declares its vendors, as they were at the start, to a broker. */
  readonly environment: Readonly<Record<string, string>>;
  /** What it printed. */
  output(): string;
  /** Sends a signal and does not wait. */
  kill(signal: NodeJS.Signals): void;
  /** SIGTERM; resolves with the exit code (null after SIGKILL) when it is gone and its log is complete. */
  stop(): Promise<number | null>;
}

/** Beside the sources `.ts`, in the package `.js`. */
const MAIN = join(import.meta.dirname, `../main${extname(import.meta.filename)}`);
const READY = /^mock provider on (http:\S+)/;

/** Starts `main.ts`, and ends with this process, however that ends. */
export const startProviderProcess = async (
  options: ProviderProcessOptions = {},
): Promise<ProviderProcess> => {
  const child = spawn(process.execPath, [MAIN, ...argumentsOf(options)], { stdio: ["pipe", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (text: string) => (output += text));
  const exited = once(child, "close").then(([code]) => code as number | null);
  const url = await Promise.race([
    readUrl(child.stdout),
    exited.then((code): never => {
      throw new Error(`the mock provider ended with ${code}:\n${output}`);
    }),
  ]);
  const stop = (): Promise<number | null> => {
    child.kill("SIGTERM");
    return exited;
  };
  const admin = connectAdmin(url);
  return {
    ...admin,
    environment: environmentOf(admin, options.vendors ?? DEFAULT_VENDORS),
    pid: child.pid ?? 0,
    output: () => output,
    kill: (signal) => void child.kill(signal),
    stop,
    [Symbol.asyncDispose]: async () => void (await stop()),
  };
};

type VendorOptions = NonNullable<ProviderProcessOptions["vendors"]>;

const DEFAULT_VENDORS: VendorOptions = { acme: {} };

const environmentOf = (admin: AdminClient, vendors: VendorOptions): Record<string, string> => {
  const declared = Object.entries(vendors).map(([name, { clients = defaultSettings.clients }]) => {
    const vendor: DeclaredVendor = { ...admin.vendor(name), settings: { clients } };
    return [name, vendor] as const;
  });
  return brokerEnvironment({ port: admin.port, vendors: new Map(declared) });
};

const argumentsOf = ({
  port = 0,
  seed,
  logFile,
  vendors = { acme: {} },
}: ProviderProcessOptions): string[] => {
  const config = Object.entries(vendors).map(([name, settings]) => [name, settingsToJson(settings)]);
  return [
    "--with-stdin",
    `--port=${port}`,
    `--config=${JSON.stringify({ vendors: Object.fromEntries(config) })}`,
    ...(seed === undefined ? [] : [`--seed=${seed}`]),
    ...(logFile === undefined ? [] : [`--log=${logFile}`]),
  ];
};

const readUrl = (output: NodeJS.ReadableStream): Promise<string> =>
  new Promise((resolve) => {
    createInterface({ input: output }).on("line", (line) => {
      const url = READY.exec(line)?.[1];
      if (url !== undefined) resolve(url);
    });
  });
