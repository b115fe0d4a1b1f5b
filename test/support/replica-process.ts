/** Starts replica.ts: a broker that a test can stop at any step of a refresh, kill there, or deprive of one of its laws. */
import { join } from "node:path";
import type { ProviderDefinition } from "../../src/catalog/index.ts";
import { type BrokerProcess, startBrokerProcess } from "./broker-process.ts";
import {
  type Failpoint,
  FAILPOINT_REACHED,
  type FailpointAction,
  type FailpointCommand,
} from "./replica-failpoints.ts";

const PROGRAM = join(import.meta.dirname, "replica.ts");
const POLL_MS = 5;

export interface ReplicaOptions {
  /** How a provider's log names it (`x-replica`). */
  readonly name: string;
  /** As `startBrokerProcess` takes it. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** What every registration's definition says of refreshing, over what it says without. */
  readonly refresh?: Partial<ProviderDefinition["refresh"]>;
  /** Default none. */
  readonly sabotage?: "drop-lease" | "drop-refresh-token";
  /** How wrong its clock of points in time is. Default 0. */
  readonly clockSkewMs?: number;
}

export interface Replica extends BrokerProcess {
  readonly name: string;
  /** The next refresh to pass the point is stopped there. */
  arm(point: Failpoint, action: FailpointAction): void;
  /** Whatever waits at a point goes on, and no point is armed any more. */
  resume(): void;
  /** Resolves once the point was reached for the `times`th time (default 1), or the process is gone. */
  reached(point: Failpoint, times?: number): Promise<void>;
}

export const startReplica = async ({
  name,
  env,
  refresh,
  sabotage,
  clockSkewMs,
}: ReplicaOptions): Promise<Replica> => {
  const replica = await startBrokerProcess({
    program: PROGRAM,
    args: [],
    env: {
      REPLICA_NAME: name,
      REPLICA_REFRESH: JSON.stringify(refresh ?? {}),
      REPLICA_SABOTAGE: sabotage,
      REPLICA_CLOCK_SKEW_MS: clockSkewMs === undefined ? undefined : String(clockSkewMs),
      ...env,
    },
  });
  const state = { gone: false };
  void replica.exited.then(() => (state.gone = true));
  const tell = (command: FailpointCommand): void => replica.tell(JSON.stringify(command));
  const timesReached = (point: Failpoint): number =>
    replica.output().split(`"event":"${FAILPOINT_REACHED}","point":"${point}"`).length - 1;
  return {
    ...replica,
    name,
    arm: (point, action) => tell({ arm: point, action }),
    resume: () => tell({ resume: true }),
    async reached(point, times = 1) {
      while (timesReached(point) < times && !state.gone)
        await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    },
  };
};
