import { CommanderError } from "commander";
import { reportFailure } from "./failure.ts";
import { type CommandIo, EXIT, type ExitCode, NegativeAnswer, processIo } from "./io.ts";
import { createProgram } from "./program.ts";

/**
 * Runs one command line and answers the exit code: 0 done, 1 failed, 2 used or configured wrongly, 3 stopped with
 * rotated refresh tokens that are stored nowhere. Never throws.
 *
 * @param argv without `node` and the script.
 */
export const runCommandLine = async (
  argv: readonly string[],
  io: CommandIo = processIo,
): Promise<ExitCode> => {
  try {
    await createProgram(io).parseAsync(argv, { from: "user" });
    return EXIT.ok;
  } catch (error) {
    // Commander has printed its message, and "throws" after --help and --version as well.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.misused;
    if (error instanceof NegativeAnswer) return EXIT.failed;
    return reportFailure(error, io);
  }
};
