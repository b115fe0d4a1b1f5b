/**
 * The command line: what `token-broker <command>` prints and ends with. Owns arguments, exit codes and signals, and nothing of what the commands
 * do: they call the rooms.
 *
 * Laws: 0 is done, 1 failed, 2 used or configured wrongly. What was asked for goes to standard output, what went wrong to standard error, with a
 * cure and without a secret.
 */
export { complainOfCrashes, keepDebuggerClosed } from "./crash.ts";
export { processIo } from "./io.ts";
export { runCommandLine } from "./run.ts";
