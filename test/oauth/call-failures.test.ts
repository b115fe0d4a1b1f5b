import { once } from "node:events";
import { createServer } from "node:net";
import { inspect } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { BrokerError } from "../../src/errors.ts";
import { EgressFailure, type OAuthFailure } from "../../src/oauth/index.ts";
import { canary } from "../support/canaries.ts";
import {
  json,
  oauthError,
  redirectTo,
  type ScriptedAnswer,
  startTestProvider,
  type TestProvider,
} from "../support/provider.ts";
import { type Calls, callsTo, failureOf, secret, testEgress } from "./calls.ts";

let provider: TestProvider;
let elsewhere: TestProvider;
beforeAll(async () => {
  [provider, elsewhere] = await Promise.all([startTestProvider(), startTestProvider()]);
});
afterAll(() => Promise.all([provider.close(), elsewhere.close()]));

const CALLS: readonly (keyof Calls)[] = ["exchange", "refresh", "revoke"];

describe.each(CALLS)("%s", (call) => {
  const endpoint = call === "revoke" ? "revoke" : "token";
  const answered = (answer: ScriptedAnswer): Promise<OAuthFailure> => {
    provider.script(endpoint, answer);
    return failureOf(callsTo(provider)[call]());
  };

  it.each([
    [
      "401 with a challenge and no body",
      { status: 401, headers: { "www-authenticate": 'Basic realm="x"' } },
      "client",
      "invalid_client",
    ],
    [
      "401 with a challenge and an error",
      oauthError("invalid_client", 401, { "www-authenticate": "Basic" }),
      "client",
      "invalid_client",
    ],
    [
      "400 with a page",
      { status: 400, headers: { "content-type": "text/html" }, body: "<h1>Bad Request</h1>" },
      "transient",
      "",
    ],
    [
      "400 with an error as text/html",
      { status: 400, headers: { "content-type": "text/html" }, body: '{"error":"unauthorized_client"}' },
      "client",
      "unauthorized_client",
    ],
    ["403 with a page", { status: 403, body: "<h1>blocked</h1>" }, "transient", ""],
    ["404", { status: 404 }, "client", ""],
    ["405", { status: 405 }, "client", ""],
    ["408", { status: 408 }, "transient", ""],
    ["429", { status: 429 }, "transient", ""],
    ["500", { status: 500, body: "oops" }, "transient", ""],
    ["503 cut short", { status: 503, body: "{", fault: "truncate" }, "transient", ""],
    ["400 cut short", { status: 400, body: '{"error":"invalid_grant"', fault: "truncate" }, "transient", ""],
    [
      "400 temporarily_unavailable",
      oauthError("temporarily_unavailable"),
      "transient",
      "temporarily_unavailable",
    ],
    ["400 slow_down", oauthError("slow_down"), "transient", "slow_down"],
    ["400 unsupported_grant_type", oauthError("unsupported_grant_type"), "client", "unsupported_grant_type"],
    ["a status beyond HTTP", { raw: "HTTP/1.1 999 Denied\r\ncontent-length: 0\r\n\r\n" }, "transient", ""],
  ] as const)("judges %s by what it proves", async (_, answer, failureClass, providerError) => {
    const failure = await answered(answer);
    expect(failure).toMatchObject({ class: failureClass, providerError, sent: true });
    expect(failure.httpStatus).toBeGreaterThanOrEqual(400);
  });

  it.each([301, 302, 303, 307, 308])(
    "does not follow a %i, not even to a place it may go",
    async (status) => {
      expect(await answered(redirectTo(`${elsewhere.url}/token`, status))).toMatchObject({
        class: "client",
        httpStatus: status,
      });
      expect(elsewhere.connectionCount).toBe(0);
    },
  );

  it.each([
    ["120", 120_000],
    ["999999999", 3_600_000],
    ["-1", undefined],
    ["garbage", undefined],
    ["Fri, 31 Dec 9999 23:59:59 GMT", 3_600_000],
  ])("reads Retry-After: %s as %j ms", async (header, retryAfterMs) => {
    const failure = await answered({ status: 429, headers: { "retry-after": header } });
    expect(failure.retryAfterMs).toBe(retryAfterMs);
  });

  it("knows that a hanging server was sent the request", async () => {
    provider.script(endpoint, { fault: "hang" });
    const startedAt = performance.now();
    const failure = await failureOf(callsTo(provider)[call]({ timeoutMs: 200 }));
    expect(failure).toMatchObject({ class: "outcome_unknown", sent: true, httpStatus: undefined });
    expect(performance.now() - startedAt).toBeLessThan(2000);
  });

  it("knows that a refused connection sent nothing", async () => {
    const gone = await startTestProvider();
    await gone.close();
    expect(await failureOf(callsTo(gone)[call]())).toMatchObject({ class: "transient", sent: false });
  });

  it("knows that a server that hangs before TLS was sent nothing", async () => {
    const silent = createServer(() => {}).listen(0, "127.0.0.1");
    await once(silent, "listening");
    const { port } = silent.address() as { port: number };
    const url = `https://127.0.0.1:${port}`;
    const nowhere: TestProvider = {
      ...provider,
      authorizeUrl: url,
      tokenUrl: `${url}/token`,
      revokeUrl: `${url}/revoke`,
    };
    const failure = await failureOf(callsTo(nowhere)[call]({ timeoutMs: 300 }));
    expect(failure).toMatchObject({ class: "transient", sent: false });
    silent.close();
  });

  it("is no verdict on the grant when egress is denied, and says so with the cause", async () => {
    const failure = await failureOf(callsTo(provider, {}, testEgress({ insecureLoopback: [] }))[call]());
    expect(failure).toMatchObject({ class: "client", sent: false });
    expect(failure.cause).toBeInstanceOf(BrokerError);
    expect(failure.cause).toMatchObject({ code: "EGRESS_DENIED" });
  });

  it("holds no secret, address or body, however deep one looks", async () => {
    const planted = { secret: canary("client_secret"), code: canary("code"), token: canary("token") };
    const client = { clientId: "client", clientSecret: secret(planted.secret) };
    const calls = callsTo(provider, {}, testEgress({ timeoutMs: 300 }));
    for (const answer of [
      { status: 500 },
      { fault: "hang" },
      { fault: "reset" },
      json({ error: planted.token }),
      { raw: planted.token },
    ] as const) {
      provider.script(endpoint, answer);
      const failure = await failureOf(calls[call]({ client, code: planted.code, token: planted.token }));
      const shown = inspect(failure, { depth: 20, showHidden: true });
      expect(Object.values(planted).filter((value) => shown.includes(value))).toEqual([]);
      expect(shown).not.toContain(String(provider.port));
    }
  });

  it("keeps the code of the system's error for the log", async () => {
    provider.script(endpoint, { fault: "reset" });
    const { cause } = await failureOf(callsTo(provider)[call]());
    expect(cause).toBeInstanceOf(EgressFailure);
    expect(cause).toMatchObject({ problem: "lost", code: "ECONNRESET" });
  });
});
