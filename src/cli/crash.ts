import { errorClass, type Logger, stackFrames } from "../telemetry/index.ts";
import { explain } from "./failure.ts";
import type { CommandIo } from "./io.ts";

type Report = (error: unknown) => void;

let report: Report | undefined;

/** The runtime would print the error whole, and its message may quote a token. Here a crash is told by one reporter, and the exit code is 1. */
const reportBy = (reporter: Report): void => {
  const isFirst = report === undefined;
  report = reporter;
  if (!isFirst) return;
  const crash = (error: unknown): void => {
    report?.(error);
    process.exit(1);
  };
  process.on("uncaughtException", crash);
  process.on("unhandledRejection", crash);
};

/** For every command. */
export const complainOfCrashes = (io: CommandIo): void =>
  reportBy((error) => io.complain(`token-broker: crashed: ${explain(error)}`));

/** For a command that keeps a log: one line. */
export const logCrashes = (logger: Logger): void =>
  reportBy((error) =>
    logger.error("crashed", { error_class: errorClass(error), cause: stackFrames(error)[0] }),
  );

/** The runtime would open its debugger at this signal, to whoever reaches the port: every secret of the process could be read. */
export const keepDebuggerClosed = (): void => void process.on("SIGUSR1", () => {});
