import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestApp, type TestApp } from "../support/app.ts";
import { canary } from "../support/canaries.ts";
import { storeUnderTest } from "../support/database.ts";
import { post } from "./rpc-calls.ts";

describe("a kill switch thrown at one replica", () => {
  const store = storeUnderTest("postgresql");
  const replicas: TestApp[] = [];
  beforeAll(async () => {
    const database = await store.open();
    const env = {
      CONNECT_TOKEN_ENCRYPTION_KEY: "cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4=",
      CONNECT_PROVIDERS: "acme",
      CONNECT_ACME_CLIENT_ID: "client",
      CONNECT_ACME_CLIENT_SECRET: canary("client_secret"),
      CONNECT_ACME_AUTHORIZE_URL: "https://acme.example/authorize",
      CONNECT_ACME_TOKEN_URL: "https://acme.example/token",
    };
    for (let n = 0; n < 2; n += 1) replicas.push(await startTestApp({ database, env }));
  });
  afterAll(async () => {
    for (const replica of replicas) await replica[Symbol.asyncDispose]();
  });

  const call = (index: number, rpc: string, body: object) => post(replicas[index]?.rpcUrl ?? "", rpc, body);

  const connect = async (namespace: string, count: number) => {
    const grants = Array.from({ length: count }, () => ({
      connectionId: randomUUID(),
      userId: randomUUID(),
      provider: "acme",
      namespace,
    }));
    for (const grant of grants)
      expect((await call(0, "ImportToken", { ...grant, accessToken: canary("access_token") })).code).toBe(
        "ok",
      );
    return grants;
  };

  it.each([
    ["BlockConnections", "BLOCKED"],
    ["RevokeConnections", "CONNECTION_NOT_FOUND"],
  ])("by %s holds on all of them for every call that begins after it", async (rpc, reason) => {
    const namespace = rpc.toLowerCase();
    const grants = await connect(namespace, 30);
    const thrown = new AbortController();
    const over = new AbortController();
    const served: string[] = [];
    const late: string[] = [];
    const poll = async (index: number): Promise<void> => {
      for (let n = index; !over.signal.aborted; n += 1) {
        const begunAfter = thrown.signal.aborted;
        const answer = await call(n % 2, "GetToken", grants[n % grants.length] ?? {});
        (begunAfter ? late : served).push(answer.code === "ok" ? "OK" : answer.error.reason);
      }
    };
    const polling = [0, 1, 2].map(poll);
    await expect.poll(() => served.length).toBeGreaterThan(20);
    const { json } = await call(1, rpc, { namespace, wholeNamespace: true });
    thrown.abort();
    expect(json).toMatchObject({ connections: 30, tokens: 30 });
    await expect.poll(() => late.length, { timeout: 10_000 }).toBeGreaterThan(60);
    over.abort();
    await Promise.all(polling);
    expect(served).toContain("OK");
    expect(new Set(late)).toEqual(new Set([reason]));
    expect(replicas[1]?.auditLines.findLast(({ method }) => method === rpc)).toMatchObject({
      caller: "anonymous",
      namespace,
      outcome: "OK",
      details: { whole_namespace: true, connections: 30, tokens: 30 },
    });
  });

  it("leaves other namespaces alone", async () => {
    const [grant] = await connect("bystander", 1);
    await connect("stopped", 1);
    await call(0, "BlockConnections", { namespace: "stopped", wholeNamespace: true });
    await call(0, "RevokeConnections", { namespace: "stopped", provider: "acme" });
    expect((await call(1, "GetToken", grant ?? {})).code).toBe("ok");
  });
});
