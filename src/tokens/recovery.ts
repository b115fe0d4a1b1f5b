import { setTimeout as delay } from "node:timers/promises";
import type { Store } from "../store/index.ts";
import { type Clock, SECOND } from "../time.ts";
import type { FailureReason } from "./obstacle.ts";
import type { Attempt } from "./prepared.ts";
import type { TroubleReports } from "./trouble-reports.ts";

/** A provider that was out of order and answers again. */
export interface Recovery {
  succeeded(attempt: Attempt): void;
}

export interface RecoveryDeps {
  readonly store: Pick<Store, "tokens">;
  readonly troubleReports: Pick<TroubleReports, "missed">;
  readonly clock: Clock;
  /** Aborted = this replica is stopping. */
  readonly draining: AbortSignal;
  background(work: Promise<unknown>): void;
  /** There is work for a sweep. */
  readonly sweepSoon: () => void;
}

/** Connections come back spread over so long a time: a provider that has just recovered is not to be knocked over by all of them. */
const SPREAD_SECONDS = 30;

/** A provider that answers now and then calls nobody up more often than this, so that the back-off is still one. */
const AT_MOST_EVERY_MS = 60 * SECOND;

const BATCH = 500;

/**
 * After an outage, a back-off of up to a quarter of an hour would outlast it. The first connection that is refreshed after it failed calls up the others
 * of its registration and endpoint.
 */
export const createRecovery = (deps: RecoveryDeps): Recovery => {
  const { clock } = deps;
  const calledAtMs = new Map<string, number>();
  return {
    succeeded(attempt) {
      if (!hadFailed(attempt)) return;
      const nowMs = clock.monotonicMs();
      for (const [name, atMs] of calledAtMs) if (nowMs - atMs >= AT_MOST_EVERY_MS) calledAtMs.delete(name);
      const name = JSON.stringify([attempt.prepared.key.registrationId, attempt.claimed.pins.tokenUrl]);
      if (calledAtMs.has(name)) return;
      calledAtMs.set(name, nowMs);
      deps.background(callUpOthers(deps, attempt));
    },
  };
};

const REASON: FailureReason = "PROVIDER_UNAVAILABLE";

const hadFailed = ({ claimed }: Attempt): boolean => claimed.failureReason === REASON;

const callUpOthers = async (deps: RecoveryDeps, { claimed, prepared }: Attempt): Promise<void> => {
  const call = {
    registrationId: prepared.key.registrationId,
    tokenUrl: claimed.pins.tokenUrl,
    reason: REASON,
    spreadSeconds: SPREAD_SECONDS,
    limit: BATCH,
  };
  try {
    let count = 0;
    for (let some = BATCH; some === BATCH; count += some) some = await deps.store.tokens.callUp(call);
    if (count > 0) void sweepAfterwards(deps);
  } catch (error) {
    deps.troubleReports.missed("waiting connections are not called up yet", error, claimed);
  }
};

const sweepAfterwards = async ({ draining, sweepSoon }: RecoveryDeps): Promise<void> => {
  await delay(SPREAD_SECONDS * SECOND, undefined, { signal: draining, ref: false }).catch(() => {});
  if (!draining.aborted) sweepSoon();
};
