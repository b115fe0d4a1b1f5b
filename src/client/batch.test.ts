import { Code } from "@connectrpc/connect";
import { expect, it } from "vitest";
import {
  CONNECTION,
  createFakeBroker,
  failedResult,
  failure,
  tokenResult,
} from "../../test/client/fake-broker.ts";
import { AuthorizationRequiredError, createTokenBroker } from "./index.ts";

const start = () => {
  const broker = createFakeBroker();
  return { broker, client: createTokenBroker({ transport: broker.transport, watch: false }) };
};

const people = (count: number) =>
  Array.from({ length: count }, (_, number) => ({ ...CONNECTION, userId: `user-${number}` }));

it("answers in the order of the requests, an error in its place, and remembers the tokens", async () => {
  const { broker, client } = start();
  const [one, two, three] = people(3);
  broker.items.set("user-0", tokenResult({ version: 5n }));
  broker.items.set("user-1", failedResult({ code: Code.NotFound, reason: "CONNECTION_NOT_FOUND" }));
  if (!one || !two || !three) throw new Error("three people");
  const outcomes = await client.tokens([one, two, one, three]);
  expect(outcomes.map(({ ok }) => ok)).toEqual([true, false, true, true]);
  const [, missing] = outcomes;
  expect(missing?.ok === false && missing.error).toBeInstanceOf(AuthorizationRequiredError);
  expect((await client.tokenSource(one).token()).version).toBe(5n);
  expect([broker.batches, broker.requests.length]).toEqual([[3], 0]);
  await client.tokens([one, two, three]);
  expect(broker.batches).toEqual([3, 1]);
});

it("makes a call for each hundred", async () => {
  const { broker, client } = start();
  expect(await client.tokens(people(250))).toHaveLength(250);
  expect(broker.batches).toEqual([100, 100, 50]);
  expect(await client.tokens([])).toEqual([]);
});

it("asks an older broker one by one", async () => {
  const { broker, client } = start();
  broker.hasBatches = false;
  broker.answer(failure({ code: Code.NotFound, reason: "CONNECTION_NOT_FOUND" }));
  const outcomes = await client.tokens(people(3));
  expect(outcomes.map((outcome) => !outcome.ok && outcome.error.reason)).toEqual(
    Array.from({ length: 3 }, () => "CONNECTION_NOT_FOUND"),
  );
  expect(broker.requests).toHaveLength(3);
});

it("ends with the signal", async () => {
  const { client } = start();
  const signal = AbortSignal.abort(new Error("enough"));
  await expect(client.tokens(people(1), { signal })).rejects.toThrow("enough");
});
