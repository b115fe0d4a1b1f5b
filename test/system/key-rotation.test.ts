import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { generateFernetKey, parseKeyRing } from "../../src/crypto/index.ts";
import { type BrokerProcess, runBrokerCommand } from "../support/broker-process.ts";
import { createDatabase } from "../support/postgres-databases.ts";
import { startTestProvider, type TestProvider } from "../support/provider.ts";
import { postgresServerUrl } from "../support/run-fixtures.ts";
import {
  call,
  createDeployment,
  declared,
  type Deployment,
  newClient,
  newSelector,
  PATIENCE,
  type Selector,
} from "./deployment.ts";

const CONNECTIONS = 40;
const CALLERS = 4;

/** The order that docs/how-to/operate.md gives, with callers that never stop. */
describe("the change of the encryption key on two replicas under load", () => {
  const client = newClient();
  const [old, fresh] = [generateFernetKey(), generateFernetKey()];
  const idOf = (key: string): string => parseKeyRing(key).primary.id;
  let deployment: Deployment;
  let provider: TestProvider;
  let load: ReturnType<typeof startLoad>;
  const selectors: Selector[] = [];
  /** By place. What is about to stop is taken out first, as a load balancer does. */
  const replicas: (BrokerProcess | undefined)[] = [];

  beforeAll(async () => {
    provider = await startTestProvider({ clients: { [client.id]: client.secret } });
    const url = await createDatabase(await postgresServerUrl());
    deployment = createDeployment(url, {
      ...declared("acme", provider, client),
      CONNECT_TOKEN_ENCRYPTION_KEY: old,
    });
    replicas[0] = await deployment.start();
    replicas[1] = await deployment.start();
    for (let count = 0; count < CONNECTIONS; count += 1) {
      const selector = newSelector("acme");
      const { accessToken, refreshToken } = provider.grants.open({ clientId: client.id });
      await call(replicas[0], "ImportToken", { ...selector, accessToken, refreshToken });
      selectors.push(selector);
    }
    load = startLoad(replicas, selectors);
  });

  afterAll(async () => {
    await load?.stop();
    await Promise.all(replicas.map(async (replica) => await replica?.stop()));
    await provider.close();
  });

  const roll = async (keys: string): Promise<void> => {
    for (const place of [0, 1]) {
      const replica = replicas[place]!;
      replicas[place] = undefined;
      await load.free(replica);
      expect(await replica.stop()).toEqual({ code: 0, signal: null });
      replicas[place] = await deployment.start({ CONNECT_TOKEN_ENCRYPTION_KEY: keys });
      await load.more(20);
    }
  };

  const rotate = (keys: string, ...options: string[]) =>
    runBrokerCommand(["rotate-keys", ...options], {
      BROKER_DATABASE_URL: deployment.databaseUrl,
      CONNECT_TOKEN_ENCRYPTION_KEY: keys,
    });

  it("adds the key everywhere; nothing can be sealed with it before a replica does", async () => {
    await roll(`${old},${fresh}`);
    const refused = await rotate(`${fresh},${old}`);
    expect(refused).toMatchObject({ code: 1 });
    expect(refused.output).toContain(`no replica has started with ${idOf(fresh)} as its first key`);
  });

  it("promotes it everywhere; both replicas read what either writes", async () => {
    await roll(`${fresh},${old}`);
    const { output } = await rotate(`${fresh},${old}`, "--dry-run");
    expect(output).toContain(`${idOf(fresh)} (first)`);
    expect(output).toContain(idOf(old));
  });

  it("does not call itself done while the old key is needed and missing", async () => {
    // Nobody has refreshed this one since: it is not among those that callers ask for.
    const idle = newSelector("acme");
    const { accessToken } = provider.grants.open({ clientId: client.id });
    const writer = await deployment.start({ CONNECT_TOKEN_ENCRYPTION_KEY: `${old},${fresh}` });
    await call(writer, "ImportToken", { ...idle, accessToken });
    await writer.stop();
    const missing = await rotate(fresh);
    expect(missing).toMatchObject({ code: 1 });
    expect(missing.output).toMatch(new RegExp(`\\d+ ciphertexts need ${idOf(old)}, which is not configured`));
    expect(missing.output).toContain("Not done");
  });

  it("rotates in small steps, and removes the old key everywhere", async () => {
    const [rotated] = await Promise.all([
      rotate(`${fresh},${old}`, "--rows-per-second", "50"),
      load.more(50),
    ]);
    expect(rotated).toMatchObject({ code: 0 });
    expect(rotated.output).toContain("Done");
    await roll(fresh);
    for (const selector of selectors) await call(replicas[0]!, "GetToken", selector);
    const admin = "tokenbroker.v1.TokenBrokerAdminService/GetKeyStatus";
    const response = await fetch(`${replicas[1]!.rpcUrl}/${admin}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: "{}",
    });
    expect(await response.json()).toMatchObject({
      keys: [{ keyId: idOf(fresh), primary: true, configured: true }, { keyId: idOf(old) }],
    });
  });

  it("failed no call meanwhile", async () => {
    await load.stop();
    expect(load.failures()).toEqual([]);
    expect(load.calls()).toBeGreaterThan(500);
  });
});

/** Callers that get tokens, refresh them and reconnect people, each call at a replica that runs. */
const startLoad = (replicas: readonly (BrokerProcess | undefined)[], selectors: readonly Selector[]) => {
  const underWay = new Map<BrokerProcess, Set<Promise<unknown>>>();
  const failures: string[] = [];
  const counts = { begun: 0, answered: 0 };
  const stop = new AbortController();

  const requestOf = (turn: number): readonly [method: string, request: object] => {
    const selector = selectors[turn % selectors.length]!;
    if (turn % 7 === 0) return ["RefreshToken", selector];
    if (turn % 5 === 0) return ["StartAuthorization", { ...selector, connectionId: randomUUID() }];
    return ["GetToken", selector];
  };

  const one = async (): Promise<void> => {
    const turn = (counts.begun += 1);
    const running = replicas.filter((replica) => replica !== undefined);
    const replica = running[turn % running.length]!;
    const [method, request] = requestOf(turn);
    const answer = call(replica, method, request).catch(
      (error: unknown) => void failures.push(`${method}: ${String(error)}`),
    );
    const own = underWay.get(replica) ?? new Set();
    underWay.set(replica, own.add(answer));
    await answer;
    own.delete(answer);
    counts.answered += 1;
  };

  const callers = Array.from({ length: CALLERS }, async () => {
    while (!stop.signal.aborted) await one();
  });

  return {
    failures: () => failures,
    calls: () => counts.answered,
    /** Resolves when so many more calls have been answered. */
    async more(count: number): Promise<void> {
      const until = counts.answered + count;
      await expect.poll(() => counts.answered, PATIENCE).toBeGreaterThanOrEqual(until);
    },
    /** Resolves when no call of ours is at this replica. */
    async free(replica: BrokerProcess): Promise<void> {
      const own: Iterable<Promise<unknown>> = underWay.get(replica) ?? [];
      await Promise.all(own);
    },
    async stop(): Promise<void> {
      stop.abort();
      await Promise.all(callers);
    },
  };
};
