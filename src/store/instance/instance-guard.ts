import { setTimeout as delay } from "node:timers/promises";
import { errorClass, type Logger } from "../../telemetry/index.ts";
import { SECOND } from "../../time.ts";
import type { InstanceRepository } from "./instance-repository.ts";

/**
 * Keeps a copy of a database from refreshing the grants of the original: whose refresh tokens rotate, both would lose. The database remembers the
 * `BROKER_INSTANCE_ID` of the first start; whoever has another one only reads, until `token-broker resume` says that this database is theirs.
 */
export interface InstanceGuard {
  /** This process refreshes nothing, and tells no provider anything of its own accord. */
  paused(): boolean;
  /** Calls back at once and on every change. */
  onChange(listener: (paused: boolean) => void): void;
  close(): void;
}

export interface GuardOptions {
  readonly logger: Logger;
  /** How often it is looked whether somebody has said whose database it is. Default 5 s. */
  readonly everyMs?: number;
}

/** The check is off. */
export const unguarded: InstanceGuard = {
  paused: () => false,
  onChange: (listener) => listener(false),
  close: () => {},
};

/** @throws BrokerError STORE_UNAVAILABLE: whose database it is must be known before anything is refreshed. */
export const openInstanceGuard = async (
  repository: InstanceRepository,
  id: string | undefined,
  { logger, everyMs = 5 * SECOND }: GuardOptions,
): Promise<InstanceGuard> => {
  if (id === undefined) return unguarded;
  const closing = new AbortController();
  const listeners: ((paused: boolean) => void)[] = [];
  let paused = false;
  const look = async (): Promise<void> => {
    const isForeign = (await repository.record(id)) !== id;
    if (isForeign === paused) return;
    paused = isForeign;
    report(logger, paused);
    for (const listener of listeners) listener(paused);
  };
  await look();
  void watch(look, logger, everyMs, closing.signal);
  return {
    paused: () => paused,
    onChange(listener) {
      listeners.push(listener);
      listener(paused);
    },
    close: () => closing.abort(),
  };
};

/** A look that fails changes nothing: a database that is away is refreshed by nobody. */
const watch = async (
  look: () => Promise<void>,
  logger: Logger,
  everyMs: number,
  signal: AbortSignal,
): Promise<void> => {
  for (;;) {
    await delay(everyMs, undefined, { signal, ref: false }).catch(() => {});
    if (signal.aborted) return;
    await look().catch((error: unknown) =>
      logger.debug("instance not looked up", { error_class: errorClass(error) }),
    );
  }
};

const report = (logger: Logger, paused: boolean): void => {
  if (paused)
    logger.error(
      "this database belongs to another instance: nothing is refreshed until `token-broker resume`",
      {
        variable: "BROKER_INSTANCE_ID",
      },
    );
  else logger.info("this database belongs to this instance: refreshing goes on");
};
