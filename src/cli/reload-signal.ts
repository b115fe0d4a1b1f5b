import type { Logger } from "../telemetry/index.ts";

/** On SIGHUP, which would end the process otherwise, files are read again. */
export const listenForReload = (logger: Logger, reload: () => void): Disposable => {
  const onSignal = (signal: NodeJS.Signals): void => {
    logger.info("reloading", { signal });
    reload();
  };
  process.on("SIGHUP", onSignal);
  return { [Symbol.dispose]: () => void process.off("SIGHUP", onSignal) };
};
