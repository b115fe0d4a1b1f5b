import { Code } from "@connectrpc/connect";
import { describe, expect, it } from "vitest";
import { CONNECTION, createFakeBroker, failure, token } from "../../test/client/fake-broker.ts";
import { AuthorizationRequiredError, createTokenBroker, TokenBrokerError } from "./index.ts";

const start = (options: { minTtlMs?: number } = {}) => {
  const broker = createFakeBroker();
  const client = createTokenBroker({ transport: broker.transport, watch: false, ...options });
  return { broker, client, source: client.tokenSource(CONNECTION) };
};

const UNAVAILABLE = failure({ code: Code.Unavailable, reason: "STORE_UNAVAILABLE", retryAfterMs: 20 });

const never = (): Promise<never> => new Promise(() => undefined);

describe("a token in memory", () => {
  it("is served until refreshAfter, and asked for again then", async () => {
    const { broker, source } = start();
    broker.answer(token({ refreshInMs: 1500 }), token({ version: 2n }));
    expect((await source.token()).version).toBe(1n);
    expect((await source.token()).version).toBe(1n);
    await expect.poll(async () => (await source.token()).version, { timeout: 5000 }).toBe(2n);
    expect(broker.requests).toHaveLength(2);
  });

  it("is asked for every time without refreshAfter", async () => {
    const { broker, source } = start();
    broker.answer(token({ refreshInMs: null }));
    await source.token();
    await source.token();
    expect(broker.requests).toHaveLength(2);
  });

  it("is not served close to its end, whatever refreshAfter says", async () => {
    const { broker, source } = start();
    broker.answer(token({ expiresInMs: 1 }), token({ version: 2n }));
    await source.token();
    expect((await source.token()).version).toBe(2n);
  });

  it("outlives the broker while it works", async () => {
    const { broker, source } = start();
    broker.answer(token({ refreshInMs: -1 }), UNAVAILABLE, UNAVAILABLE, failure({ code: Code.Internal }));
    await source.token();
    expect((await source.token()).version).toBe(1n);
  });

  it("does not outlive a word that the grant is dead", async () => {
    const { broker, source } = start();
    const dead = failure({ code: Code.FailedPrecondition, reason: "REAUTHORIZATION_REQUIRED" });
    broker.answer(token({ refreshInMs: -1 }), dead);
    await source.token();
    await expect(source.token()).rejects.toBeInstanceOf(AuthorizationRequiredError);
  });

  it("must meet minTtlMs, and a short-lived one that never does costs one call", async () => {
    const { broker, source } = start();
    broker.answer(token(), token({ version: 2n, expiresInMs: 600_000, refreshInMs: 300_000 }));
    await source.token();
    for (let time = 0; time < 5; time += 1)
      expect((await source.token({ minTtlMs: 7_200_000 })).version).toBe(2n);
    expect(broker.requests).toHaveLength(2);
    expect(broker.requests[1]?.minTtl?.seconds).toBe(7200n);
  });

  it("is the same for everybody who names the same connection", async () => {
    const { client } = start();
    const upper = CONNECTION.connectionId.toUpperCase();
    expect(client.tokenSource({ ...CONNECTION, connectionId: upper, namespace: "default" })).toBe(
      client.tokenSource(CONNECTION),
    );
    expect(client.tokenSource({ ...CONNECTION, tokenName: "bot" })).not.toBe(client.tokenSource(CONNECTION));
  });

  it("is never an older one than the one in hand", async () => {
    const { broker, source } = start();
    broker.answer(token({ version: 5n, refreshInMs: -1 }), token({ version: 4n }), UNAVAILABLE);
    await source.token();
    await source.token();
    expect((await source.token({ timeoutMs: 10 })).version).toBe(5n);
  });
});

describe("callers who wait for one call", () => {
  it("leave by their own signal and deadline, and the call goes on for the others", async () => {
    const { broker, source } = start();
    const release = Promise.withResolvers<never>();
    broker.answer(release.promise, token({ version: 2n }));
    const aborter = new AbortController();
    const aborted = source.token({ signal: aborter.signal });
    const hasty = source.token({ timeoutMs: 30 });
    const patient = source.token();
    aborter.abort(new Error("enough"));
    await expect(aborted).rejects.toThrow("enough");
    await expect(hasty).rejects.toMatchObject({ code: "deadline_exceeded" });
    release.reject(UNAVAILABLE);
    expect((await patient).version).toBe(2n);
    expect(broker.requests).toHaveLength(2);
  });

  it("end the call when the last one leaves", async () => {
    const { broker, source } = start();
    broker.answer(never(), token({ version: 2n }));
    await expect(source.token({ timeoutMs: 20 })).rejects.toBeInstanceOf(TokenBrokerError);
    expect((await source.token()).version).toBe(2n);
  });

  it("do not begin with a signal that is aborted", async () => {
    const { broker, source } = start();
    await expect(source.token({ signal: AbortSignal.abort(new Error("no")) })).rejects.toThrow("no");
    expect(broker.requests).toHaveLength(0);
  });
});

describe("a rejected token", () => {
  it("is reported once by many, and never served again", async () => {
    const { broker, source } = start();
    broker.answer(token(), token({ version: 2n }));
    await source.token();
    const successors = await Promise.all([source.replace(1n), source.replace(1n), source.replace(1n)]);
    expect(successors.map(({ version }) => version)).toEqual([2n, 2n, 2n]);
    expect((await source.replace(1n)).version).toBe(2n);
    expect((await source.token()).version).toBe(2n);
    expect(broker.requests.map(({ rejectedVersion }) => rejectedVersion)).toEqual([0n, 1n]);
  });

  it("is no spare when the broker is away", async () => {
    const { broker, source } = start();
    broker.answer(token(), failure({ code: Code.Unavailable, reason: "X", retryAfterMs: 900 }));
    await source.token();
    await expect(source.replace(1n, { timeoutMs: 100 })).rejects.toMatchObject({ reason: "X" });
    await expect(source.token({ timeoutMs: 100 })).rejects.toMatchObject({ reason: "X" });
  });
});

describe("a rejected token that the broker could not replace", () => {
  it("is told to the broker again, and replaced when it can be", async () => {
    const { broker, source } = start();
    broker.answer(token(), failure({ code: Code.FailedPrecondition, reason: "X" }), token({ version: 2n }));
    await source.token();
    await expect(source.replace(1n)).rejects.toMatchObject({ reason: "X" });
    expect((await source.token()).version).toBe(2n);
    expect(broker.requests.map(({ rejectedVersion }) => rejectedVersion)).toEqual([0n, 1n, 1n]);
  });

  it("is good again where the broker says that a permission is missing", async () => {
    const { broker, source } = start();
    broker.answer(token(), failure({ code: Code.FailedPrecondition, reason: "TOKEN_REJECTED" }));
    await source.token();
    await expect(source.replace(1n)).rejects.toMatchObject({ reason: "TOKEN_REJECTED" });
    expect((await source.token()).version).toBe(1n);
    expect(broker.requests).toHaveLength(2);
  });
});

describe("an error", () => {
  it("tells code, reason, metadata and connection, and offers the link where a person must act", async () => {
    const { broker, source } = start();
    broker.answer(
      failure({
        code: Code.FailedPrecondition,
        reason: "MISSING_SCOPES",
        metadata: { missing_scopes: "mail.read mail.send" },
      }),
    );
    const error = await source.token().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(AuthorizationRequiredError);
    const required = error as AuthorizationRequiredError;
    expect(required).toMatchObject({
      code: "failed_precondition",
      reason: "MISSING_SCOPES",
      missingScopes: ["mail.read", "mail.send"],
      connection: CONNECTION,
    });
    expect((await required.reconnectLink()).authorizeUrl).toBe(
      "https://acme.example/authorize?scope=mail.read+mail.send&keep=true",
    );
  });

  it.each([
    ["an operator must act", { code: Code.FailedPrecondition, reason: "PROVIDER_MISCONFIGURED" }],
    ["a newer broker says something new", { code: Code.FailedPrecondition, reason: "SOMETHING_NEW" }],
    ["the request is wrong", { code: Code.InvalidArgument, reason: "INVALID_REQUEST" }],
    ["a limit without a word when to come back", { code: Code.ResourceExhausted, reason: "RATE_LIMITED" }],
  ])("is thrown at once when %s", async (_, facts) => {
    const { broker, source } = start();
    broker.answer(failure(facts));
    const error: unknown = await source.token().catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ name: "TokenBrokerError", reason: facts.reason });
    expect(broker.requests).toHaveLength(1);
  });

  it("is waited out when the broker says for how long", async () => {
    const { broker, source } = start();
    const limited = failure({ code: Code.ResourceExhausted, reason: "RATE_LIMITED", retryAfterMs: 30 });
    broker.answer(limited, UNAVAILABLE, token());
    const begunMs = performance.now();
    await source.token();
    expect(performance.now() - begunMs).toBeGreaterThan(48);
    expect(broker.requests).toHaveLength(3);
  });

  it("is thrown instead of waiting for nothing", async () => {
    const { broker, source } = start();
    broker.answer(failure({ code: Code.Unavailable, reason: "DRAINING", retryAfterMs: 900 }));
    const begunMs = performance.now();
    await expect(source.token({ timeoutMs: 300 })).rejects.toMatchObject({ reason: "DRAINING" });
    expect(performance.now() - begunMs).toBeLessThan(250);
  });

  it("comes from a client that is closed", async () => {
    const { client, source } = start();
    client.close();
    await expect(source.token()).rejects.toThrow("closed");
  });
});
