import { Code } from "@connectrpc/connect";
import { afterEach, describe, expect, it } from "vitest";
import {
  CONNECTION,
  createFakeBroker,
  failedResult,
  failure,
  token,
  tokenResult,
} from "../../test/client/fake-broker.ts";
import { createTokenBroker, type TokenBroker } from "./index.ts";

const clients: TokenBroker[] = [];
afterEach(() => {
  for (const client of clients.splice(0)) client.close();
});

const start = (options: { idleMs?: number } = {}) => {
  const broker = createFakeBroker();
  broker.answer(token({ refreshInMs: -1 }));
  const client = createTokenBroker({ transport: broker.transport, ...options });
  clients.push(client);
  return { broker, client, source: client.tokenSource(CONNECTION) };
};

const person = (number: number) => ({ ...CONNECTION, userId: `user-${number}` });
const DEAD = { code: Code.FailedPrecondition, reason: "REAUTHORIZATION_REQUIRED" };

describe("a followed token", () => {
  it("is asked for once, and its successors come by the stream", async () => {
    const { broker, source } = start();
    await source.token();
    await expect.poll(() => broker.streams.length).toBe(1);
    const [stream] = broker.streams;
    expect(stream?.request.watches[0]).toMatchObject({ sinceRevision: 0n, request: { userId: "ada" } });
    stream?.send({
      index: 0,
      event: { revision: 7n, result: tokenResult({ version: 2n, refreshInMs: -1 }) },
    });
    await expect.poll(async () => (await source.token()).version).toBe(2n);
    const asked = broker.requests.length;
    await source.token();
    expect(broker.requests).toHaveLength(asked);
  });

  it("dies and recovers as the stream says, without a call", async () => {
    const { broker, source } = start();
    await source.token();
    await expect.poll(() => broker.streams.length).toBe(1);
    broker.streams[0]?.send({ index: 0, event: { revision: 7n, result: failedResult(DEAD) } });
    await expect
      .poll(() => source.token().catch((error: Error) => error.name))
      .toBe("AuthorizationRequiredError");
    const asked = broker.requests.length;
    await expect(source.token()).rejects.toMatchObject({ reason: "REAUTHORIZATION_REQUIRED" });
    expect(broker.requests).toHaveLength(asked);
    broker.streams[0]?.send({ index: 0, event: { revision: 8n, result: tokenResult({ version: 3n }) } });
    await expect.poll(async () => (await source.token().catch(() => undefined))?.version).toBe(3n);
    expect(broker.requests).toHaveLength(asked);
  });

  it("goes back to refreshAfter while the stream is broken, and resumes where it was", async () => {
    const { broker, source } = start();
    await source.token();
    await expect.poll(() => broker.streams.length).toBe(1);
    broker.streams[0]?.send({ index: 0, event: { revision: 7n, result: tokenResult({ refreshInMs: -1 }) } });
    broker.streams[0]?.fail(failure({ code: Code.Unavailable, reason: "DRAINING", retryAfterMs: 10 }));
    await expect.poll(() => broker.streams.length).toBe(2);
    expect(broker.streams[1]?.request.watches[0]?.sinceRevision).toBe(7n);
    const asked = broker.requests.length;
    await source.token();
    expect(broker.requests).toHaveLength(asked + 1);
    // A heartbeat is enough: nothing happened meanwhile.
    broker.streams[1]?.send({});
    await expect
      .poll(async () => {
        const before = broker.requests.length;
        await source.token();
        return broker.requests.length - before;
      })
      .toBe(0);
  });

  it("shares its stream with those that are first used at the same moment", async () => {
    const { broker, client } = start();
    await Promise.all(Array.from({ length: 30 }, (_, number) => client.tokenSource(person(number)).token()));
    await expect.poll(() => broker.streams.length).toBe(1);
    expect(broker.streams[0]?.request.watches).toHaveLength(30);
    broker.streams[0]?.send({ index: 29, event: { revision: 1n, result: tokenResult({ version: 9n }) } });
    await expect.poll(async () => (await client.tokenSource(person(29)).token()).version).toBe(9n);
  });

  it("is put together with others when streams become many", async () => {
    const { broker, client } = start();
    for (let number = 0; number < 7; number += 1) {
      await client.tokenSource(person(number)).token();
      await expect.poll(() => broker.streams.length).toBe(number + 1);
    }
    const open = broker.streams.filter(({ signal }) => !signal.aborted);
    expect(open.length).toBeLessThanOrEqual(4);
    const followed = open.flatMap(({ request }) => request.watches.map((watch) => watch.request?.userId));
    expect(new Set(followed).size).toBe(7);
  });

  it("is not followed by more than five hundred on a stream", async () => {
    const { broker, client } = start();
    await Promise.all(Array.from({ length: 600 }, (_, number) => client.tokenSource(person(number)).token()));
    await expect.poll(() => broker.streams.map(({ request }) => request.watches.length)).toEqual([500, 100]);
  });

  it("is let go when nobody asks for it", async () => {
    const { broker, client, source } = start({ idleMs: 40 });
    await source.token();
    await expect.poll(() => broker.streams.length).toBe(1);
    const other = client.tokenSource(person(1));
    await expect
      .poll(async () => {
        await other.token();
        return broker.streams[0]?.signal.aborted;
      })
      .toBe(true);
    expect(client.tokenSource(CONNECTION)).not.toBe(source);
    await source.token();
    await expect
      .poll(() => broker.streams.at(-1)?.request.watches.map((watch) => watch.request?.userId))
      .toContain("ada");
  });

  it("leaves its stream for the others when half of them are let go", async () => {
    const { broker, client } = start({ idleMs: 1500 });
    await Promise.all(Array.from({ length: 4 }, (_, number) => client.tokenSource(person(number)).token()));
    await expect.poll(() => broker.streams.length).toBe(1);
    const last = client.tokenSource(person(3));
    await expect
      .poll(
        async () => {
          await last.token();
          return broker.streams.at(-1)?.request.watches.map((watch) => watch.request?.userId);
        },
        { timeout: 8000 },
      )
      .toEqual(["user-3"]);
    await expect.poll(() => broker.streams[0]?.signal.aborted).toBe(true);
  });

  it("is asked for by expiry where the broker has no streams, which is tried once", async () => {
    const { broker, source } = start();
    broker.hasStreams = false;
    broker.answer(token());
    for (let time = 0; time < 20; time += 1) await source.token();
    expect(broker.requests).toHaveLength(1);
    expect(broker.streams).toHaveLength(0);
  });

  it("ends with the client", async () => {
    const { broker, client, source } = start();
    await source.token();
    await expect.poll(() => broker.streams.length).toBe(1);
    client.close();
    await expect.poll(() => broker.streams[0]?.signal.aborted).toBe(true);
  });
});
