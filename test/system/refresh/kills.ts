import { setTimeout as sleep } from "node:timers/promises";
import type { ProviderRequest, Vendor } from "../../mock-provider/index.ts";
import { type Failpoint, FAILPOINT_REACHED, REFRESH_OVER } from "../../support/replica-failpoints.ts";
import type { Replica } from "../../support/replica-process.ts";
import { REPLICA_HEADER } from "../../support/replica-requests.ts";

/** A `kill -9`. */
export interface Kill {
  readonly replica: Replica;
  /** By `CLOCK_MONOTONIC`. */
  readonly atUs: number;
  /** Where in a refresh it struck; undefined = at random. */
  readonly window: Failpoint | undefined;
}

/** A refresh that the provider heard of, and that its replica did not live to save or to record as failed. */
export interface CutOff {
  readonly connectionId: string;
  /** Until the provider heard of this connection again; undefined = never. */
  readonly takenOverAfterMs: number | undefined;
}

/** A new replica needs more than this until it refreshes anything. */
const STARTING_MS = 200;

/** With a `window`, waits for a refresh to come there; if none does in time, it is a kill at random. */
export const killReplica = async (
  replica: Replica,
  window: Failpoint | undefined,
  withinMs: number,
): Promise<Kill> => {
  if (window) {
    replica.arm(window, "kill");
    await Promise.race([replica.exited, sleep(withinMs)]);
  }
  const killedUs = monotonicUs();
  replica.kill("SIGKILL");
  await replica.exited;
  const reached = replica.log().find(({ event }) => event === FAILPOINT_REACHED);
  return {
    replica,
    window: reached && window,
    atUs: Number(reached?.["monotonic_us"] ?? killedUs),
  };
};

const monotonicUs = (): number => Number(process.hrtime.bigint() / 1000n);

/** `kills` are all that there were, of a provider that keeps its requests. */
export const cutOffBy = (
  kills: readonly Kill[],
  { requests, grants }: Pick<Vendor, "requests" | "grants">,
): CutOff[] => {
  const toMs = performance.now() - monotonicUs() / 1000;
  const connectionOf = ({ params }: ProviderRequest) =>
    grants.holderOf(params["refresh_token"] ?? "")?.label ?? "";
  const byConnection = Map.groupBy(requests, connectionOf);
  return kills.flatMap(({ replica, atUs }) => {
    const lives = kills.filter((kill) => kill.replica.name === replica.name).map((kill) => kill.atUs);
    // What was sent just before a kill arrives just after it, long before the successor is up.
    const diedBeforeMs =
      Math.max(0, ...lives.filter((otherUs) => otherUs < atUs)) / 1000 + toMs + STARTING_MS;
    const over = lastOver(replica);
    const isCutOff = (request: ProviderRequest): boolean =>
      request.headers[REPLICA_HEADER] === replica.name &&
      request.startedAtMs > diedBeforeMs &&
      request.startedAtMs < atUs / 1000 + toMs + STARTING_MS &&
      request.startedAtMs > (over.get(connectionOf(request)) ?? 0) / 1000 + toMs;
    return requests.filter(isCutOff).map((request): CutOff => {
      const connectionId = connectionOf(request);
      const later = byConnection
        .get(connectionId)
        ?.find(({ startedAtMs }) => startedAtMs > request.startedAtMs);
      return { connectionId, takenOverAfterMs: later && later.startedAtMs - atUs / 1000 - toMs };
    });
  });
};

/** Connection → when its last refresh by this process was over. */
const lastOver = (replica: Replica): Map<unknown, number> =>
  new Map(
    replica
      .log()
      .filter(({ event }) => event === REFRESH_OVER)
      .map((line) => [line["connection_id"], Number(line["monotonic_us"])]),
  );
