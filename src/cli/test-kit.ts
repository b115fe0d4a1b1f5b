import { createLogger } from "../telemetry/index.ts";
import type { CommandIo } from "./io.ts";
import { listenForStop } from "./stop-signal.ts";

export interface TestKitCommandOptions {
  /** JSON, or a file of it. */
  readonly seed?: string;
  /** Of the control API; 0 = a free one. */
  readonly port: number;
  readonly tls: boolean;
  readonly withStdin: boolean;
}

/** Runs a test kit until it is told to stop. Prints one line of JSON when everything can be used: where, and by which keys. */
export const testKit = async (options: TestKitCommandOptions, io: CommandIo): Promise<void> => {
  using stop = listenForStop(createLogger({ level: "error" }));
  const { describeKit, readKitSeed, startTestKit } = await import("../testing/index.ts");
  const seed = options.seed === undefined ? {} : readKitSeed(options.seed);
  await using kit = await startTestKit({ ...seed, tls: options.tls, controlPort: options.port });
  io.print(JSON.stringify({ controlUrl: kit.controlUrl, ...describeKit(kit) }));
  await Promise.race([stop.received, ...(options.withStdin ? [endOfInput()] : [])]);
  process.stdin.destroy();
};

/** The parent is gone, or has closed its end. */
const endOfInput = (): Promise<void> =>
  new Promise((resolve) => {
    process.stdin.resume().once("end", resolve).once("error", resolve);
  });
