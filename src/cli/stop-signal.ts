import type { Logger } from "../telemetry/index.ts";

const SIGNALS = ["SIGTERM", "SIGINT"] as const;

export interface StopSignal extends Disposable {
  /** Resolves with the first signal to stop. */
  readonly received: Promise<NodeJS.Signals>;
}

/**
 * Listens for SIGTERM and SIGINT. The first is a request to finish; the second, from somebody who will not wait, ends the process on the spot with
 * exit code 1.
 */
export const listenForStop = (logger: Logger, force: () => void = () => process.exit(1)): StopSignal => {
  const first = Promise.withResolvers<NodeJS.Signals>();
  let count = 0;
  const onSignal = (signal: NodeJS.Signals): void => {
    count += 1;
    logger.info(count === 1 ? "stopping" : "stopping at once", { signal });
    if (count === 1) first.resolve(signal);
    else force();
  };
  for (const signal of SIGNALS) process.on(signal, onSignal);
  return {
    received: first.promise,
    [Symbol.dispose]() {
      for (const signal of SIGNALS) process.off(signal, onSignal);
    },
  };
};
