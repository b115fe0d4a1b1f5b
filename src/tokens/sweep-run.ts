import { setTimeout as delay } from "node:timers/promises";
import type { BrokerError } from "../errors.ts";
import type { ClaimedToken, Store } from "../store/index.ts";
import { errorClass, type Logger } from "../telemetry/index.ts";
import { SECOND } from "../time.ts";
import type { Refresher } from "./refresh-connection.ts";

export interface SweepRunDeps {
  readonly store: Pick<Store, "tokens">;
  readonly refresher: Pick<Refresher, "refreshClaimed">;
  readonly logger: Logger;
}

/** The rows that one sweep has claimed. */
export interface SweepRun {
  /**
   * A row met again is left alone until `forget` if nothing came of it, or only a token without a life. One whose owner died meanwhile is not: the
   * vendor's grace runs. Nor is a token of a few seconds, which would end under the lease.
   */
  begin(claimed: readonly ClaimedToken[], begunMs: number): void;
  /** Under way. */
  size(): number;
  sizeOf(registrationId: string): number;
  /** Waits until a refresh is over, at most `ms`. */
  oneMore(ms: number): Promise<void>;
  /** All rows so far. */
  count(): number;
  /** Gives back what was claimed and cannot be refreshed here, and meets every row anew. */
  forget(): Promise<void>;
}

export const createSweepRun = ({ store, refresher, logger }: SweepRunDeps): SweepRun => {
  const met = new Map<string, bigint>();
  const underWay = new Map<ClaimedToken, Promise<void>>();
  const untouched: ClaimedToken[] = [];
  let count = 0;

  /** What this replica cannot refresh keeps its lease for a while, or it would be claimed again at once. */
  const refresh = async (claimed: ClaimedToken, begunMs: number): Promise<void> => {
    try {
      const outcome = await refresher.refreshClaimed(claimed, begunMs);
      if (outcome.kind !== "obstacle" || outcome.obstacle.kind !== "unable") return;
      untouched.push(claimed);
      reportUnopened(logger, claimed, outcome.obstacle.error);
    } catch (error) {
      logger.error("refresh ended in a defect", {
        job: "connect:refresh_tokens",
        error_class: errorClass(error),
      });
    } finally {
      underWay.delete(claimed);
    }
  };

  return {
    begin(claimed, begunMs) {
      for (const row of claimed) {
        const isMet = met.has(row.id);
        if (isMet && row.takenOverFrom === null && isVain(row, met.get(row.id))) untouched.push(row);
        else underWay.set(row, refresh(row, begunMs));
        if (!isMet) count += 1;
        met.set(row.id, row.version);
      }
    },
    size: () => underWay.size,
    sizeOf: (registrationId) =>
      [...underWay.keys()].filter(({ pins }) => pins.registrationId === registrationId).length,
    async oneMore(ms) {
      const waking = new AbortController();
      const timer = delay(ms, undefined, { signal: waking.signal, ref: false }).catch(() => {});
      await Promise.race([...underWay.values(), timer]);
      waking.abort();
    },
    count: () => count,
    async forget() {
      met.clear();
      for (const claimed of untouched.splice(0)) await store.tokens.releaseLease(claimed);
    },
  };
};

/** Somebody has changed the row: nobody else will notice until its token is needed. Keys that are missing were counted at the start. */
const reportUnopened = (logger: Logger, claimed: ClaimedToken, { code, metadata }: BrokerError): void => {
  if (code !== "KEY_UNAVAILABLE" || metadata["cause"] === "unknown_key") return;
  logger.error("stored token does not open", {
    namespace: claimed.namespace,
    connection_id: claimed.connectionId,
    provider: claimed.provider,
    code,
    cause: metadata["cause"],
  });
};

const isVain = ({ version, lifetimeSeconds }: ClaimedToken, metVersion: bigint | undefined): boolean =>
  version === metVersion || (lifetimeSeconds ?? 0) * SECOND < LIFELESS_MS;

const LIFELESS_MS = 1 * SECOND;
