import { connect } from "node:net";
import { describe, expect, it } from "vitest";
import {
  consent,
  fingerprint,
  type MockProvider,
  openGrants,
  type RequestEntry,
  startMockProvider,
  STRICT,
  type Vendor,
  type VendorSettings,
} from "./index.ts";

const client = { client_id: "client", client_secret: "secret" };

const post = (url: string, params: Record<string, string>) =>
  fetch(url, { method: "POST", body: new URLSearchParams(params) });

const refresh = (vendor: Vendor, refreshToken: string, more: Record<string, string> = {}) =>
  post(vendor.tokenUrl, { ...client, grant_type: "refresh_token", refresh_token: refreshToken, ...more });

const open = (vendor: Vendor, scopes: readonly string[] = []) => {
  const { refreshToken = "", ...issued } = vendor.grants.open({ clientId: "client", scopes });
  return { ...issued, refreshToken };
};

const start = (settings: Partial<VendorSettings> = {}): Promise<MockProvider> =>
  startMockProvider({ vendors: { acme: settings } });

const requestsIn = async (provider: MockProvider): Promise<RequestEntry[]> => {
  await provider.quiet();
  return provider.log.flatMap((entry) => (entry.kind === "token" || entry.kind === "revoke" ? [entry] : []));
};

/** The whole flow of one person: the token answer's text. */
const connectAccount = async (vendor: Vendor, scope: string): Promise<Response> => {
  const redirectUri = "http://client.test/callback";
  const query = { response_type: "code", client_id: "client", redirect_uri: redirectUri, scope };
  const callback = await consent(`${vendor.authorizeUrl}?${new URLSearchParams(query).toString()}`);
  const code = callback.searchParams.get("code") ?? "";
  return await post(vendor.tokenUrl, {
    ...client,
    grant_type: "authorization_code",
    code,
    redirect_uri: redirectUri,
  });
};

describe("several vendors in one process", () => {
  it("share nothing but port and clock", async () => {
    await using provider = await startMockProvider({
      vendors: { strict: STRICT, mild: { rotation: false, clients: { other: "word" } } },
    });
    const [strict, mild] = [provider.vendor("strict"), provider.vendor("mild")];
    const grant = open(strict);
    expect((await refresh(mild, grant.refreshToken)).status).toBe(401);
    expect((await refresh(strict, grant.refreshToken)).status).toBe(200);
    mild.script({ answer: { status: 503 } });
    expect((await refresh(strict, "rt-made-up")).status).toBe(400);
    expect([strict.counters.requests.token, mild.counters.requests.token]).toEqual([2, 1]);
    expect((await fetch(`${provider.url}/nobody/token`)).status).toBe(404);
    expect(() => provider.vendor("nobody")).toThrow('vendor "nobody" is not served: strict, mild');
    provider.addVendor("late");
    expect(() => provider.addVendor("late")).toThrow("is served already");
    expect(() => provider.addVendor("__admin")).toThrow("use lower-case letters");
  });
});

describe("the log", () => {
  it("tells what was done with every request, and no token", async () => {
    await using provider = await start({ graceMs: 1000, revokeFamilyOnReuse: true });
    const vendor = provider.vendor("acme");
    const { refreshToken, grantId } = open(vendor);
    const first = (await (await refresh(vendor, refreshToken)).json()) as { refresh_token: string };
    await refresh(vendor, refreshToken);
    await refresh(vendor, first.refresh_token, { client_secret: "wrong" });
    vendor.script({ answer: { status: 503 } });
    await refresh(vendor, first.refresh_token);
    vendor.script({ answer: { afterProcessing: true, fault: "reset" } });
    await expect(refresh(vendor, first.refresh_token)).rejects.toThrow("fetch failed");
    provider.clock.move(1000);
    await refresh(vendor, refreshToken);
    await refresh(vendor, first.refresh_token);
    await post(vendor.revokeUrl, { ...client, token: "rt-made-up" });
    const requests = await requestsIn(provider);
    expect(
      requests.map(({ verdict, reason, script, presentedGeneration, issuedGeneration, status }) => [
        verdict,
        reason ?? script,
        presentedGeneration,
        issuedGeneration,
        status,
      ]),
    ).toEqual([
      ["issued", undefined, 1, 2, 200],
      ["grace_replay", undefined, 1, 2, 200],
      ["rejected", "wrong_credentials", 2, undefined, 401],
      ["scripted:503", undefined, 2, undefined, 503],
      ["issued", "reset", 2, 3, undefined],
      ["reuse_detected", "spent", 1, undefined, 400],
      ["rejected", "ended", 2, undefined, 400],
      ["revoked", undefined, undefined, undefined, 200],
    ]);
    expect(requests[0]).toMatchObject({
      grantId,
      presented: fingerprint(refreshToken),
      issued: fingerprint(first.refresh_token),
      delivered: true,
    });
    expect(requests[4]?.delivered).toBe(false);
    const kinds = provider.log.map((entry) => (entry.kind === "control" ? entry.what : entry.kind));
    expect(kinds.join(" ")).toBe(
      "started grant token token token script token script token clock end token token revoke",
    );
    const text = JSON.stringify(provider.log);
    for (const secret of [refreshToken, first.refresh_token, 'secret"']) expect(text).not.toContain(secret);
  });

  it("times each request on one clock, from its headers to the last byte", async () => {
    await using provider = await start({ answerDelayMs: 80 });
    const vendor = provider.vendor("acme");
    const { refreshToken } = open(vendor);
    const before = process.hrtime.bigint() / 1000n;
    await refresh(vendor, refreshToken);
    const [entry] = await requestsIn(provider);
    const { startUs = 0, processedUs = 0, endUs = 0, startWallUs = 0, endWallUs = 0 } = entry ?? {};
    expect(startUs).toBeGreaterThan(Number(before));
    expect(processedUs).toBeGreaterThanOrEqual(startUs);
    expect(endUs - processedUs).toBeGreaterThan(78_000);
    expect(Math.abs(endWallUs - startWallUs - (endUs - startUs))).toBeLessThan(5000);
    expect(Math.abs(startWallUs / 1000 - Date.now())).toBeLessThan(5000);
  });

  it("has the requests that hang when the server closes, and no more after that", async () => {
    const provider = await start();
    const vendor = provider.vendor("acme");
    vendor.script({ answer: { fault: "hang" } });
    const hanging = refresh(vendor, open(vendor).refreshToken).catch(() => "broken");
    await expect.poll(() => vendor.counters.inFlight).toBe(1);
    await provider.close();
    expect(await hanging).toBe("broken");
    expect(provider.log.slice(-2)).toMatchObject([
      { verdict: "scripted:hang", delivered: false },
      { kind: "control", what: "closed" },
    ]);
  });
});

describe("a script", () => {
  it("lays delays, pace and cuts over the server's own answer", async () => {
    await using provider = await start();
    const vendor = provider.vendor("acme");
    const { refreshToken } = open(vendor);
    vendor.script({
      answer: { own: true, delayMs: 50, chunkBytes: 20, paceMs: 10, headers: { "x-slow": "1" } },
    });
    const startedMs = performance.now();
    const response = await refresh(vendor, refreshToken);
    const answer = (await response.json()) as { refresh_token: string };
    expect(performance.now() - startedMs).toBeGreaterThan(100);
    expect([response.headers.get("x-slow"), vendor.grants.isLiveRefreshToken(answer.refresh_token)]).toEqual([
      "1",
      true,
    ]);
    vendor.script({ answer: { own: true, fault: "stall" } });
    const stalled = await refresh(vendor, answer.refresh_token);
    const text = stalled.text().catch(() => "broken");
    await provider.close();
    expect([stalled.status, await text]).toEqual([200, "broken"]);
  });

  it("meets one grant, one client or one kind of request", async () => {
    await using provider = await start({ clients: { client: "secret", other: "word" } });
    const vendor = provider.vendor("acme");
    const [chosen, spared] = openGrants(vendor, { labels: ["chosen", "spared"] });
    vendor.script({
      grant: "chosen",
      times: Infinity,
      answer: { json: { error: "invalid_grant" }, status: 400 },
    });
    vendor.script({ clientId: "other", times: Infinity, answer: { status: 503 } });
    expect((await refresh(vendor, chosen?.refreshToken ?? "")).status).toBe(400);
    expect((await refresh(vendor, spared?.refreshToken ?? "")).status).toBe(200);
    const other = { client_id: "other", client_secret: "word" };
    expect((await refresh(vendor, spared?.refreshToken ?? "", other)).status).toBe(503);
    expect(vendor.grants.isLiveRefreshToken(chosen?.refreshToken ?? "")).toBe(true);
  });

  it("lasts its window of the provider's time", async () => {
    await using provider = await start();
    const vendor = provider.vendor("acme");
    vendor.script({ forMs: 600_000, answer: { status: 503 } });
    const statuses: number[] = [];
    for (const moveMs of [0, 599_000, 2000]) {
      provider.clock.move(moveMs);
      statuses.push((await refresh(vendor, "rt-made-up")).status);
    }
    expect(statuses).toEqual([503, 503, 400]);
  });
});

describe("a vendor's dialect", () => {
  it.each<[VendorSettings["errorDialect"], number, string]>([
    [{ body: "rfc6749", codes: {} }, 400, '{"error":"invalid_grant"}'],
    [{ body: "rfc6749", status: 200, codes: { invalid_grant: "bad_token" } }, 200, '{"error":"bad_token"}'],
    [{ body: "ok-false", status: 200, codes: {} }, 200, '{"ok":false,"error":"invalid_grant"}'],
    [
      { body: "errors", codes: {} },
      400,
      '{"success":false,"errors":[{"errorType":"invalid_grant","message":"invalid_grant"}]}',
    ],
    [{ body: "nested", codes: {} }, 400, '{"error":{"type":"invalid_grant","message":"invalid_grant"}}'],
    [{ body: "form", codes: {} }, 400, "error=invalid_grant"],
    [{ body: "html", codes: {} }, 400, "<!doctype html><title>Error</title><p>Something went wrong."],
    [{ body: "empty", status: 403, codes: {} }, 403, ""],
  ])("words a dead grant as %j", async (errorDialect, status, body) => {
    await using provider = await start({ errorDialect });
    const response = await refresh(provider.vendor("acme"), "rt-made-up");
    expect([response.status, await response.text()]).toEqual([status, body]);
  });

  it("grants and lists scopes in its own way", async () => {
    await using provider = await start({ grantableScopes: ["a", "b"], extraScopes: ["x"] });
    const vendor = provider.vendor("acme");
    const scopeOf = async (settings: Partial<VendorSettings>) => {
      vendor.change(settings);
      return ((await (await connectAccount(vendor, "a b c")).json()) as { scope: unknown }).scope;
    };
    expect(await scopeOf({})).toBe("a b x");
    expect(await scopeOf({ scopeSeparator: "," })).toBe("a,b,x");
    expect(await scopeOf({ scopeSeparator: "array" })).toEqual(["a", "b", "x"]);
    expect(await scopeOf({ listsScopes: false })).toBeUndefined();
  });

  it("answers forms, and how long the grant lives", async () => {
    const acme = { formEncodedAnswers: true, listsRefreshLifetime: true, refreshLifetimeSeconds: 100 };
    await using provider = await startMockProvider({ vendors: { acme }, now: () => 0 });
    const vendor = provider.vendor("acme");
    const { refreshToken } = open(vendor);
    provider.clock.move(40_000);
    const answer = new URLSearchParams(await (await refresh(vendor, refreshToken)).text());
    expect(Object.fromEntries(answer)).toMatchObject({
      refresh_token_expires_in: "60",
      token_type: "Bearer",
    });
  });

  it("answers 500 where a setting throws, and says so in the log", async () => {
    await using provider = await start({
      tokenAnswer: () => {
        throw new Error("a defect of the test");
      },
    });
    const vendor = provider.vendor("acme");
    expect((await refresh(vendor, open(vendor).refreshToken)).status).toBe(500);
    expect((await requestsIn(provider))[0]).toMatchObject({ verdict: "error" });
  });
});

describe("limits", () => {
  it("refuse what exceeds them with 429 and Retry-After, and spend nothing", async () => {
    const rateLimit = { requests: 1, perSeconds: 60, by: "grant", retryAfter: "seconds" } as const;
    await using provider = await start({ rateLimit });
    const vendor = provider.vendor("acme");
    const [one, two] = [open(vendor), open(vendor)];
    const answer = (await (await refresh(vendor, one.refreshToken)).json()) as { refresh_token: string };
    const refused = await refresh(vendor, answer.refresh_token);
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([429, "60"]);
    expect((await refresh(vendor, two.refreshToken)).status).toBe(200);
    provider.clock.move(60_000);
    expect((await refresh(vendor, answer.refresh_token)).status).toBe(200);
    expect(vendor.counters.verdicts).toEqual({ issued: 3, rate_limited: 1 });
    expect(vendor.counters.statuses).toEqual({ 200: 3, 429: 1 });
  });

  it("do not break at requests that are none", async () => {
    await using provider = await start();
    const answerTo = (text: string) =>
      new Promise<string>((resolve) => {
        let answer = "";
        const socket = connect(provider.port, "127.0.0.1", () => socket.write(text));
        socket.on("data", (chunk) => (answer += String(chunk))).on("close", () => resolve(answer));
      });
    expect(await answerTo("GET // HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")).toMatch(
      /^HTTP\/1.1 400/,
    );
    expect(await answerTo("rubbish\r\n\r\n")).toMatch(/^HTTP\/1.1 400/);
    const half = connect(provider.port, "127.0.0.1", () =>
      half.end("POST /acme/token HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\ngrant"),
    );
    await expect.poll(() => provider.vendor("acme").counters.requests.token).toBe(1);
    half.destroy();
    await provider.quiet();
    expect(provider.vendor("acme").counters.inFlight).toBe(0);
    const response = await fetch(provider.vendor("acme").tokenUrl, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: "{no json",
    });
    expect(response.status).toBe(401);
  });
});

it("opens ten thousand grants at once, each with its label", async () => {
  await using provider = await start();
  const labels = Array.from({ length: 10_000 }, (_, index) => `connection-${index}`);
  const grants = openGrants(provider.vendor("acme"), { labels, scopes: ["read"] });
  expect(provider.vendor("acme").grants.size).toBe(10_000);
  expect(new Set(grants.map(({ refreshToken }) => refreshToken)).size).toBe(10_000);
  expect(grants[9999]).toMatchObject({
    label: "connection-9999",
    subject: "subject-10000",
    clientId: "client",
    expiresInSeconds: 3600,
    generation: 1,
  });
});
