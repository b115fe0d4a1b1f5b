import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { gzipBomb, type ScriptedAnswer } from "../mock-provider/index.ts";
import { canary } from "../support/canaries.ts";
import type { McpEndpointUrls } from "../support/mcp/mcp-server.ts";
import { grantOf, type Refusal, refusalOf, useMcpWorld } from "../support/mcp/world.ts";

/** Documents that are too long, too slow or no documents, at every place where discovery looks. */

const LIMIT_SECONDS = 1;

const world = useMcpWorld({ env: () => ({ BROKER_PROVIDER_TIMEOUT_SECONDS: String(LIMIT_SECONDS) }) });

const start = (mcpServerUrl: string) => world.client.startAuthorization(grantOf(mcpServerUrl));

const json = (value: unknown): string => JSON.stringify(value);

const MEBIBYTE = 1024 * 1024;

/** Where an answer stands in the place of the honest one, and the rule that it offends. */
const PLACES = {
  "resource metadata that the challenge names": {
    rule: "resource_metadata",
    put: (answer: ScriptedAnswer): McpEndpointUrls => {
      const urls = world.endpoint();
      world.mcp.on(urls.metadataPath, answer);
      return urls;
    },
  },
  "resource metadata at the well-known place": {
    rule: "resource_metadata",
    put: (answer: ScriptedAnswer): McpEndpointUrls => {
      const urls = world.endpoint({ challenge: "bare" });
      world.mcp.on(urls.metadataPath, answer);
      return urls;
    },
  },
  "server metadata": {
    rule: "server_metadata",
    put: (answer: ScriptedAnswer): McpEndpointUrls => {
      world.as.on(world.as.metadataPath, answer);
      return world.endpoint();
    },
  },
  registration: {
    rule: "client_registration",
    put: (answer: ScriptedAnswer): McpEndpointUrls => {
      world.as.on(world.as.paths.register, answer);
      return world.endpoint();
    },
  },
} as const;
const places = Object.entries(PLACES);

/** What a server says about itself that only it should know. */
const theirs = canary("body_of_a_server");

const JSON_TYPE = { "content-type": "application/json" };

const TOO_LONG = {
  "1 MiB and one byte": { body: `{"x":"${"x".repeat(MEBIBYTE - 7)}"}`, headers: JSON_TYPE },
  "endless JSON": { body: `{"x":"${theirs}"}`.repeat(1000), headers: JSON_TYPE, fault: "endless" },
  "endless blanks": { body: " ".repeat(65_536), headers: JSON_TYPE, fault: "endless" },
} as const satisfies Record<string, ScriptedAnswer>;

const refusedAt = async ({ url }: McpEndpointUrls, rule: string): Promise<Refusal> => {
  const refusal = await refusalOf(start(url));
  expect(refusal.metadata).toMatchObject({ rule, mcp_server_url: url });
  return refusal;
};

const givenUpInTime = async (urls: McpEndpointUrls, rule: string): Promise<void> => {
  const begun = performance.now();
  expect((await refusedAt(urls, rule)).reason).toBe("PROVIDER_UNAVAILABLE");
  expect((performance.now() - begun) / 1000).toBeLessThan(LIMIT_SECONDS + 2);
};

describe.each(places)("%s", (_, { rule, put }) => {
  it.each(Object.entries(TOO_LONG))("%s is not read further than 1 MiB", async (__, answer) => {
    const { reason, message } = await refusedAt(put(answer), rule);
    expect([reason, message]).toEqual(["METADATA_INVALID", expect.stringContaining("1 MiB")]);
  });

  it("a bomb is cut on what comes out of it", async () => {
    const before = process.memoryUsage().rss;
    expect((await refusedAt(put(gzipBomb(64)), rule)).reason).toBe("METADATA_INVALID");
    expect((process.memoryUsage().rss - before) / MEBIBYTE).toBeLessThan(40);
  });

  it.each([
    ["no gzip", { body: "{}", headers: { ...JSON_TYPE, "content-encoding": "gzip" } }],
    [
      "fifty encodings",
      { body: "{}", headers: { ...JSON_TYPE, "content-encoding": Array(50).fill("gzip").join(", ") } },
    ],
  ])("an encoding that cannot be read: %s", async (__, answer) => {
    expect((await refusedAt(put(answer), rule)).reason).toBe("METADATA_INVALID");
  });

  it("a server that drips holds nobody longer than the limit", async () => {
    await givenUpInTime(
      put({ body: json({ x: "x".repeat(1000) }), headers: JSON_TYPE, chunkBytes: 1, paceMs: 100 }),
      rule,
    );
    await expect.poll(() => world.mcp.openConnections() + world.as.openConnections()).toBe(0);
  });

  it.each<[string, ScriptedAnswer, RegExp]>([
    ["reset", { fault: "reset" }, /^PROVIDER_UNAVAILABLE$/],
    ["cut", { json: { issuer: theirs }, fault: "truncate" }, /^PROVIDER_UNAVAILABLE$/],
    ["no HTTP at all", { raw: `SSH-2.0-${theirs}\r\n` }, /^PROVIDER_UNAVAILABLE$/],
    [
      "two lengths",
      { raw: "HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\n{} " },
      /^PROVIDER_UNAVAILABLE$/,
    ],
    ["500", { status: 500, body: theirs }, /^PROVIDER_UNAVAILABLE$/],
    ["429", { status: 429, headers: { "retry-after": "999999999" } }, /^PROVIDER_UNAVAILABLE$/],
    ["403", { status: 403, body: theirs }, /^(METADATA_INVALID|CLIENT_REGISTRATION_REQUIRED)$/],
    ["204", { status: 204 }, /^(METADATA_INVALID|CLIENT_REGISTRATION_REQUIRED)$/],
    [
      "a status beyond HTTP",
      { raw: "HTTP/1.1 999 What\r\ncontent-length: 0\r\n\r\n" },
      /^PROVIDER_UNAVAILABLE$/,
    ],
  ])("%s is told apart", async (__, answer, reason) => {
    expect((await refusedAt(put(answer), rule)).reason).toMatch(reason);
  });

  it.each<[string, ScriptedAnswer]>([
    ["HTML", { body: `<!doctype html><title>${theirs}</title>`, headers: { "content-type": "text/html" } }],
    ["HTML that says JSON", { body: `<html>${theirs}</html>`, headers: JSON_TYPE }],
    ["nothing", { headers: JSON_TYPE }],
    ["null", { json: null }],
    ["a list", { json: [{ resource: theirs }] }],
    ["a text", { json: theirs }],
    ["a number", { json: 1 }],
    ["half an object", { body: `{"resource":"${theirs}`, headers: JSON_TYPE }],
    ["two objects", { body: `{}{"resource":"${theirs}"}`, headers: JSON_TYPE }],
    ["depths", { body: `${'{"a":'.repeat(100_000)}1${"}".repeat(100_000)}`, headers: JSON_TYPE }],
    ["UTF-16", { body: Buffer.from(json({ resource: theirs }), "utf16le"), headers: JSON_TYPE }],
    [
      "UTF-16 with a mark",
      { body: Buffer.from(`\ufeff${json({ x: theirs })}`, "utf16le"), headers: JSON_TYPE },
    ],
    ["latin-1", { body: Buffer.from(json({ x: "é" }), "latin1"), headers: JSON_TYPE }],
  ])("%s is no document", async (__, answer) => {
    const refusal = await refusedAt(put(answer), rule);
    expect(refusal.reason).toMatch(/^(METADATA_INVALID|CLIENT_REGISTRATION_REQUIRED)$/);
    expect(refusal.text).not.toContain(theirs);
  });
});

describe("a redirect", () => {
  const chain = (hops: number, urls: McpEndpointUrls): void => {
    const document = world.mcp.metadataOf(new URL(urls.url).pathname);
    const step = (hop: number) => (hop === 0 ? urls.metadataPath : `/hop/${hop}`);
    for (let hop = 0; hop < hops; hop += 1)
      world.mcp.on(step(hop), { status: 302, headers: { location: step(hop + 1) } });
    world.mcp.on(step(hops), { json: document });
  };

  it("is followed three times and no further", async () => {
    const near = world.endpoint();
    chain(3, near);
    expect((await start(near.url)).authorizeUrl).toContain(world.as.issuer);
    world.mcp.reset();
    const far = world.endpoint();
    chain(4, far);
    expect((await refusedAt(far, "resource_metadata")).reason).toBe("METADATA_INVALID");
    expect(world.mcp.requestsTo("/hop/4").length).toBe(0);
  });

  it.each([301, 302, 303, 307, 308])("to itself (%i) ends after four requests", async (status) => {
    const urls = world.endpoint();
    world.mcp.on(urls.metadataPath, { status, headers: { location: urls.metadataUrl } });
    expect((await refusedAt(urls, "resource_metadata")).reason).toBe("METADATA_INVALID");
    expect(world.mcp.requestsTo(urls.metadataPath).length).toBe(4);
    world.as.on(world.as.metadataPath, { status, headers: { location: world.as.metadataPath } });
    expect((await refusedAt(world.endpoint(), "server_metadata")).reason).toBe("METADATA_INVALID");
    expect(world.as.requestsTo(world.as.metadataPath).length).toBe(4);
  });

  it.each([
    "",
    "http://",
    "javascript:alert(1)",
    "data:application/json,{}",
    "file:///etc/passwd",
    "//",
    "http://user:pass@127.0.0.1/",
  ])("to %j leads nowhere", async (location) => {
    const urls = world.endpoint();
    world.mcp.on(urls.metadataPath, { status: 302, headers: { location } });
    expect((await refusedAt(urls, "resource_metadata")).reason).toMatch(/^(METADATA_INVALID|EGRESS_DENIED)$/);
  });

  it("keeps the rule for the issuer: a document is judged by where it was asked for, not by where it was found", async () => {
    const { url } = world.endpoint();
    world.as.on(world.as.metadataPath, {
      status: 302,
      headers: { location: world.evilAs.url + world.evilAs.metadataPath },
    });
    expect(await refusalOf(start(url))).toMatchObject({
      reason: "ISSUER_MISMATCH",
      metadata: { rule: "issuer" },
    });
  });
});

describe("a server with one page for every path", () => {
  const page: ScriptedAnswer = {
    body: `<!doctype html><p>${theirs}</p>`,
    headers: { "content-type": "text/html" },
  };

  it("that is open is not protected", async () => {
    world.evilMcp.on("*", page);
    const url = `${world.evilMcp.url}/anything`;
    expect(await refusalOf(start(url))).toMatchObject({ reason: "MCP_NOT_PROTECTED" });
    expect(world.evilMcp.requests.length).toBeLessThanOrEqual(4);
  });

  it("behind a 401 has no metadata", async () => {
    world.evilMcp.on("*", page);
    world.evilMcp.on("/mcp", { ...page, status: 401 });
    expect(await refusalOf(start(`${world.evilMcp.url}/mcp`))).toMatchObject({ reason: "METADATA_INVALID" });
  });

  it("is no authorization server", async () => {
    world.evilAs.on("*", page);
    const { url } = world.evilEndpoint();
    expect(await refusalOf(start(url))).toMatchObject({
      reason: "METADATA_INVALID",
      metadata: { rule: "server_metadata" },
    });
    expect(world.evilAs.requests.length).toBe(2);
  });

  it("does not hide the right document at a later place", async () => {
    world.evilAs.on(world.evilAs.metadataPath, page);
    world.evilAs.on("/.well-known/openid-configuration", { json: world.evilAs.metadata() });
    expect((await start(world.evilEndpoint().url)).authorizeUrl).toContain(world.evilAs.issuer);
  });
});

describe("probing", () => {
  /** Headers, and then a stream for ever. */
  const stream = (status: number, headers: Record<string, string> = {}): ScriptedAnswer => ({
    status,
    headers: { "content-type": "text/event-stream", ...headers },
    body: ": ping\n\n",
    fault: "endless",
  });

  it.each([200, 401, 500])("an answer of status %i that never ends holds nothing up", async (status) => {
    const urls = world.endpoint();
    world.mcp.on(new URL(urls.url).pathname, stream(status));
    // Read to the end, it would have cost all the time there is.
    expect((await start(urls.url)).authorizeUrl).toContain(world.as.issuer);
    await expect.poll(() => world.mcp.openConnections()).toBe(0);
  });

  it("a stream that is silent is the same", async () => {
    const urls = world.endpoint();
    world.mcp.on(new URL(urls.url).pathname, {
      headers: { "content-type": "text/event-stream" },
      body: "::",
      fault: "stall",
    });
    expect((await start(urls.url)).authorizeUrl).toContain(world.as.issuer);
  });

  it("a challenge of 64 kB is not worth a failure of the process", async () => {
    const urls = world.endpoint();
    const header = `Bearer scope="${"a ".repeat(32_000)}"`;
    world.mcp.on(new URL(urls.url).pathname, { status: 401, headers: { "www-authenticate": header } });
    await start(urls.url).catch((error: unknown) => error);
    expect((await start(world.endpoint().url)).authorizeUrl).toContain(world.as.issuer);
  });

  it("is bounded: two probes, two places of the resource, three of the server", async () => {
    const path = "/bounded/mcp";
    world.mcp.on(path, { status: 200, json: {} });
    world.mcp.on("/.well-known/oauth-protected-resource", {
      json: { resource: world.mcp.url, authorization_servers: [`${world.as.url}/tenant`] },
    });
    expect(await refusalOf(start(world.mcp.url + path))).toMatchObject({ reason: "METADATA_INVALID" });
    expect(world.mcp.requests.map((request) => `${request.method} ${request.path}`)).toEqual([
      `POST ${path}`,
      `POST ${path}`,
      `GET /.well-known/oauth-protected-resource${path}`,
      "GET /.well-known/oauth-protected-resource",
    ]);
    expect(world.as.requests.map((request) => `${request.method} ${request.path}`)).toEqual([
      "GET /.well-known/oauth-authorization-server/tenant",
      "GET /.well-known/openid-configuration/tenant",
      "GET /tenant/.well-known/openid-configuration",
    ]);
  });
});

it("a server that hangs, or stops in the middle, holds nobody longer either", async () => {
  const { rule, put } = PLACES["resource metadata that the challenge names"];
  const hanging = put({ fault: "hang" });
  const stalling = put({ body: json({ resource: theirs }), headers: JSON_TYPE, fault: "stall" });
  await Promise.all([givenUpInTime(hanging, rule), givenUpInTime(stalling, rule)]);
  await expect.poll(() => world.mcp.openConnections()).toBe(0);
});

it("one limit holds for everything together", async () => {
  // Each answer is within the time of one request; all of them are not.
  const delayMs = LIMIT_SECONDS * 400;
  const path = "/slow/mcp";
  world.mcp.on(path, { status: 200, delayMs });
  world.mcp.on(`/.well-known/oauth-protected-resource${path}`, { status: 404, delayMs });
  world.mcp.on("/.well-known/oauth-protected-resource", {
    delayMs,
    json: { resource: world.mcp.url, authorization_servers: [world.as.issuer] },
  });
  const begun = performance.now();
  const { reason } = await refusalOf(start(world.mcp.url + path));
  expect(reason).toBe("PROVIDER_UNAVAILABLE");
  expect(performance.now() - begun).toBeLessThan((LIMIT_SECONDS + 2) * 1000);
});

it("a bomb that is small enough is a document like any other", async () => {
  const urls = world.endpoint();
  const body = gzipSync(
    json({ ...world.mcp.metadataOf(new URL(urls.url).pathname), padding: " ".repeat(900_000) }),
  );
  world.mcp.on(urls.metadataPath, { body, headers: { ...JSON_TYPE, "content-encoding": "gzip" } });
  expect((await start(urls.url)).authorizeUrl).toContain(world.as.issuer);
});

it("a byte order mark does no harm", async () => {
  const urls = world.endpoint();
  const document = json(world.mcp.metadataOf(new URL(urls.url).pathname));
  world.mcp.on(urls.metadataPath, { body: `\ufeff${document}`, headers: JSON_TYPE });
  expect((await start(urls.url)).authorizeUrl).toContain(world.as.issuer);
});
