import { errorClass, type Logger } from "../telemetry/index.ts";

/** The runtime would print the error whole, and its message may quote a token. Here a crash is one log line, and the exit code 1. */
export const logCrashes = (logger: Logger): void => {
  const crash = (error: unknown): void => {
    logger.error("crashed", { error_class: errorClass(error), cause: firstFrame(error) });
    process.exit(1);
  };
  process.on("uncaughtException", crash);
  process.on("unhandledRejection", crash);
};

const firstFrame = (error: unknown): string | undefined =>
  error instanceof Error ? /^\s+at (.*)$/m.exec(error.stack ?? "")?.[1] : undefined;
