import { join } from "node:path";
import { type Client, createClient } from "@connectrpc/connect";
import { createConnectTransport, Http2SessionManager } from "@connectrpc/connect-node";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { TokenBrokerService } from "../../gen/ts/tokenbroker/v1/token_broker_service_pb.ts";
import { type BrokerProcess, startBrokerProcess } from "../support/broker-process.ts";
import { canary } from "../support/canaries.ts";
import { createDatabase } from "../support/postgres-databases.ts";
import { startTestProvider, type TestProvider } from "../support/provider.ts";
import { postgresServerUrl } from "../support/run-fixtures.ts";
import {
  call,
  createDeployment,
  declared,
  newClient,
  newSelector,
  PATIENCE,
  type Selector,
} from "./deployment.ts";

const STREAMS = 2000;
const PER_CONNECTION = 80;
const PROGRAMS = join(import.meta.dirname, "programs");

interface Opened {
  /** So many have said something. */
  spoken(): number;
  close(): Promise<void>;
}

/** Streams of WatchToken, a connection for each eighty. */
const openStreams = async (
  { rpcUrl }: BrokerProcess,
  count: number,
  requestOf: (index: number) => Selector,
): Promise<Opened> => {
  const leaving = new AbortController();
  const managers: Http2SessionManager[] = [];
  const reading: Promise<void>[] = [];
  let spoken = 0;
  const read = async (client: Client<typeof TokenBrokerService>, index: number): Promise<void> => {
    try {
      let isFirst = true;
      for await (const _ of client.watchToken({ request: requestOf(index) }, { signal: leaving.signal })) {
        if (isFirst) spoken += 1;
        isFirst = false;
      }
    } catch (error) {
      if (!leaving.signal.aborted) throw error;
    }
  };
  for (let from = 0; from < count; from += PER_CONNECTION) {
    const sessionManager = new Http2SessionManager(rpcUrl);
    managers.push(sessionManager);
    const transport = createConnectTransport({ baseUrl: rpcUrl, httpVersion: "2", sessionManager });
    const client = createClient(TokenBrokerService, transport);
    for (let index = from; index < Math.min(count, from + PER_CONNECTION); index += 1)
      reading.push(read(client, index));
    await expect.poll(() => spoken, PATIENCE).toBe(reading.length);
  }
  return {
    spoken: () => spoken,
    async close() {
      leaving.abort();
      await Promise.all(reading);
      for (const manager of managers) manager.abort();
    },
  };
};

interface Memory {
  /** Bytes, of a process or of a stream. */
  readonly resident: number;
  readonly heap: number;
}

/** Everything collected. */
const memoryOf = async (running: BrokerProcess, question: string): Promise<Memory> => {
  running.tell(question);
  const answer = () => running.log().find((line) => line.event === "memory" && line["question"] === question);
  await expect.poll(answer, PATIENCE).toBeDefined();
  return { resident: Number(answer()?.["rss"]), heap: Number(answer()?.["heap_used"]) };
};

/** What a stream costs: measured from a number on, since the first ones make the code warm. */
const costOf = async (running: BrokerProcess, requestOf: (index: number) => Selector): Promise<Memory> => {
  const warming = await openStreams(running, PER_CONNECTION * 3, requestOf);
  await warming.close();
  const before = await memoryOf(running, "before");
  const opened = await openStreams(running, STREAMS, requestOf);
  const after = await memoryOf(running, "after");
  expect(opened.spoken()).toBe(STREAMS);
  await opened.close();
  return {
    resident: (after.resident - before.resident) / STREAMS,
    heap: (after.heap - before.heap) / STREAMS,
  };
};

describe("two thousand watchers of one replica", () => {
  const client = newClient();
  let provider: TestProvider;
  let broker: BrokerProcess;
  let idle: BrokerProcess;
  beforeAll(async () => {
    provider = await startTestProvider({ clients: { [client.id]: client.secret } });
    const { env } = createDeployment(
      await createDatabase(await postgresServerUrl()),
      declared("acme", provider, client),
    );
    broker = await startBrokerProcess({ env, program: join(PROGRAMS, "measured-broker.ts") });
    idle = await startBrokerProcess({ program: join(PROGRAMS, "idle-streams.ts") });
  });
  afterAll(async () => {
    await Promise.all([broker?.stop(), idle?.stop()]);
    await provider.close();
  });

  it("cost no more than twice the memory of as many idle streams", async () => {
    const selectors = Array.from({ length: 100 }, () => newSelector("acme"));
    for (const selector of selectors)
      await call(broker, "ImportToken", { ...selector, accessToken: canary("access_token") });
    const requestOf = (index: number): Selector => selectors[index % selectors.length]!;
    const bare = await costOf(idle, requestOf);
    const watching = await costOf(broker, requestOf);
    const kib = ({ resident, heap }: Memory): string =>
      `${Math.round(resident / 1024)} KiB (of them heap ${Math.round(heap / 1024)})`;
    console.log(`resident memory of a stream: watching ${kib(watching)}, idle in connect-node ${kib(bare)}`);
    expect(watching.resident).toBeLessThan(2 * bare.resident);
    // A process that had more room before grows less: what is really held must obey the same bound.
    expect(watching.heap).toBeLessThan(2 * bare.heap);
    const metrics = await (await fetch(`${broker.telemetryUrl}/metrics`)).text();
    expect(metrics).toMatch(/^tokenbroker_watch_streams \d+$/m);
  });
});
