import { createClient } from "@connectrpc/connect";
import { TokenBrokerService } from "../../gen/ts/tokenbroker/v1/token_broker_service_pb.ts";
import { apiKey } from "../../src/client/index.ts";
import { createNodeTransport } from "../../src/client/node/index.ts";
import { spread, type Spread } from "../measure.ts";
import type { KitProcess } from "./kit-process.ts";

export interface BatchAgainstSingle {
  readonly batchMs: Spread;
  readonly inParallelMs: Spread;
  readonly oneByOneMs: Spread;
  /** One by one and in parallel, divided by the batch of the same round. */
  readonly timesOneByOne: Spread;
  readonly timesInParallel: Spread;
}

/** Fifty tokens in one call, in fifty at once, and in fifty one after the other: in turn, in every round. Nothing is cached. */
export const batchAgainstSingle = async (
  process: KitProcess,
  size: number,
  rounds: number,
): Promise<BatchAgainstSingle> => {
  const requests = await process.seed(size);
  const { kit } = process;
  using transport = createNodeTransport({ baseUrl: kit.brokerUrl, credentials: apiKey(kit.apiKey) });
  const client = createClient(TokenBrokerService, transport);
  const ways = {
    batch: async () => {
      const { results } = await client.batchGetTokens({ requests });
      if (!results.every(({ result }) => result.case === "token")) throw new Error("a token is missing");
    },
    inParallel: async () => void (await Promise.all(requests.map((request) => client.getToken(request)))),
    oneByOne: async () => {
      for (const request of requests) await client.getToken(request);
    },
  };
  const times: Record<keyof typeof ways, number[]> = { batch: [], inParallel: [], oneByOne: [] };
  // The first round warms up.
  for (let round = 0; round <= rounds; round += 1)
    for (const name of ["batch", "inParallel", "oneByOne"] as const) {
      const begunMs = performance.now();
      await ways[name]();
      if (round > 0) times[name].push(performance.now() - begunMs);
    }
  const ratio = (values: readonly number[]): Spread =>
    spread(values.map((value, round) => value / (times.batch[round] ?? Number.NaN)));
  return {
    batchMs: spread(times.batch),
    inParallelMs: spread(times.inParallel),
    oneByOneMs: spread(times.oneByOne),
    timesOneByOne: ratio(times.oneByOne),
    timesInParallel: ratio(times.inParallel),
  };
};
