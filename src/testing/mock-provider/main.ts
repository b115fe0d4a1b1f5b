import type { MockProvider } from "./mock-provider.ts";
/** `npm run mock-provider`: the mock provider as a process of its own, until SIGTERM, SIGINT or Ctrl-C. */
import { readCommandLine } from "./process/command-line.ts";
import { printServed } from "./process/print-served.ts";
import { startMockProvider } from "./start-mock-provider.ts";

const { port, seed, log, vendors, withStdin } = readCommandLine(process.argv.slice(2));

const provider = await start();
for (const [name, { scripts }] of vendors) for (const script of scripts) provider.vendor(name).script(script);
printServed(provider);

const stop = (): void => void provider.close().then(() => process.stdin.destroy());
process.once("SIGTERM", stop).once("SIGINT", stop);
if (withStdin) process.stdin.resume().once("end", stop).once("error", stop);

async function start(): Promise<MockProvider> {
  const settings = Object.fromEntries([...vendors].map(([name, vendor]) => [name, vendor.settings]));
  try {
    return await startMockProvider({
      port,
      seed,
      logFile: log,
      vendors: settings,
      keepsLog: log === undefined,
    });
  } catch (error) {
    process.stderr.write(`error: ${(error as Error).message}\n`);
    process.exit(1);
  }
}
