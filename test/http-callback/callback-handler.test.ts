import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { Callback, CallbackOutcome, CallbackResult } from "../../src/authorization-flow/index.ts";
import { BrokerError } from "../../src/errors.ts";
import { createCallbackHandler, createCallbackServer } from "../../src/http-callback/index.ts";
import { createMetrics, type LogFields, type Logger } from "../../src/telemetry/index.ts";
import { canary } from "../support/canaries.ts";
import { getRaw, sendRaw } from "./raw-request.ts";

const INVALID: CallbackResult = { kind: "invalid" };
const calls: Callback[] = [];
const lines: string[] = [];
let result: () => CallbackResult | Promise<CallbackResult> = () => INVALID;

const log = (event: string, fields: LogFields = {}): void =>
  void lines.push(JSON.stringify({ event, ...fields }));
const logger: Logger = { debug: log, info: log, warn: log, error: log };
const metrics = createMetrics();
const handler = createCallbackHandler({
  flow: {
    handleCallback: async (callback) => {
      calls.push(callback);
      return result();
    },
  },
  apiBase: "https://broker.example.com",
  logger,
  metrics,
});
const server = createCallbackServer({ handlers: [handler] });
let port = 0;

beforeAll(async () => {
  const address = await server.listen({ kind: "tcp", host: "127.0.0.1", port: 0 });
  port = address.kind === "tcp" ? address.port : 0;
});
afterAll(() => server.close(0));
afterEach(() => {
  calls.length = 0;
  lines.length = 0;
  result = () => INVALID;
});

const url = (target: string): string => `http://127.0.0.1:${port}${target}`;
const get = (target: string, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(url(target), { redirect: "manual", headers });
const post = (body: string, type = "application/x-www-form-urlencoded"): Promise<Response> =>
  fetch(url("/connect/callback/acme"), {
    method: "POST",
    redirect: "manual",
    headers: { "content-type": type },
    body,
  });

const countOf = async (outcome: string): Promise<number> => {
  const { values } = await metrics.callbacks.get();
  return values.find(({ labels }) => labels.outcome === outcome)?.value ?? 0;
};

describe("the callback's requests", () => {
  it("passes path and parameters of a GET on", async () => {
    await get("/connect/callback/team-a/acme?code=a%2Bb+c&state=s&state=t");
    expect(calls[0]?.path).toEqual({ purpose: "connect", namespace: "team-a", provider: "acme" });
    expect([...(calls[0]?.params ?? [])]).toEqual([
      ["code", "a+b c"],
      ["state", "s"],
      ["state", "t"],
    ]);
  });

  it("passes the parameters of a form post on, and not those of its query", async () => {
    await fetch(url("/connect/callback/acme?state=query"), {
      method: "POST",
      body: new URLSearchParams({ code: "c", state: "body" }),
    });
    expect([...(calls[0]?.params ?? [])]).toEqual([
      ["code", "c"],
      ["state", "body"],
    ]);
  });

  it("answers HEAD without asking the flow", async () => {
    const response = await fetch(url("/connect/callback/acme?code=a&state=s"), { method: "HEAD" });
    expect([response.status, await response.text(), calls.length]).toEqual([200, "", 0]);
  });

  it.each([
    { "sec-purpose": "prefetch" },
    { "sec-purpose": "prefetch;prerender" },
    { "sec-purpose": "prefetch;anonymous-client-ip" },
    { purpose: "prefetch" },
    { purpose: "Preview" },
    { "x-purpose": "preview" },
    { "x-moz": "prefetch" },
  ])("spends nothing on a prefetch: %j", async (headers) => {
    const response = await get("/connect/callback/acme?code=a&state=s", headers);
    expect([response.status, await response.text(), calls.length]).toEqual([503, "", 0]);
  });

  it("counts a visit that only looks like one", async () => {
    await get("/connect/callback/acme?code=a&state=s", { purpose: "navigate" });
    expect(calls).toHaveLength(1);
  });

  it.each(["PUT", "DELETE", "PATCH", "OPTIONS", "QUERY"])("refuses %s", async (method) => {
    const response = await fetch(url("/connect/callback/acme?code=a&state=s"), { method });
    expect([response.status, response.headers.get("allow"), calls.length]).toEqual([
      405,
      "GET, HEAD, POST",
      0,
    ]);
  });

  it.each([
    "/",
    "/connect",
    "/connect/callback",
    "/connect/callback/",
    "/connect/callback/ACME",
    "/favicon.ico",
  ])("knows nothing at %s", async (target) => {
    expect([(await get(`${target}?code=a&state=s`)).status, calls.length]).toEqual([404, 0]);
  });

  it("reads no other body than a form", async () => {
    expect((await post(JSON.stringify({ code: "a" }), "application/json")).status).toBe(415);
    expect((await post("code=a", "text/plain")).status).toBe(415);
    expect((await post("code=a&state=s", "application/x-www-form-urlencoded; charset=UTF-8")).status).toBe(
      400,
    );
    expect(calls).toHaveLength(1);
  });

  it("takes no compressed body", async () => {
    const response = await fetch(url("/connect/callback/acme"), {
      method: "POST",
      headers: { "content-type": "application/x-www-form-urlencoded", "content-encoding": "gzip" },
      body: "code=a&state=s",
    });
    expect([response.status, calls.length]).toEqual([415, 0]);
  });

  it("reads 64 KiB and no more", async () => {
    expect((await post("x=".padEnd(64 * 1024, "a"))).status).toBe(400);
    expect((await post("x=".padEnd(64 * 1024 + 1, "a"))).status).toBe(413);
    expect(calls).toHaveLength(1);
  });

  it("cuts a body off that says no length", async () => {
    const chunk = `4000\r\n${"a".repeat(0x4000)}\r\n`;
    const answer = await sendRaw(
      port,
      `POST /connect/callback/acme HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nTransfer-Encoding: chunked\r\n\r\n${chunk.repeat(5)}`,
    );
    expect([answer.status, answer.headers.get("connection")]).toEqual([413, "close"]);
  });
});

describe("malformed requests", () => {
  it.each([
    ["an escape that is none", "?code=%zz&state=s"],
    ["an escape cut off", "?code=a&state=%2"],
    ["NUL", "?code=a%00&state=s"],
    ["overlong UTF-8", "?code=%C0%AF&state=s"],
    ["overlong UTF-8 in a name", "?code=a&state=s&%C0%80=x"],
  ])("answers %s with the fixed page", async (_, query) => {
    const answer = await getRaw(port, `/connect/callback/acme${query}`);
    const fixed = await getRaw(port, "/connect/callback/acme?state=unknown");
    expect(answer.status).toBe(400);
    expect(answer.body).toBe(fixed.body);
    expect(calls).toHaveLength(1);
  });

  it("answers a long address with 414, and longer headers with 431", async () => {
    expect((await getRaw(port, `/connect/callback/acme?code=${"a".repeat(20_000)}`)).status).toBe(414);
    expect((await getRaw(port, `/connect/callback/acme?code=${"a".repeat(65_536)}`)).status).toBe(431);
    expect((await getRaw(port, `/connect/callback/acme?code=${"a".repeat(100_000)}`)).status).toBe(431);
    const long = [`X-Long: ${"a".repeat(100_000)}`];
    expect((await getRaw(port, "/connect/callback/acme?code=a", long)).status).toBe(431);
    expect((await get("/connect/callback/acme?code=a&state=s")).status).toBe(400);
  });

  it.each([
    ["no HTTP", "hello\r\n\r\n", 400],
    [
      "a bare line feed in a header",
      "GET /connect/callback/acme HTTP/1.1\r\nHost: x\r\nA: b\nC: d\r\n\r\n",
      400,
    ],
    ["NUL in the request line", "GET /connect/callback/acme?code=\0 HTTP/1.1\r\nHost: x\r\n\r\n", 400],
    ["raw bytes outside ASCII", "GET /connect/callback/acme?code=\u00e9 HTTP/1.1\r\nHost: x\r\n\r\n", 400],
    ["no Host", "GET /connect/callback/acme HTTP/1.1\r\n\r\n", 400],
    [
      "two lengths",
      "POST /connect/callback/acme HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
      400,
    ],
    [
      "a length and chunks",
      "POST /connect/callback/acme HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      400,
    ],
    [
      "an absolute address",
      "GET http://evil.example/connect/callback/acme HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
      404,
    ],
    ["an asterisk", "OPTIONS * HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", 404],
  ])("survives %s", async (_, text, status) => {
    expect((await sendRaw(port, text)).status).toBe(status);
    expect(calls).toHaveLength(0);
    expect((await get("/connect/callback/acme?code=a&state=s")).status).toBe(400);
  });

  it("goes on when the browser leaves in the middle of a body", async () => {
    const { connect } = await import("node:net");
    const socket = connect(port, "127.0.0.1");
    socket.write(
      "POST /connect/callback/acme HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 100\r\n\r\ncode=",
    );
    await new Promise((resolve) => setTimeout(resolve, 50));
    socket.destroy();
    await expect.poll(() => lines.join("\n")).toContain("callback failed");
    expect(calls).toHaveLength(0);
    expect((await get("/connect/callback/acme?code=a&state=s")).status).toBe(400);
  });
});

describe("answers", () => {
  const RETURN = "https://app.example.com/?success=true&connection_id=x";

  it("redirects with 303, also after a form post", async () => {
    result = () => ({ kind: "redirect", location: RETURN, outcome: "succeeded" });
    for (const response of [
      await get("/connect/callback/acme?code=a&state=s"),
      await post("code=a&state=s"),
    ]) {
      expect([response.status, response.headers.get("location"), await response.text()]).toEqual([
        303,
        RETURN,
        "",
      ]);
    }
  });

  it("redirects to a custom scheme", async () => {
    result = () => ({
      kind: "redirect",
      location: "com.example.app:/done?error=x",
      outcome: "access_denied",
    });
    const answer = await getRaw(port, "/connect/callback/acme?code=a&state=s");
    expect([answer.status, answer.headers.get("location")]).toEqual([303, "com.example.app:/done?error=x"]);
  });

  const outcomes: CallbackOutcome[] = [
    "succeeded",
    "awaiting_completion",
    "access_denied",
    "invalid_scope",
    "provider_error",
    "issuer_mismatch",
    "exchange_failed",
    "provider_unavailable",
    "invalid_token_response",
    "account_mismatch",
    "internal_error",
  ];

  it.each(outcomes)("shows a page of its own for %s", async (outcome) => {
    result = () => ({ kind: "page", outcome });
    const before = await countOf(outcome);
    const response = await get("/connect/callback/acme?code=a&state=s");
    const html = await response.text();
    expect(response.status).toBe(200);
    expect(html.includes(`<code>${outcome}</code>`)).toBe(
      !["succeeded", "awaiting_completion"].includes(outcome),
    );
    expect(await countOf(outcome)).toBe(before + 1);
  });

  it("puts the same strict headers on everything", async () => {
    result = () => ({ kind: "redirect", location: RETURN, outcome: "succeeded" });
    const answers = await Promise.all([
      get("/connect/callback/acme?code=a&state=s"),
      get("/connect/callback/acme?code=%zz"),
      get("/nowhere"),
      fetch(url("/connect/callback/acme"), { method: "DELETE" }),
      fetch(url("/connect/callback/acme"), { method: "HEAD" }),
      post("{}", "application/json"),
    ]);
    for (const { headers } of answers) {
      expect(headers.get("content-security-policy")).toMatch(
        /^default-src 'none'; style-src 'sha256-[A-Za-z0-9+/=]{44}'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'$/,
      );
      expect(headers.get("x-content-type-options")).toBe("nosniff");
      expect(headers.get("referrer-policy")).toBe("no-referrer");
      expect(headers.get("cache-control")).toBe("no-store");
      expect(headers.has("set-cookie")).toBe(false);
      expect(headers.has("x-powered-by")).toBe(false);
    }
  });

  it("reflects nothing and logs nothing of a request", async () => {
    const secret = canary("callback");
    const attack = encodeURIComponent(`<script>alert("${secret}")</script>`);
    const query = `?code=${secret}&state=${secret}&iss=${secret}&error=${attack}&error_description=${attack}&error_uri=javascript:${attack}&${attack}=1`;
    const targets = [
      `/connect/callback/acme${query}`,
      `/nowhere/${secret}${query}`,
      `/connect/callback/${secret}/x${query}`,
    ];
    for (const outcome of [...outcomes, undefined]) {
      result = () => (outcome === undefined ? INVALID : { kind: "page", outcome });
      for (const target of targets) {
        const answer = await getRaw(port, target, [
          `Cookie: ${secret}`,
          `Referer: https://x/${secret}`,
          `User-Agent: ${secret}`,
        ]);
        expect(answer.text).not.toContain(secret);
        expect(answer.text).not.toContain("<script");
      }
    }
    expect(lines.length).toBeGreaterThan(0);
    expect(lines.join("\n")).not.toContain(secret);
    expect(lines.join("\n")).not.toContain("127.0.0.1");
  });

  it("says that the store is away, and that trying again is safe", async () => {
    result = () => Promise.reject(new BrokerError("STORE_UNAVAILABLE", "the database does not answer"));
    const response = await get("/connect/callback/acme?code=a&state=s");
    expect([response.status, response.headers.get("retry-after")]).toEqual([503, "5"]);
    expect(await countOf("unavailable")).toBe(1);
  });

  it("shows a defect as such and logs its class alone", async () => {
    const secret = canary("defect");
    result = () => Promise.reject(new TypeError(secret));
    const response = await get("/connect/callback/acme?code=a&state=s");
    expect(response.status).toBe(500);
    expect(await response.text()).not.toContain(secret);
    expect(lines.join("\n")).toContain('"error_class":"TypeError"');
    expect(lines.join("\n")).not.toContain(secret);
  });
});

describe("createCallbackHandler on a server of somebody else", () => {
  it("leaves other routes alone and lies below the path of the base URL", async () => {
    const mounted = createCallbackHandler({
      flow: { handleCallback: async () => ({ kind: "page", outcome: "succeeded" }) },
      apiBase: "https://example.com/broker/",
      logger,
      metrics,
    });
    const host = createServer((request, response) => {
      if (!mounted(request, response)) response.end("the host's own");
    });
    await new Promise<void>((resolve) => host.listen(0, "127.0.0.1", resolve));
    const base = `http://127.0.0.1:${(host.address() as AddressInfo).port}`;
    const read = async (path: string): Promise<string> => (await fetch(base + path)).text();
    expect(await read("/connect/callback/acme?code=a&state=s")).toBe("the host's own");
    expect(await read("/broker")).toBe("the host's own");
    expect(await read("/broker/connect/callback/acme?code=a&state=s")).toContain("You are connected");
    host.closeAllConnections();
    host.close();
  });
});

describe("createCallbackServer", () => {
  it("lets a callback under way finish when it closes, and takes no new one", async () => {
    const { promise: finished, resolve: finish } = Promise.withResolvers<CallbackResult>();
    const started = Promise.withResolvers<void>();
    const slow = createCallbackServer({
      handlers: [
        createCallbackHandler({
          flow: {
            handleCallback: () => {
              started.resolve();
              return finished;
            },
          },
          apiBase: "http://localhost",
          logger,
          metrics,
        }),
      ],
    });
    const address = await slow.listen({ kind: "tcp", host: "127.0.0.1", port: 0 });
    const slowPort = address.kind === "tcp" ? address.port : 0;
    const answer = fetch(`http://127.0.0.1:${slowPort}/connect/callback/acme?code=a&state=s`);
    await started.promise;
    const startedAt = performance.now();
    const closed = slow.close(10_000);
    await expect(fetch(`http://127.0.0.1:${slowPort}/`)).rejects.toThrow("fetch failed");
    finish({ kind: "page", outcome: "succeeded" });
    expect((await answer).status).toBe(200);
    await closed;
    expect(performance.now() - startedAt).toBeLessThan(1000);
  });

  it("cuts off what does not finish in time", async () => {
    const hanging = createCallbackServer({ handlers: [() => true] });
    const address = await hanging.listen({ kind: "tcp", host: "127.0.0.1", port: 0 });
    const request = fetch(`http://127.0.0.1:${address.kind === "tcp" ? address.port : 0}/`);
    const failure = request.catch((error: unknown) => error);
    await new Promise((resolve) => setTimeout(resolve, 50));
    await hanging.close(100);
    expect(await failure).toMatchObject({ message: "fetch failed" });
  });

  it("says which address is taken", async () => {
    const second = createCallbackServer({ handlers: [] });
    await expect(second.listen({ kind: "tcp", host: "127.0.0.1", port })).rejects.toThrow(/EADDRINUSE/);
    await second.close(0);
  });
});
