import { randomUUID } from "node:crypto";
import { describe, expect, it } from "vitest";
import { AcquireGrant, SubjectTokenType } from "../../gen/ts/tokenbroker/v1/mcp_pb.ts";
import { canary } from "../support/canaries.ts";
import { moveClock } from "../support/database.ts";
import { databaseText } from "../support/mcp/database-text.ts";
import { APP, grantOf, refusalOf, useMcpWorld, visitToEnd } from "../support/mcp/world.ts";

/** Every refusal is a typed reason with the rule and the caller's own URL, and has nothing in it that a server wrote. */

const world = useMcpWorld({ env: () => ({ BROKER_PROVIDER_TIMEOUT_SECONDS: "1" }) });

/** Everywhere in what hostile servers send. */
const mark = canary("of_a_server");
const INSIDE = "10.11.12.13";

/** Headers of an answer that only its server should know. */
const theirs = {
  "content-type": "application/json",
  server: mark,
  "x-internal-host": `${INSIDE} ${mark}`,
  "set-cookie": `session=${mark}`,
  location: `https://${INSIDE}/${mark}`,
};

const challenge = `Bearer realm="${mark}", error="invalid_token", error_description="${mark} ${INSIDE}"`;

const answering = (status: number, value: unknown) => ({
  status,
  headers: theirs,
  body: JSON.stringify(value),
});

const evilMetadata = (changes: Record<string, unknown>) => ({
  ...world.evilAs.metadata(),
  service_documentation: `https://${INSIDE}/${mark}`,
  ...changes,
});

/** A hostile MCP server with a path of its own whose every answer is marked; its authorization server as well. */
const hostile = (resource: Record<string, unknown> = {}, server: Record<string, unknown> = {}): string => {
  const path = `/${randomUUID()}/mcp`;
  const url = world.evilMcp.url + path;
  world.evilMcp.on(path, { status: 401, headers: { ...theirs, "www-authenticate": challenge }, body: mark });
  world.evilMcp.on(
    `/.well-known/oauth-protected-resource${path}`,
    answering(200, {
      resource: url,
      authorization_servers: [world.evilAs.issuer],
      resource_name: mark,
      ...resource,
    }),
  );
  world.evilAs.on(world.evilAs.metadataPath, answering(200, evilMetadata(server)));
  return url;
};

interface Case {
  readonly name: string;
  readonly reason: string;
  readonly rule: string;
  readonly url: () => string;
}

const CASES: readonly Case[] = [
  {
    name: "an open server without metadata",
    reason: "MCP_NOT_PROTECTED",
    rule: "resource_metadata",
    url() {
      world.evilMcp.on("/open", { ...answering(200, { result: mark }) });
      world.evilMcp.on("*", answering(404, { error: mark }));
      return `${world.evilMcp.url}/open`;
    },
  },
  {
    name: "a protected server without metadata",
    reason: "METADATA_INVALID",
    rule: "resource_metadata",
    url() {
      const url = hostile();
      world.evilMcp.on(`/.well-known/oauth-protected-resource${new URL(url).pathname}`, answering(404, mark));
      world.evilMcp.on("/.well-known/oauth-protected-resource", answering(404, mark));
      return url;
    },
  },
  {
    name: "no resource",
    reason: "METADATA_INVALID",
    rule: "resource",
    url: () => hostile({ resource: { mark } }),
  },
  {
    name: "another's resource",
    reason: "RESOURCE_MISMATCH",
    rule: "resource",
    url: () => hostile({ resource: `https://${INSIDE}/${mark}` }),
  },
  {
    name: "no authorization server",
    reason: "METADATA_INVALID",
    rule: "authorization_servers",
    url: () => hostile({ authorization_servers: [] }),
  },
  {
    name: "an authorization server that is no URL",
    reason: "METADATA_INVALID",
    rule: "authorization_servers",
    url: () => hostile({ authorization_servers: [mark] }),
  },
  {
    name: "too many authorization servers",
    reason: "METADATA_INVALID",
    rule: "authorization_servers",
    url: () =>
      hostile({
        authorization_servers: Array.from({ length: 500 }, (_, n) => `https://${mark}${n}.example`),
      }),
  },
  {
    name: "an authorization server inside",
    reason: "EGRESS_DENIED",
    rule: "server_metadata",
    url: () => hostile({ authorization_servers: [`https://${INSIDE}/${mark}`] }),
  },
  {
    name: "no server metadata",
    reason: "METADATA_INVALID",
    rule: "server_metadata",
    url() {
      const url = hostile();
      world.evilAs.on("*", answering(404, mark));
      world.evilAs.on(world.evilAs.metadataPath, answering(404, mark));
      return url;
    },
  },
  {
    name: "server metadata with a mistake of the server",
    reason: "PROVIDER_UNAVAILABLE",
    rule: "server_metadata",
    url() {
      const url = hostile();
      world.evilAs.on(world.evilAs.metadataPath, answering(500, mark));
      return url;
    },
  },
  {
    name: "another issuer",
    reason: "ISSUER_MISMATCH",
    rule: "issuer",
    url: () => hostile({}, { issuer: `https://${INSIDE}/${mark}` }),
  },
  {
    name: "no token endpoint",
    reason: "METADATA_INVALID",
    rule: "token_endpoint",
    url: () => hostile({}, { token_endpoint: undefined }),
  },
  {
    name: "a token endpoint that is no URL",
    reason: "METADATA_INVALID",
    rule: "token_endpoint",
    url: () => hostile({}, { token_endpoint: mark }),
  },
  {
    name: "a token endpoint inside",
    reason: "EGRESS_DENIED",
    rule: "token_endpoint",
    url: () => hostile({}, { token_endpoint: `https://${INSIDE}/${mark}` }),
  },
  {
    name: "a registration endpoint inside",
    reason: "EGRESS_DENIED",
    rule: "registration_endpoint",
    url: () => hostile({}, { registration_endpoint: `https://${INSIDE}/${mark}` }),
  },
  {
    name: "no authorization endpoint",
    reason: "METADATA_INVALID",
    rule: "authorization_endpoint",
    url: () => hostile({}, { authorization_endpoint: undefined }),
  },
  {
    name: "an authorization endpoint of another scheme",
    reason: "EGRESS_DENIED",
    rule: "authorization_endpoint",
    url: () => hostile({}, { authorization_endpoint: `javascript:${mark}` }),
  },
  {
    name: "no code flow",
    reason: "METADATA_INVALID",
    rule: "grant_types_supported",
    url: () => hostile({}, { grant_types_supported: [mark] }),
  },
  {
    name: "no S256",
    reason: "PKCE_NOT_SUPPORTED",
    rule: "code_challenge_methods_supported",
    url: () => hostile({}, { code_challenge_methods_supported: ["plain", mark] }),
  },
  {
    name: "no way to a client",
    reason: "CLIENT_REGISTRATION_REQUIRED",
    rule: "client_registration",
    url: () => hostile({}, { registration_endpoint: undefined }),
  },
];

describe.each(CASES)("$name", ({ reason, rule, url: arrange }) => {
  it(`is ${reason} by the rule ${rule}, for StartAuthorization and for CheckMcpServer`, async () => {
    const url = arrange();
    const refusal = await refusalOf(world.client.startAuthorization(grantOf(url)));
    expect(refusal).toMatchObject({ reason, metadata: { rule, mcp_server_url: url } });
    expect(refusal.text).not.toContain(INSIDE);
    expect(refusal.text).not.toContain(mark);
    const check = await world.client.checkMcpServer({ mcpServerUrl: url });
    expect(check).toMatchObject({ ready: false, reason, message: refusal.message });
  });
});

describe("what only StartAuthorization meets", () => {
  it.each([
    [
      "refuses",
      { status: 400, json: { error: mark, error_description: `${mark} ${INSIDE}` } },
      "CLIENT_REGISTRATION_REQUIRED",
    ],
    ["answers without a client id", { status: 201, json: { client_secret: mark } }, "METADATA_INVALID"],
    [
      "demands another way to authenticate",
      { status: 201, json: { client_id: "x", token_endpoint_auth_method: mark } },
      "METADATA_INVALID",
    ],
    ["is busy", { status: 503, body: mark }, "PROVIDER_UNAVAILABLE"],
    [
      "sends it elsewhere",
      { status: 307, headers: { location: `https://${INSIDE}/${mark}` } },
      "CLIENT_REGISTRATION_REQUIRED",
    ],
  ])("a registration that the server %s", async (_, answer, reason) => {
    const url = hostile();
    world.evilAs.on(world.evilAs.paths.register, answer);
    const refusal = await refusalOf(world.client.startAuthorization(grantOf(url)));
    expect(refusal).toMatchObject({ reason, metadata: { rule: "client_registration", mcp_server_url: url } });
    expect(refusal.text).not.toMatch(new RegExp(`${mark}|${INSIDE.replaceAll(".", "\\.")}`));
  });
});

describe("an exchange", () => {
  it.each([
    ["refused with a text", { status: 400, json: { error: "invalid_grant", error_description: mark } }],
    ["answered with an unknown error", { status: 400, json: { error: mark } }],
    ["answered with a page", { body: `<html>${mark}`, headers: { "content-type": "text/html" } }],
    ["answered with a token that is none", { json: { access_token: { mark }, token_type: "Bearer" } }],
    ["answered with a type of token that is another", { json: { access_token: mark, token_type: "DPoP" } }],
    ["answered after too long", { fault: "hang" as const }],
  ])("%s ends in the broker's own words", async (_, answer) => {
    world.as.on(world.as.paths.token, answer);
    const grant = grantOf(world.endpoint().url);
    const started = await world.client.startAuthorization({ ...grant, redirectUri: `${APP}/done` });
    const ending = await visitToEnd(started.authorizeUrl);
    expect(ending["error"]).toMatch(
      /^(exchange_failed|invalid_token_response|provider_unavailable|provider_error)$/,
    );
    expect(JSON.stringify(ending)).not.toContain(mark);
    const { reason } = await world.client.getAuthorization({ authorizationId: started.authorizationId });
    expect(reason).toMatch(/^[A-Z_]+$/);
    expect((await databaseText(world.database)).includes(mark)).toBe(false);
  });
});

describe("asking for more", () => {
  const stepUp = (url: string, scope: string) => ({
    httpStatus: 403,
    wwwAuthenticate: `Bearer error="insufficient_scope", scope="${scope}", error_description="${mark}", resource_metadata="${url}"`,
  });

  it("is answered three times, then refused, until a token was good or ten minutes have passed", async () => {
    const { url, metadataUrl } = world.endpoint({ challengeScope: "read" });
    const grant = grantOf(url);
    await world.connect(grant);
    const ask = async (turn: number): Promise<string[]> => {
      const { authorizeUrl } = await world.client.startAuthorization({
        ...grant,
        ...stepUp(metadataUrl, `more-${turn}`),
      });
      return new URL(authorizeUrl).searchParams.get("scope")?.split(" ") ?? [];
    };
    const limitReached = async (): Promise<void> => {
      const refusal = await refusalOf(ask(9));
      expect(refusal).toMatchObject({
        reason: "STEP_UP_LIMIT",
        metadata: { rule: "step_up", mcp_server_url: url },
      });
      expect(refusal.text).not.toContain(mark);
    };
    for (const turn of [1, 2, 3]) expect(await ask(turn)).toEqual(["read", `more-${turn}`]);
    await limitReached();
    await world.client.getToken(grant);
    for (const turn of [4, 5, 6]) await ask(turn);
    await limitReached();
    await moveClock(world.database, 11 * 60 * 1000);
    expect(await ask(7)).toContain("more-7");
    await moveClock(world.database, -11 * 60 * 1000);
  });

  it("for what the token has already is answered once", async () => {
    const { url, metadataUrl } = world.endpoint({ challengeScope: "read" });
    const grant = grantOf(url);
    await world.connect(grant);
    const again = () => world.client.startAuthorization({ ...grant, ...stepUp(metadataUrl, "read") });
    expect((await again()).authorizeUrl).toContain("scope=read");
    expect((await refusalOf(again())).reason).toBe("STEP_UP_LIMIT");
  });

  it("many times at once is three times", async () => {
    const { url, metadataUrl } = world.endpoint({ challengeScope: "read" });
    const grant = grantOf(url);
    await world.connect(grant);
    const calls = Array.from({ length: 12 }, (_, turn) =>
      world.client.startAuthorization({ ...grant, ...stepUp(metadataUrl, `at-once-${turn}`) }).then(
        () => "started",
        () => "refused",
      ),
    );
    expect((await Promise.all(calls)).filter((outcome) => outcome === "started").length).toBe(3);
  });
});

describe("grants without a browser", () => {
  const namespace = `n-${randomUUID().slice(0, 8)}`;
  const acquire = (mcpServerUrl: string, more = {}) =>
    world.client.acquireToken({
      ...grantOf(mcpServerUrl, { namespace }),
      grant: AcquireGrant.CLIENT_CREDENTIALS,
      ...more,
    });

  it("need a client that an operator registered for them", async () => {
    const { url } = world.endpoint();
    expect(await refusalOf(acquire(url))).toMatchObject({
      reason: "CLIENT_REGISTRATION_REQUIRED",
      metadata: { rule: "client_registration", mcp_server_url: url },
    });
    expect(world.as.registrations).toEqual([]);
  });

  it("send a person's token to no identity provider that only the caller names, and to none inside", async () => {
    const { url } = world.endpoint();
    const subjectToken = canary("subject_token");
    world.as.addClient({ clientId: "by-hand", secret: "by-hand-secret" });
    const client = { namespace, clientId: "by-hand", clientSecret: "by-hand-secret" };
    const grantTypes = [
      "urn:ietf:params:oauth:grant-type:jwt-bearer",
      "urn:ietf:params:oauth:grant-type:token-exchange",
    ];
    await world.admin.registerOAuthClient({ ...client, issuer: world.as.issuer, grantTypes });
    await world.admin.registerOAuthClient({ ...client, issuer: `https://${INSIDE}`, grantTypes });
    const inside = `http://127.0.0.1:${world.canary.port}`;
    await world.admin.registerOAuthClient({ ...client, issuer: inside, grantTypes });
    const exchange = (identityProvider: string) =>
      refusalOf(
        acquire(url, {
          grant: AcquireGrant.ENTERPRISE_MANAGED,
          subjectToken,
          subjectTokenType: SubjectTokenType.ID_TOKEN,
          identityProvider,
        }),
      );
    expect((await exchange(world.evilAs.issuer)).reason).toBe("CLIENT_REGISTRATION_REQUIRED");
    expect((await exchange("http://idp.example.com")).reason).toBe("INVALID_REQUEST");
    for (const issuer of [`https://${INSIDE}`, inside]) {
      const refusal = await exchange(issuer);
      expect(refusal.reason).toBe("EGRESS_DENIED");
      expect(refusal.text).not.toContain(subjectToken);
    }
    const sent = [...world.as.requests, ...world.evilAs.requests].filter(({ body }) =>
      body.includes(subjectToken),
    );
    expect(sent).toEqual([]);
  });
});

describe("the caller's own mistakes", () => {
  it.each([
    "",
    "mcp.example.com/mcp",
    "ftp://mcp.example.com",
    "http://mcp.example.com/mcp",
    "https://user:pass@mcp.example.com/mcp",
    "https://mcp.example.com/mcp#x",
    "https://mcp.example.com:8443/mcp",
    `https://mcp.example.com/${"x".repeat(3000)}`,
    "https://mcp.example.com/\u0000",
    "https://",
    "javascript:alert(1)",
  ])("%j", async (mcpServerUrl) => {
    const { reason } = await refusalOf(world.client.startAuthorization(grantOf(mcpServerUrl)));
    expect(reason).toMatch(/^(INVALID_REQUEST|EGRESS_DENIED)$/);
    const checked = world.client.checkMcpServer({ mcpServerUrl });
    if (reason === "INVALID_REQUEST") expect((await refusalOf(checked)).reason).toBe(reason);
    else expect(await checked).toMatchObject({ ready: false, reason });
  });

  it("a query of the URL, which may be a secret, is in no log line", async () => {
    const secret = canary("query_of_a_url");
    const url = `${world.endpoint().url}?key=${secret}`;
    await world.client.startAuthorization(grantOf(url)).catch(() => undefined);
    await world.client.checkMcpServer({ mcpServerUrl: url }).catch(() => undefined);
    expect(JSON.stringify(world.broker.logLines).includes(secret)).toBe(false);
  });
});

it("state, code, verifier and secrets are in no log line", async () => {
  const grant = grantOf(world.endpoint().url);
  const { authorizeUrl } = await world.client.startAuthorization({ ...grant, redirectUri: `${APP}/done` });
  await visitToEnd(authorizeUrl);
  const state = new URL(authorizeUrl).searchParams.get("state") ?? "never";
  const [exchange] = world.as.requestsTo(world.as.paths.token);
  const log = JSON.stringify(world.broker.logLines);
  const told = [
    state,
    exchange?.form["code"],
    exchange?.form["code_verifier"],
    mark,
    ...world.as.issued,
  ].filter((secret) => secret !== undefined && log.includes(secret));
  expect(told.length).toBe(0);
  expect((await databaseText(world.database)).includes(state)).toBe(false);
});
