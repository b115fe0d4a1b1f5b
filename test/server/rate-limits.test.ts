import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { newApiKey } from "../../src/access/index.ts";
import { startTestApp, type TestApp } from "../support/app.ts";
import { canary } from "../support/canaries.ts";
import { storeUnderTest } from "../support/database.ts";
import { startTestProvider, type TestProvider } from "../support/provider.ts";
import { acmeEnv } from "./acme-app.ts";
import { post } from "./rpc-calls.ts";
import { validRequest } from "./rpc-requests.ts";

const folder = mkdtempSync(join(tmpdir(), "token-broker-limits-"));
const keysFile = join(folder, "keys");
const [busy, calm] = [newApiKey("busy"), newApiKey("calm")];
writeFileSync(keysFile, `${busy.line}\n${calm.line}\n`);

describe("rate limits", () => {
  const store = storeUnderTest("postgresql");
  const replicas: TestApp[] = [];
  let provider: TestProvider;
  beforeAll(async () => {
    const clientSecret = canary("client_secret");
    provider = await startTestProvider({ clients: { client: clientSecret } });
    const database = await store.open();
    const env = {
      ...acmeEnv(provider, clientSecret),
      BROKER_API_KEYS_FILE: keysFile,
      BROKER_RATE_LIMIT_GET_TOKEN_PER_SECOND: "1",
      BROKER_RATE_LIMIT_START_PER_MINUTE: "6",
      BROKER_RATE_LIMIT_ADMIN_PER_MINUTE: "3",
      BROKER_RATE_LIMIT_CALLBACK_PER_MINUTE: "6",
      BROKER_TRUSTED_PROXY_HOPS: "1",
      CONNECT_TOKEN_ENCRYPTION_KEY: "cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4=",
    };
    for (let n = 0; n < 2; n += 1) replicas.push(await startTestApp({ database, env }));
  });
  afterAll(async () => {
    for (const replica of replicas) await replica[Symbol.asyncDispose]();
    await provider.close();
    rmSync(folder, { recursive: true });
  });

  const call = (index: number, rpc: string, key: { readonly key: string }, body = validRequest(rpc)) =>
    post(replicas[index]?.rpcUrl ?? "", rpc, body, { authorization: `Bearer ${key.key}` });
  const codes = async (answers: Promise<{ readonly code: string }>[]): Promise<Record<string, number>> => {
    const counts: Record<string, number> = {};
    for (const { code } of await Promise.all(answers)) counts[code] = (counts[code] ?? 0) + 1;
    return counts;
  };

  it("of GetToken are each replica's own, and of one caller", async () => {
    const burst = (index: number) => Array.from({ length: 30 }, () => call(index, "GetToken", busy));
    for (const index of [0, 1]) {
      const { not_found: served = 0, resource_exhausted: refused = 0 } = await codes(burst(index));
      expect(served).toBeGreaterThanOrEqual(2);
      expect(refused).toBeGreaterThan(10);
    }
    const refused = async () => {
      for (;;) {
        const answer = await call(0, "GetToken", busy);
        if (answer.code !== "not_found") return answer;
      }
    };
    const { error, headers, status } = await refused();
    expect([status, error.code, error.reason]).toEqual([429, "resource_exhausted", "RATE_LIMITED"]);
    expect(error.retryMs).toBeGreaterThan(0);
    expect(headers.get("retry-after")).toBe("1");
    expect((await call(0, "GetToken", calm)).code).toBe("not_found");
    const audited = replicas[0]?.auditLines.filter(({ outcome }) => outcome === "RATE_LIMITED") ?? [];
    expect(audited.length).toBeGreaterThan(0);
    expect(audited.length).toBeLessThanOrEqual(20);
  });

  it.each([
    ["StartAuthorization", "StartAuthorization", 6],
    ["administrative acts", "BlockConnections", 3],
  ])("of %s are shared by the replicas", async (_, rpc, most) => {
    const both = Array.from({ length: 12 }, (__, n) => call(n % 2, rpc, busy));
    expect(await codes(both)).toEqual({ ok: most, resource_exhausted: 12 - most });
    const { error } = await call(1, rpc, busy);
    expect(error.metadata["variable"]).toMatch(/^BROKER_RATE_LIMIT_/);
    expect((await call(0, rpc, calm)).code).toBe("ok");
  });

  describe("of the callback", () => {
    const stranger = "203.0.113.9";
    const callback = (index: number, query: string, from: string) =>
      fetch(`${replicas[index]?.httpUrl}/connect/callback/acme?${query}`, {
        headers: { "x-forwarded-for": `forged, ${from}` },
        redirect: "manual",
      });
    const start = async (index: number): Promise<string> => {
      const { json } = await call(index, "StartAuthorization", calm);
      return new URL(await provider.authorize(String(json["authorizeUrl"]))).search.slice(1);
    };

    it("refuse the address that makes states up, and nobody else", async () => {
      const made = (n: number) => callback(n % 2, `code=x&state=made-up-${randomUUID()}`, stranger);
      const statuses: number[] = [];
      for (let n = 0; n < 14; n += 1) statuses.push((await made(n)).status);
      expect(statuses.slice(0, 6)).toEqual(Array(6).fill(400));
      expect(statuses.slice(8)).toEqual(Array(6).fill(429));
      const refused = await made(0);
      expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
      expect(await refused.text()).toContain("Too many requests");
      expect((await callback(0, "code=x&state=y", "203.0.113.10")).status).toBe(400);
    });

    it("let a person through whose flow is real, behind the same address", async () => {
      const query = await start(0);
      expect((await callback(0, "code=x&state=y", stranger)).status).toBe(429);
      const answer = await callback(0, query, stranger);
      expect([answer.status, answer.headers.get("location")]).toEqual([
        303,
        expect.stringContaining("http://localhost:9/done") as string,
      ]);
      const replays = [];
      for (let n = 0; n < 8; n += 1) replays.push((await callback(0, query, stranger)).status);
      expect(replays.at(-1)).toBe(429);
    });

    it("count no callback whose state is a flow's", async () => {
      for (let n = 0; n < 3; n += 1)
        expect((await callback(n % 2, await start(1), "198.51.100.1")).status).toBe(303);
      expect((await callback(0, "code=x&state=y", "198.51.100.1")).status).toBe(400);
    });
  });
});
