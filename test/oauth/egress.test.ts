import { once } from "node:events";
import { createServer, type Server } from "node:net";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { BrokerError } from "../../src/errors.ts";
import { type Egress, EgressFailure, type EgressOptions } from "../../src/oauth/index.ts";
import { startTestProvider, type TestProvider } from "../support/provider.ts";
import { testEgress } from "./calls.ts";

/** Whoever connects here got through: on 127.0.0.1 under a free port. */
let canary: Server;
let canaryPort: number;
let canaryConnections = 0;
let provider: TestProvider;

beforeAll(async () => {
  provider = await startTestProvider();
  canary = createServer((socket) => {
    canaryConnections += 1;
    socket.destroy();
  }).listen(0, "127.0.0.1");
  await once(canary, "listening");
  canaryPort = (canary.address() as { port: number }).port;
});
afterEach(() => {
  if (canaryConnections > 0) throw new Error(`${canaryConnections} connections got through`);
});
afterAll(async () => {
  canary.close();
  await provider.close();
});

const strict = (changes: Partial<EgressOptions> = {}): Egress =>
  testEgress({ insecureLoopback: [], ...changes });

const problemOf = async (call: Promise<Response>): Promise<string> => {
  const error: unknown = await call.then(
    (response) => `answered ${response.status}`,
    (reason: unknown) => reason,
  );
  if (error instanceof BrokerError) return error.code;
  return error instanceof EgressFailure ? error.problem : String(error);
};

const get = (egress: Egress, url: string, trust: "operator" | "user" = "user") =>
  problemOf(egress.fetch(url, {}, { trust }));

describe("what may be connected to", () => {
  it.each([
    "127.0.0.1",
    "0x7f.1",
    "2130706433",
    "①②⑦.⓪.⓪.①",
    "127.0.0.1.",
    "[::1]",
    "[::ffff:7f00:1]",
    "[::ffff:127.0.0.1]",
    "[::7f00:1]",
    "[64:ff9b::7f00:1]",
    "[2002:7f00:1::]",
    "0.0.0.0",
    "[::]",
    "localhost",
    "localhost.",
    "LOCALHOST",
  ])("%s is loopback by another name", async (host) => {
    const resolve = async () => [{ address: "127.0.0.1", family: 4 }];
    const egress = strict({ resolve, allow: [new URL(`https://${host}`).hostname] });
    for (const trust of ["user", "operator"] as const) {
      expect(await get(egress, `https://${host}:${canaryPort}/`, trust)).toBe("EGRESS_DENIED");
      expect(await get(egress, `http://${host}:${canaryPort}/`, trust)).toBe("EGRESS_DENIED");
    }
  });

  it.each([
    "127.0.0.1",
    "::1",
    "169.254.169.254",
    "0.0.0.0",
    "::ffff:127.0.0.1",
    "64:ff9b::7f00:1",
    "fe80::1",
  ])("a public name that resolves to %s is not connected, not even an allowed one", async (address) => {
    const resolve = async () => [{ address, family: address.includes(":") ? 6 : 4 }];
    const egress = strict({ resolve, allow: ["rebind.example"] });
    for (const trust of ["user", "operator"] as const)
      expect(await get(egress, `https://rebind.example:${canaryPort}/`, trust)).toBe("EGRESS_DENIED");
  });

  it("a name that resolves to a private address is not connected for a user", async () => {
    const resolve = async () => [{ address: "10.255.255.1", family: 4 }];
    expect(await get(strict({ resolve }), "https://inside.example/")).toBe("EGRESS_DENIED");
    expect(await get(strict({ resolve, allow: ["other.example"] }), "https://inside.example/")).toBe(
      "EGRESS_DENIED",
    );
  });

  it("a resolver that alternates is asked once for each connection and judged on that answer", async () => {
    let asked = 0;
    const resolve = async () => {
      asked += 1;
      return asked % 2 === 1
        ? [{ address: "127.0.0.1", family: 4 }]
        : [{ address: "10.255.255.1", family: 4 }];
    };
    const egress = strict({ resolve });
    for (let call = 1; call <= 10; call += 1) {
      expect(await get(egress, "https://rebind.example/")).toBe("EGRESS_DENIED");
      expect(asked).toBe(call);
    }
  });

  it("one private address among public ones condemns the name", async () => {
    const resolve = async () => [
      { address: "8.8.8.8", family: 4 },
      { address: "127.0.0.1", family: 4 },
    ];
    expect(await get(strict({ resolve }), "https://mixed.example/", "operator")).toBe("EGRESS_DENIED");
  });

  it("a name nobody knows is unreachable", async () => {
    const resolve = () =>
      Promise.reject(Object.assign(new Error("queryA ENOTFOUND secret.internal"), { code: "ENOTFOUND" }));
    const failure = await strict({ resolve })
      .fetch("https://nowhere.example/", {}, { trust: "user" })
      .catch((error: unknown) => error);
    expect(failure).toMatchObject({
      problem: "unreachable",
      sent: false,
      code: "ENOTFOUND",
      message: "the server cannot be reached",
    });
  });

  it("a listed loopback service is reached, and nothing beside it", async () => {
    const egress = strict({ insecureLoopback: [`127.0.0.1:${provider.port}`] });
    expect(await get(egress, `${provider.url}/userinfo`)).toBe("answered 401");
    expect(await get(egress, `http://127.0.0.1:${canaryPort}/`)).toBe("EGRESS_DENIED");
    expect(await get(egress, `http://localhost:${provider.port}/`)).toBe("EGRESS_DENIED");
  });

  it("the broker's own ports stay out of reach when every other loopback port is open", async () => {
    const egress = testEgress({ protectedPorts: [canaryPort] });
    expect(await get(egress, `${provider.url}/userinfo`)).toBe("answered 401");
    for (const host of ["127.0.0.1", "localhost", "127.0.0.2", "[::1]", "x.localhost"])
      expect(await get(egress, `http://${host}:${canaryPort}/`, "operator")).toBe("EGRESS_DENIED");
  });

  it("a loopback name that resolves elsewhere is not followed off the machine over http", async () => {
    const resolve = async () => [{ address: "8.8.8.8", family: 4 }];
    expect(await get(testEgress({ resolve }), "http://idp.localhost:9000/")).toBe("EGRESS_DENIED");
  });

  it("no address or credential stands in a refusal", async () => {
    const resolve = async () => [{ address: "10.11.12.13", family: 4 }];
    const denied: unknown = await strict({ resolve })
      .fetch("https://inside.example/token?key=planted", {}, { trust: "user" })
      .catch((error: unknown) => error);
    expect(denied).toMatchObject({ code: "EGRESS_DENIED", metadata: { host: "inside.example" } });
    expect(String(denied)).not.toMatch(/10\.11|planted/);
    expect(String(denied)).toContain("BROKER_EGRESS_ALLOW");
  });
});

describe("what is sent and read", () => {
  it("no proxy from the environment is used", async () => {
    const proxy = `http://127.0.0.1:${canaryPort}`;
    for (const name of [
      "HTTPS_PROXY",
      "HTTP_PROXY",
      "ALL_PROXY",
      "https_proxy",
      "http_proxy",
      "NODE_USE_ENV_PROXY",
    ])
      vi.stubEnv(name, name.startsWith("NODE") ? "1" : proxy);
    try {
      expect(await get(testEgress(), `${provider.url}/userinfo`)).toBe("answered 401");
    } finally {
      vi.unstubAllEnvs();
    }
  });

  it("a redirect is returned as it is", async () => {
    provider.script("userinfo", { status: 302, headers: { location: `http://127.0.0.1:${canaryPort}/` } });
    const response = await testEgress().fetch(`${provider.url}/userinfo`, {}, { trust: "user" });
    expect([response.status, response.headers.get("location")]).toEqual([
      302,
      `http://127.0.0.1:${canaryPort}/`,
    ]);
  });

  it("no cookie is kept", async () => {
    const egress = testEgress();
    provider.script("userinfo", { headers: { "set-cookie": ["a=1", "b=2"] } });
    await egress.fetch(provider.userinfoUrl, {}, { trust: "user" });
    await egress.fetch(provider.userinfoUrl, {}, { trust: "user" });
    expect(provider.requests.at(-1)?.headers.cookie).toBeUndefined();
  });

  it("every request has a connection of its own", async () => {
    const egress = testEgress();
    const before = provider.connectionCount;
    for (let call = 0; call < 3; call += 1) await egress.fetch(provider.userinfoUrl, {}, { trust: "user" });
    expect(provider.connectionCount - before).toBe(3);
  });

  it("a body is what it was before it was encoded, and its length header is gone", async () => {
    provider.script("userinfo", { json: { sub: "é" }, headers: { "x-kept": "yes" } });
    const response = await testEgress().fetch(provider.userinfoUrl, {}, { trust: "user" });
    expect(await response.json()).toEqual({ sub: "é" });
    expect(Object.fromEntries(response.headers)).toMatchObject({
      "content-type": "application/json",
      "x-kept": "yes",
    });
    expect(response.headers.has("content-length")).toBe(false);
  });

  it("a header that HTTP does not allow fails without being quoted", async () => {
    const call = testEgress().fetch(
      provider.userinfoUrl,
      { headers: { authorization: "Bearer planted\nx" } },
      { trust: "user" },
    );
    const error: unknown = await call.catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(TypeError);
    expect(String(error)).not.toContain("planted");
  });

  it("a server that drips is cut at the deadline, whatever it has sent", async () => {
    provider.script("userinfo", { body: "x".repeat(1000), chunkBytes: 1, paceMs: 50 });
    const startedAt = performance.now();
    const call = testEgress().fetch(provider.userinfoUrl, {}, { trust: "user", deadlineMs: 300 });
    const failure: unknown = await call.catch((reason: unknown) => reason);
    expect(failure).toMatchObject({ problem: "timeout", sent: true, httpStatus: 200 });
    expect(performance.now() - startedAt).toBeLessThan(1500);
  });

  it("a deadline is never longer than the egress's own", async () => {
    provider.script("userinfo", { fault: "hang" });
    const call = testEgress({ timeoutMs: 200 }).fetch(
      provider.userinfoUrl,
      {},
      { trust: "user", deadlineMs: 60_000 },
    );
    expect(await problemOf(call)).toBe("timeout");
  });

  it("a caller's signal ends the call", async () => {
    provider.script("userinfo", { fault: "hang" });
    const egress = testEgress();
    const signal = AbortSignal.timeout(100);
    expect(await problemOf(egress.fetch(provider.userinfoUrl, { signal }, { trust: "user" }))).toBe(
      "aborted",
    );
    expect(await problemOf(egress.fetch(provider.userinfoUrl, { signal }, { trust: "user" }))).toBe(
      "aborted",
    );
  });

  it("close ends what is under way and refuses what comes later", async () => {
    provider.script("userinfo", { fault: "hang" });
    const egress = testEgress();
    const seen = provider.requests.length;
    const call = problemOf(egress.fetch(provider.userinfoUrl, {}, { trust: "user" }));
    await expect.poll(() => provider.requests.length).toBe(seen + 1);
    await egress.close();
    expect(await call).toBe("aborted");
    expect(await get(egress, provider.userinfoUrl)).toBe("aborted");
  });

  it("a hundred calls at once leave no connection behind", async () => {
    const egress = testEgress();
    const answers = await Promise.all(Array.from({ length: 100 }, () => get(egress, provider.userinfoUrl)));
    expect(new Set(answers)).toEqual(new Set(["answered 401"]));
    await expect.poll(() => provider.openConnections()).toBe(0);
  });
});
