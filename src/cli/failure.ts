import { ConfigError } from "../config/index.ts";
import { BrokerError, OperatorError } from "../errors.ts";
import { errorClass, stackFrames } from "../telemetry/index.ts";
import { type CommandIo, EXIT, type ExitCode } from "./io.ts";

/** Says why a command failed, in words that hold no secret, and what the process should end with. */
export const reportFailure = (error: unknown, io: CommandIo): ExitCode => {
  if (error instanceof ConfigError) {
    io.complain(error.message);
    for (const warning of error.warnings) io.complain(`warning: ${warning}`);
    return EXIT.misused;
  }
  io.complain(`token-broker: ${explain(error)}`);
  return isUnsaved(error) ? EXIT.unsaved : EXIT.failed;
};

/**
 * This program's own errors say what to do. A foreign one may quote a bound parameter, a header or a body in its message (drivers, `fetch` and
 * `JSON.parse` do), so of those only the class is shown, and where it came from.
 */
export const explain = (error: unknown): string => {
  if (error instanceof BrokerError) return error.message;
  if (isListenError(error))
    return `cannot listen on ${error.address ?? "the socket"}${error.port === undefined ? "" : `:${error.port}`} (${error.code}): stop what uses it, or choose another address (BROKER_RPC_ADDR, BROKER_HTTP_ADDR, BROKER_TELEMETRY_ADDR)`;
  if (isOwn(error)) return error.message;
  return [`unexpected ${errorClass(error)}`, ...stackFrames(error).map((frame) => `    at ${frame}`)].join(
    "\n",
  );
};

interface ListenError extends Error {
  readonly code: string;
  readonly address?: string;
  readonly port?: number;
}

const isListenError = (error: unknown): error is ListenError =>
  error instanceof Error && "syscall" in error && error.syscall === "listen" && "code" in error;

const isOwn = (error: unknown): error is OperatorError => error instanceof OperatorError;

/** By name: the command line loads the broker only to serve. */
const isUnsaved = (error: unknown): boolean => error instanceof Error && error.name === "UnsavedTokensError";
