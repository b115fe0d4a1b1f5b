import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { BrokerProcess } from "../support/broker-process.ts";
import { createDatabase } from "../support/postgres-databases.ts";
import { startTestProvider, type TestProvider } from "../support/provider.ts";
import { postgresServerUrl } from "../support/run-fixtures.ts";
import {
  call,
  createDeployment,
  declared,
  newClient,
  newSelector,
  refusalOf,
  type Selector,
} from "./deployment.ts";

const ROUNDS = 20;
/** Of GetToken on each replica, one after the other. */
const POLLERS = 2;
const BEFORE_MS = 150;
const AFTER_MS = 250;

interface Poll {
  readonly beganMs: number;
  readonly outcome: string;
}

describe("a connection that one of three replicas ends, while all are asked for its token", () => {
  const client = newClient();
  let provider: TestProvider;
  let replicas: readonly BrokerProcess[] = [];

  beforeAll(async () => {
    provider = await startTestProvider({ clients: { [client.id]: client.secret } });
    const url = await createDatabase(await postgresServerUrl());
    const deployment = createDeployment(url, {
      ...declared("acme", provider, client),
      BROKER_RATE_LIMIT_GET_TOKEN_PER_SECOND: "0",
      BROKER_RATE_LIMIT_ADMIN_PER_MINUTE: "0",
    });
    const first = await deployment.start();
    replicas = [first, ...(await Promise.all([deployment.start(), deployment.start()]))];
  });
  afterAll(async () => {
    await Promise.all(replicas.map((replica) => replica.stop()));
    await provider.close();
  });

  const poll = async (selector: Selector, until: AbortSignal, polls: Poll[]): Promise<void> => {
    const keepAsking = async (replica: BrokerProcess): Promise<void> => {
      while (!until.aborted) {
        const beganMs = performance.now();
        const answer = call(replica, "GetToken", selector);
        const isServed = await answer.then(
          () => true,
          () => false,
        );
        polls.push({ beganMs, outcome: isServed ? "served" : String((await refusalOf(answer)).reason) });
      }
    };
    await Promise.all(
      replicas.flatMap((replica) => Array.from({ length: POLLERS }, () => keepAsking(replica))),
    );
  };

  it.each([
    ["RevokeConnection", "CONNECTION_NOT_FOUND", (selector: Selector): object => selector],
    ["RevokeConnections", "CONNECTION_NOT_FOUND", ({ userId }: Selector): object => ({ userId })],
    ["BlockConnections", "BLOCKED", ({ userId }: Selector): object => ({ userId })],
  ])("is served to no call that begins after %s returned", async (rpc, reason, requestOf) => {
    const totals = { polls: 0, before: 0, after: 0 };
    for (let round = 0; round < ROUNDS; round += 1) {
      const selector = { ...newSelector("acme"), userId: `${rpc}-${round}` };
      const { accessToken, refreshToken } = provider.grants.open({ clientId: client.id });
      await call(replicas[0]!, "ImportToken", { ...selector, accessToken, refreshToken });
      const polls: Poll[] = [];
      const end = new AbortController();
      const polling = poll(selector, end.signal, polls);
      await sleep(BEFORE_MS);
      await call(replicas[round % replicas.length]!, rpc, requestOf(selector));
      const returnedMs = performance.now();
      await sleep(AFTER_MS);
      end.abort();
      await polling;
      const after = polls.filter(({ beganMs }) => beganMs > returnedMs);
      expect(new Set(after.map(({ outcome }) => outcome))).toEqual(new Set([reason]));
      expect(polls.some(({ outcome }) => outcome === "served")).toBe(true);
      totals.polls += polls.length;
      totals.after += after.length;
    }
    const perSecond = (totals.polls / (ROUNDS * (BEFORE_MS + AFTER_MS))) * 1000;
    console.log(
      `${rpc}: ${totals.polls} calls (${perSecond.toFixed(0)}/s), ${totals.after} began after it returned, none was served`,
    );
  });
});
