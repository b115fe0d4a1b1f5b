import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import { connect, createSecureServer, type Http2SecureServer } from "node:http2";
import { Agent, request as httpsRequest } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { exportJWK, generateKeyPair, SignJWT } from "jose";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { TokenBrokerAdminService } from "../../gen/ts/tokenbroker/v1/admin_pb.ts";
import { TokenBrokerLoginService } from "../../gen/ts/tokenbroker/v1/login_pb.ts";
import { TokenBrokerService } from "../../gen/ts/tokenbroker/v1/token_broker_service_pb.ts";
import { newApiKey } from "../../src/access/index.ts";
import { rpcMethods } from "../../src/config/index.ts";
import { generateFernetKey } from "../../src/crypto/index.ts";
import { type Broker, createBroker } from "../../src/embed.ts";
import { createLogger } from "../../src/telemetry/index.ts";
import { certificatePath, pemOf } from "../access/certificates.ts";
import { canary, recordOutput } from "../support/canaries.ts";
import { storeUnderTest } from "../support/database.ts";
import { load } from "../support/load-config.ts";
import { startTestProvider, type TestProvider } from "../support/provider.ts";
import { acmeEnv } from "./acme-app.ts";
import { type RpcAnswer, answerOf, rowOf } from "./rpc-calls.ts";

const SERVICES = [TokenBrokerService, TokenBrokerLoginService, TokenBrokerAdminService];
const METHODS = SERVICES.flatMap(({ methods }) => methods);
const NAMES = METHODS.map(({ name }) => name);
const pathOf = (rpc: string): string => {
  const method = METHODS.find(({ name }) => name === rpc);
  return `/${method?.parent.typeName}/${rpc}`;
};

const isStream = (rpc: string): boolean =>
  METHODS.some(({ name, methodKind }) => name === rpc && methodKind !== "unary");
const END_OF_STREAM = 2;
/** Connect's, of the codes that these calls end with. */
const STATUS: Readonly<Record<string, number>> = {
  unauthenticated: 401,
  permission_denied: 403,
  not_found: 404,
};

const directory = mkdtempSync(join(tmpdir(), "token-broker-access-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));
const write = (name: string, text: string): string => {
  writeFileSync(join(directory, name), text);
  return join(directory, name);
};

/** What a caller presents: headers, and the name of a certificate. */
interface Credential {
  readonly headers?: Readonly<Record<string, string>>;
  readonly certificate?: string;
}

const ROLES = ["own", "foreign", "few"] as const;
type Role = (typeof ROLES)[number];
const WAYS = ["mTLS", "JWT", "API key"] as const;
type Way = (typeof WAYS)[number];

const keys = { own: newApiKey("own"), foreign: newApiKey("foreign"), few: newApiKey("few") };
const CERTIFICATES: Readonly<Record<Role, string>> = { own: "good", foreign: "ops", few: "of-other" };

const POLICY = `rules:
  - name: own
    callers: [own, "jwt:mesh:own", "spiffe://corp.example/ns/billing/sa/api"]
    namespaces: team
    methods: ["*", "admin:*"]
    providers: ["*", "mcp:**"]
    users: any
  - name: elsewhere
    callers: [foreign, "jwt:mesh:foreign", "spiffe://corp.example/ns/ops/sa/admin"]
    namespaces: elsewhere
    methods: ["*", "admin:*"]
    providers: ["*", "mcp:**"]
    users: any
  - name: few
    callers: [few, "jwt:mesh:few", "spiffe://other.example/**"]
    namespaces: team
    methods: GetProvider
    providers: "*"
  - name: narrow
    callers: [own]
    namespaces: narrow
    methods: "*"
    providers: [acme]
    users: ["svc-*", subject]
    scopes: [read]
    min_ttl: 1m
    max_ttl: 1h
    redirect_uris: [localhost]
  - name: writers
    callers: [own]
    namespaces: narrow
    methods: [ImportToken, RegisterProvider, GetAuthorization]
    providers: ["*"]
    users: any
  - name: operators
    callers: [own, "jwt:mesh:own", "spiffe://corp.example/ns/billing/**"]
    namespaces: "**"
    methods: [RotateKeys, GetKeyStatus]
    providers: "**"
    users: any
  - name: people
    callers: "person:app:*"
    namespaces: team
    methods: "*"
    providers: "*"
    users: any
`;

describe("who may call what", () => {
  const store = storeUnderTest("postgresql");
  let broker: Broker;
  let provider: TestProvider;
  let server: Http2SecureServer;
  let port = 0;
  let pair: Awaited<ReturnType<typeof generateKeyPair>>;
  const auditLines: string[] = [];
  const grant = { connectionId: randomUUID(), userId: "ada", provider: "acme", namespace: "team" };
  let authorizationId = "";

  const jwt = (claims: Readonly<Record<string, string>>, by = pair): Promise<string> =>
    new SignJWT({ iss: "https://mesh.example", aud: "broker", ...claims })
      .setProtectedHeader({ alg: "ES256", kid: "k" })
      .setIssuedAt()
      .setExpirationTime("5m")
      .sign(by.privateKey);
  const personToken = (sub: string): Promise<string> =>
    jwt({ iss: "https://people.example", aud: "people", sub });
  const bearer = (token: string): Credential => ({ headers: { authorization: `Bearer ${token}` } });

  const credential = async (way: Way, role: Role): Promise<Credential> => {
    if (way === "mTLS") return { certificate: CERTIFICATES[role] };
    return bearer(way === "JWT" ? await jwt({ sub: role }) : keys[role].key);
  };
  const forged = async (way: Way): Promise<Credential> => {
    if (way === "mTLS") return { certificate: "two-uris" };
    if (way === "API key") return bearer(keys.own.key.slice(0, -4).concat("AAAA"));
    return bearer(await jwt({ sub: "own" }, await generateKeyPair("ES256", { extractable: true })));
  };

  /** Connections are kept, each with its certificate: what a caller may do is judged with every call on it. */
  const agents = new Map<string | undefined, Agent>();
  const agentOf = (name: string | undefined): Agent => {
    const known = agents.get(name);
    if (known) return known;
    const own = name === undefined ? {} : { cert: pemOf(name), key: pemOf("leaf.key") };
    const agent = new Agent({ keepAlive: true, rejectUnauthorized: false, ...own });
    agents.set(name, agent);
    return agent;
  };

  const call = async (
    rpc: string,
    body: object | string,
    { headers = {}, certificate }: Credential,
  ): Promise<RpcAnswer> => {
    if (isStream(rpc)) return callStream(rpc, body, { headers, ...(certificate && { certificate }) });
    const sent = httpsRequest({
      host: "127.0.0.1",
      port,
      path: pathOf(rpc),
      method: "POST",
      agent: agentOf(certificate),
      headers: { "content-type": "application/json", ...headers },
    });
    sent.end(JSON.stringify(body));
    const [response] = (await once(sent, "response")) as [IncomingMessage];
    const text = (await response.toArray()).join("");
    const answered = new Headers(
      Object.entries(response.headers).map(([name, value]) => [name, String(value)]),
    );
    return answerOf(rpc, response.statusCode ?? 0, answered, text);
  };
  /** The first message of a stream, or the error that it ends with, as the answer of a call. */
  const callStream = async (
    rpc: string,
    body: object | string,
    { headers = {}, certificate }: Credential,
  ): Promise<RpcAnswer> => {
    const message = Buffer.from(JSON.stringify(body));
    const frame = Buffer.alloc(5 + message.length);
    frame.writeUInt32BE(message.length, 1);
    message.copy(frame, 5);
    const own = certificate === undefined ? {} : { cert: pemOf(certificate), key: pemOf("leaf.key") };
    const sent = httpsRequest({
      host: "127.0.0.1",
      port,
      path: pathOf(rpc),
      method: "POST",
      rejectUnauthorized: false,
      ...own,
      headers: { "content-type": "application/connect+json", ...headers },
    });
    sent.on("error", () => {});
    sent.end(frame);
    const [response] = (await once(sent, "response")) as [IncomingMessage];
    let received = Buffer.alloc(0);
    for await (const chunk of response) {
      received = Buffer.concat([received, chunk as Buffer]);
      if (received.length >= 5 && received.length >= 5 + received.readUInt32BE(1)) break;
    }
    sent.destroy();
    const text = received.subarray(5, 5 + received.readUInt32BE(1)).toString();
    const { error } = JSON.parse(text) as { error?: { code: string } };
    if (received[0] !== END_OF_STREAM || !error) return answerOf(rpc, 200, new Headers(), text);
    return answerOf(rpc, STATUS[error.code] ?? 500, new Headers(), JSON.stringify(error));
  };
  const asOwn = (rpc: string, body: object | string): Promise<RpcAnswer> =>
    call(rpc, body, bearer(keys.own.key));

  beforeAll(async () => {
    pair = await generateKeyPair("ES256", { extractable: true });
    const jwks = write(
      "jwks.json",
      JSON.stringify({ keys: [{ ...(await exportJWK(pair.publicKey)), kid: "k" }] }),
    );
    const clientSecret = canary("client_secret");
    provider = await startTestProvider({ clients: { client: clientSecret } });
    const source = await store.source();
    if (source.kind !== "postgresql") throw new Error("PostgreSQL was asked for");
    const { config } = load({
      ...acmeEnv(provider, clientSecret),
      CONNECT_TOKEN_ENCRYPTION_KEY: generateFernetKey(),
      BROKER_API_KEYS_FILE: write(
        "keys",
        Object.values(keys)
          .map(({ line }) => line)
          .join("\n"),
      ),
      BROKER_POLICY_FILE: write("policy.yaml", POLICY),
      BROKER_RPC_TLS_CLIENT_CA_FILE: `corp.example=${certificatePath("corp")},other.example=${certificatePath("other")}`,
      BROKER_CORS_ORIGINS: "https://app.example.com",
      BROKER_JWT_ISSUERS_FILE: write(
        "issuers.yaml",
        `issuers:
  - {name: mesh, issuer: "https://mesh.example", audience: broker, jwks_file: ${jwks}}
subjects:
  - {name: app, issuer: "https://people.example", audience: people, jwks_file: ${jwks}}
`,
      ),
    });
    const logger = createLogger({
      level: "debug",
      destination: { write: (line) => recordOutput("log", line) },
    });
    broker = await createBroker({
      config,
      databaseUrl: source.url.reveal(),
      logger,
      jobs: false,
      writeAuditLine: (line) => auditLines.push(line),
    });
    const tls = (name: string): string =>
      readFileSync(join(import.meta.dirname, "../oauth/tls", name), "utf8");
    server = createSecureServer({
      allowHTTP1: true,
      requestCert: true,
      rejectUnauthorized: false,
      cert: tls("good.pem"),
      key: tls("good.key.pem"),
    });
    server.on("request", (request, response) => {
      if (!broker.rpcHandler(request, response)) response.writeHead(404).end();
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    ({ port } = server.address() as AddressInfo);
    await asOwn("ImportToken", { ...grant, accessToken: canary("access_token"), scopes: ["read", "write"] });
    const definition = { authorizeUrl: "https://own.example/a", tokenUrl: "https://own.example/t" };
    const client = { clientId: "client", clientSecret: canary("client_secret") };
    await asOwn("RegisterProvider", { name: "made", namespace: "team", ...client, ...definition });
    const started = await asOwn("StartAuthorization", { ...grant, redirectUri: "http://localhost:9/x" });
    authorizationId = String(started.json["authorizationId"]);
  });
  afterAll(async () => {
    for (const agent of agents.values()) agent.destroy();
    server.close();
    await broker.close();
    await provider.close();
  });

  interface Row {
    readonly request: () => object;
    /** The answer is there, and tells of each item in its place. */
    readonly inPlace?: true;
    /** The reason that a caller of foreign rights gets; empty = an empty answer. */
    readonly foreign: string;
    /** The same call for what is not there. */
    readonly absent?: () => object;
  }
  const elsewhere = (): object => ({ ...grant, connectionId: randomUUID() });
  const onGrant: Row = { request: () => grant, foreign: "CONNECTION_NOT_FOUND", absent: elsewhere };
  const onProvider: Row = {
    request: () => ({ name: "made", namespace: "team" }),
    absent: () => ({ name: "nobody", namespace: "team" }),
    foreign: "PROVIDER_NOT_FOUND",
  };
  const refused = (request: () => object): Row => ({ request, foreign: "PERMISSION_DENIED" });
  const inPlace = (around: (one: object) => object): Row => ({
    request: () => around(grant),
    absent: () => around(elsewhere()),
    foreign: "CONNECTION_NOT_FOUND",
    inPlace: true,
  });
  const namespace = "team";

  /** Every RPC of the contract: a new one fails here until it has a row. */
  const ROWS: Readonly<Record<string, Row>> = {
    StartAuthorization: refused(() => ({ ...grant, redirectUri: "http://localhost:9/x" })),
    CompleteAuthorization: {
      request: () => ({ ticket: canary("ticket"), userId: "ada", namespace }),
      absent: () => ({ ticket: canary("ticket"), userId: "ada", namespace }),
      foreign: "TICKET_REJECTED",
    },
    GetAuthorization: {
      request: () => ({ authorizationId, namespace }),
      absent: () => ({ authorizationId: randomUUID(), namespace }),
      foreign: "AUTHORIZATION_NOT_FOUND",
    },
    GetToken: onGrant,
    BatchGetTokens: inPlace((one) => ({ requests: [one] })),
    WatchToken: inPlace((one) => ({ request: one })),
    WatchTokens: inPlace((one) => ({ watches: [{ request: one }] })),
    RefreshToken: onGrant,
    ImportToken: refused(() => ({
      ...grant,
      connectionId: randomUUID(),
      accessToken: canary("access_token"),
    })),
    GetConnection: onGrant,
    ListConnections: { request: () => ({ namespace }), foreign: "" },
    WatchConnections: refused(() => ({ namespace })),
    RevokeConnection: onGrant,
    RegisterProvider: refused(() => ({
      name: `p-${randomUUID().slice(0, 8)}`,
      namespace,
      clientId: "client",
      clientSecret: canary("client_secret"),
      authorizeUrl: "https://own.example/a",
      tokenUrl: "https://own.example/t",
    })),
    GetProvider: onProvider,
    ListProviders: { request: () => ({ namespace, activeOnly: true }), foreign: "" },
    VerifyProvider: { ...onProvider, request: () => ({ name: "acme", namespace }) },
    CheckMcpServer: refused(() => ({ mcpServerUrl: "https://mcp.example/", namespace })),
    AcquireToken: refused(() => ({ ...grant, grant: "ACQUIRE_GRANT_CLIENT_CREDENTIALS" })),
    DeleteProvider: onProvider,
    StartLogin: refused(() => ({ provider: "acme", redirectUri: "http://localhost:9/x", namespace })),
    CompleteLogin: {
      request: () => ({ ticket: canary("ticket"), loginId: randomUUID(), namespace }),
      absent: () => ({ ticket: canary("ticket"), loginId: randomUUID(), namespace }),
      foreign: "TICKET_REJECTED",
    },
    RegisterOAuthClient: refused(() => ({ issuer: "https://as.example", clientId: "client", namespace })),
    ListOAuthClients: { request: () => ({ namespace }), foreign: "" },
    DeleteOAuthClient: {
      request: () => ({ id: randomUUID(), namespace }),
      absent: () => ({ id: randomUUID(), namespace }),
      foreign: "OAUTH_CLIENT_NOT_FOUND",
    },
    RotateKeys: refused(() => ({})),
    GetKeyStatus: refused(() => ({})),
    BlockConnections: refused(() => ({ namespace, provider: "acme", userId: "nobody" })),
    UnblockConnections: refused(() => ({ namespace, provider: "acme", userId: "nobody" })),
    RevokeConnections: refused(() => ({ namespace, provider: "acme", userId: "nobody" })),
    ListAuditEvents: refused(() => ({ namespace })),
    ExplainAccess: refused(() => ({ caller: "own", method: "GetToken", namespace })),
  };

  it("knows every RPC, in the matrix and in the grammar of a policy", () => {
    expect(Object.keys(ROWS).toSorted()).toEqual(NAMES.toSorted());
    const { broker: own, login, admin } = rpcMethods;
    const known = [own, login, admin].map((names): string[] => [...names].toSorted());
    expect(known).toEqual(SERVICES.map(({ methods }) => methods.map(({ name }) => name).toSorted()));
  });

  it("finds what every call is about: none hides it in a message inside its own", () => {
    const inside = METHODS.flatMap(({ name, input }) =>
      input.fields
        .filter(({ message }) => message?.typeName.startsWith("tokenbroker."))
        .map((field) => `${name}.${field.name}`),
    );
    // The items of the others are judged one by one (`judgeItemKey`).
    expect(inside).toEqual([
      "BatchGetTokens.requests",
      "WatchToken.request",
      "WatchTokens.watches",
      "CompleteLogin.keep_tokens",
    ]);
  });

  describe.each(WAYS)("by %s", (way) => {
    it.each(NAMES)("%s is for nobody without, or with a forged identity", async (rpc) => {
      const { request } = rowOf(ROWS, rpc);
      for (const nobody of [{}, await forged(way)]) {
        const { status, error } = await call(rpc, request(), nobody);
        expect([status, error.reason]).toEqual([401, "UNAUTHENTICATED"]);
      }
    });

    it.each(NAMES)("%s is not for who may call something else", async (rpc) => {
      if (rpc === "GetProvider") return;
      const few = await credential(way, "few");
      const { error } = await call(rpc, rowOf(ROWS, rpc).request(), few);
      expect([error.code, error.reason]).toEqual(["permission_denied", "PERMISSION_DENIED"]);
      expect((await call(rpc, "not a message", few)).error.reason).toBe("PERMISSION_DENIED");
    });

    it.each(NAMES)("%s tells a caller of foreign rights what it tells where nothing is", async (rpc) => {
      const { request, foreign: reason, absent, inPlace: isInPlace } = rowOf(ROWS, rpc);
      const foreign = await call(rpc, request(), await credential(way, "foreign"));
      if (reason === "") return expect([foreign.code, foreign.text]).toEqual(["ok", "{}"]);
      if (isInPlace) expect([foreign.code, foreign.text]).toEqual(["ok", expect.stringContaining(reason)]);
      else expect(foreign.error.reason).toBe(reason);
      if (absent) {
        const nothing = await call(rpc, absent(), await credential(way, "own"));
        expect([foreign.status, foreign.text]).toEqual([nothing.status, nothing.text]);
      }
    });

    it("nothing was changed by any of them", async () => {
      expect((await asOwn("GetConnection", grant)).code).toBe("ok");
      expect((await asOwn("GetProvider", { name: "made", namespace })).code).toBe("ok");
    });

    it.each(NAMES.filter((rpc) => !["RevokeConnection", "DeleteProvider"].includes(rpc)))(
      "%s answers its caller",
      async (rpc) => {
        const answer = await call(rpc, rowOf(ROWS, rpc).request(), await credential(way, "own"));
        const reason = answer.code === "ok" ? "" : answer.error.reason;
        expect(["UNAUTHENTICATED", "PERMISSION_DENIED", "INTERNAL", "INVALID_REQUEST"]).not.toContain(reason);
      },
    );
  });

  it("two proofs are the rights of the first, and never of both", async () => {
    const both = async (certificate: string, bearerToken: string): Promise<string> => {
      const { headers } = bearer(bearerToken);
      const answer = await call("GetConnection", grant, { certificate, ...(headers && { headers }) });
      return answer.code === "ok" ? "ok" : answer.error.reason;
    };
    expect(await both("good", await jwt({ sub: "foreign" }))).toBe("ok");
    expect(await both("good", "nonsense")).toBe("ok");
    expect(await both("ops", await jwt({ sub: "own" }))).toBe("CONNECTION_NOT_FOUND");
    expect(await both("of-other", keys.own.key)).toBe("PERMISSION_DENIED");
    expect(await both("two-uris", keys.own.key)).toBe("UNAUTHENTICATED");
  });

  it("the record tells the rule, the person, and what no rule allows", async () => {
    auditLines.length = 0;
    const narrow = { ...grant, namespace: "narrow" };
    const subject = { "tokenbroker-subject-token": await personToken("ada") };
    await call(
      "ListConnections",
      { namespace: "narrow", userId: "ada" },
      { headers: { authorization: `Bearer ${keys.own.key}`, ...subject } },
    );
    await call("ListConnections", { namespace: "team" }, bearer(keys.foreign.key));
    await call(
      "GetToken",
      { ...narrow, minTtl: "7200s" },
      { headers: { authorization: `Bearer ${keys.own.key}`, ...subject } },
    );
    expect(auditLines.map((line) => JSON.parse(line) as unknown)).toMatchObject([
      { method: "ListConnections", caller: "own", subject: "ada", rule: "narrow", outcome: "OK" },
      {
        method: "ListConnections",
        caller: "foreign",
        outcome: "PERMISSION_DENIED",
        details: { denied: "namespace" },
      },
      {
        method: "GetToken",
        caller: "own",
        subject: "ada",
        outcome: "PERMISSION_DENIED",
        details: { denied: "max_ttl" },
      },
    ]);
  });

  it("a client certificate is seen through HTTP/2, too", async () => {
    const session = connect(`https://127.0.0.1:${port}`, {
      rejectUnauthorized: false,
      cert: pemOf("good"),
      key: pemOf("leaf.key"),
    });
    try {
      const stream = session.request({
        ":method": "POST",
        ":path": pathOf("GetConnection"),
        "content-type": "application/json",
      });
      stream.end(JSON.stringify(grant));
      const [headers] = (await once(stream, "response")) as [Record<string, unknown>];
      expect(headers[":status"]).toBe(200);
    } finally {
      session.destroy();
    }
  });

  describe("a person's own token", () => {
    const ada = async (): Promise<Credential> => bearer(await personToken("ada"));
    const OPEN = ["StartAuthorization", "CompleteAuthorization", "ListConnections", "RevokeConnection"];

    it.each(NAMES.filter((rpc) => !OPEN.includes(rpc)))("does not open %s", async (rpc) => {
      expect((await call(rpc, rowOf(ROWS, rpc).request(), await ada())).error.reason).toBe(
        "PERMISSION_DENIED",
      );
    });

    it("starts, lists and revokes what is that person's, and nothing of others", async () => {
      const [hers, his] = ["ada", "bob"].map((userId) => ({ ...grant, userId, connectionId: randomUUID() }));
      for (const own of [hers, his])
        await asOwn("ImportToken", { ...own, accessToken: canary("access_token") });
      const start = { redirectUri: "http://localhost:9/x" };
      expect((await call("StartAuthorization", { ...hers, ...start }, await ada())).code).toBe("ok");
      expect((await call("StartAuthorization", { ...his, ...start }, await ada())).error.reason).toBe(
        "PERMISSION_DENIED",
      );
      const listed = await call("ListConnections", { namespace }, await ada());
      const connections = listed.json["connections"] as { userId: string }[];
      expect(new Set(connections.map(({ userId }) => userId))).toEqual(new Set(["ada"]));
      expect((await call("ListConnections", { namespace, userId: "bob" }, await ada())).text).toBe("{}");
      expect((await call("RevokeConnection", his ?? {}, await ada())).error.reason).toBe(
        "CONNECTION_NOT_FOUND",
      );
      const retried = await call("RevokeConnection", { ...his, allowMissing: true }, await ada());
      expect(retried.json).toEqual({ providerRevocation: "PROVIDER_REVOCATION_NOT_SUPPORTED" });
      expect((await asOwn("GetConnection", his ?? {})).code).toBe("ok");
      expect((await call("RevokeConnection", hers ?? {}, await ada())).code).toBe("ok");
      expect((await asOwn("GetConnection", hers ?? {})).error.reason).toBe("CONNECTION_NOT_FOUND");
    });

    it("opens pages of listed origins what it opens, and nothing else", async () => {
      const preflight = (rpc: string, origin: string) => options(rpc, { origin });
      for (const rpc of NAMES) {
        const { headers } = await preflight(rpc, "https://app.example.com");
        const expected = OPEN.includes(rpc) ? "https://app.example.com" : null;
        expect([rpc, headers.get("access-control-allow-origin")]).toEqual([rpc, expected]);
      }
      const foreign = await preflight("ListConnections", "https://evil.example");
      expect(foreign.headers.get("access-control-allow-origin")).toBeNull();
      const person = await ada();
      const headers = { ...person.headers, origin: "https://app.example.com" };
      const listed = await call("ListConnections", { namespace }, { headers });
      expect([listed.code, listed.headers.get("access-control-allow-origin")]).toEqual([
        "ok",
        "https://app.example.com",
      ]);
      expect(listed.headers.get("access-control-allow-credentials")).toBeNull();
    });

    const options = async (rpc: string, headers: Readonly<Record<string, string>>) => {
      const sent = httpsRequest({
        host: "127.0.0.1",
        port,
        path: pathOf(rpc),
        method: "OPTIONS",
        agent: false,
        rejectUnauthorized: false,
        headers: { ...headers, "access-control-request-method": "POST" },
      });
      sent.end();
      const [response] = (await once(sent, "response")) as [IncomingMessage];
      response.resume();
      return {
        headers: new Headers(Object.entries(response.headers).map(([name, value]) => [name, String(value)])),
      };
    };
  });

  describe("the conditions of a rule", () => {
    const narrow = { ...grant, namespace: "narrow", userId: "svc-1", connectionId: randomUUID() };
    const start = { ...narrow, redirectUri: "http://localhost:9/x", scopes: ["read"] };
    beforeAll(async () => {
      for (const [userId, scopes] of [
        ["svc-1", ["read"]],
        ["svc-wide", ["read", "write"]],
        ["bob", ["read"]],
      ] as const)
        await asOwn("ImportToken", { ...narrow, userId, scopes, accessToken: canary("access_token") });
    });
    const reasonOf = async (rpc: string, body: object, more: Readonly<Record<string, string>> = {}) => {
      const headers = { authorization: `Bearer ${keys.own.key}`, ...more };
      const answer = await call(rpc, body, { headers });
      return answer.code === "ok"
        ? "ok"
        : `${answer.error.reason} ${answer.error.metadata["condition"] ?? ""}`.trim();
    };

    it("limit the scopes that are asked for, and those that a token has", async () => {
      expect(await reasonOf("StartAuthorization", start)).toBe("ok");
      const asked = [["read", "write"], ["read write"], []];
      for (const scopes of asked)
        expect(await reasonOf("StartAuthorization", { ...start, scopes })).toBe("PERMISSION_DENIED scopes");
      for (const more of [{ keepGrantedScopes: true }, { wwwAuthenticate: "Bearer scope=admin" }])
        expect(await reasonOf("StartAuthorization", { ...start, ...more })).toBe("PERMISSION_DENIED scopes");
      expect(await reasonOf("GetToken", narrow)).toBe("ok");
      expect(await reasonOf("GetToken", { ...narrow, userId: "svc-wide" })).toBe("PERMISSION_DENIED scopes");
    });

    it("judge whose tokens of a login are kept", async () => {
      const login = { ticket: canary("ticket"), loginId: randomUUID(), namespace: "narrow" };
      const keep = (userId: string) => ({ ...login, keepTokens: { connectionId: randomUUID(), userId } });
      const ownMessage = (await asOwn("CompleteLogin", keep("svc-1"))).error.message;
      expect(ownMessage).toContain("ticket: not known");
      expect(await reasonOf("CompleteLogin", keep("bob"))).toBe("PERMISSION_DENIED subject");
    });

    it("limit min_ttl", async () => {
      expect(await reasonOf("GetToken", { ...narrow, minTtl: "3600s" })).toBe("ok");
      expect(await reasonOf("GetToken", { ...narrow, minTtl: "3601s" })).toBe("PERMISSION_DENIED max_ttl");
    });

    it("narrow the list of return addresses, and never widen it", async () => {
      const to = (redirectUri: string) => reasonOf("StartAuthorization", { ...start, redirectUri });
      expect(await to("http://127.0.0.1:9/x")).toBe("REDIRECT_URI_NOT_ALLOWED");
      expect(await to("https://localhost.evil.example/")).toBe("REDIRECT_URI_NOT_ALLOWED");
      expect(await to("javascript:alert(1)")).toBe("REDIRECT_URI_NOT_ALLOWED");
    });

    it("are for the person who is proven", async () => {
      const bob = { ...narrow, userId: "bob" };
      const subject = async (sub: string) => ({ "tokenbroker-subject-token": await personToken(sub) });
      expect(await reasonOf("GetToken", bob)).toBe("PERMISSION_DENIED subject");
      expect(await reasonOf("GetToken", bob, await subject("bob"))).toBe("ok");
      expect(await reasonOf("GetToken", bob, await subject("ada"))).toBe("CONNECTION_NOT_FOUND");
      expect(
        await reasonOf("GetToken", bob, { "tokenbroker-subject-token": await jwt({ sub: "bob" }) }),
      ).toBe("UNAUTHENTICATED");
    });

    it("hide what they do not show from lists", async () => {
      const listed = await asOwn("ListConnections", { namespace: "narrow" });
      const connections = listed.json["connections"] as { userId: string }[];
      expect(new Set(connections.map(({ userId }) => userId))).toEqual(new Set(["svc-1", "svc-wide"]));
      const active = await asOwn("ListProviders", { namespace: "narrow", activeOnly: true });
      expect((active.json["providers"] as { name: string }[]).map(({ name }) => name)).toEqual(["acme"]);
      const team = await asOwn("ListProviders", { namespace: "team", activeOnly: true });
      expect((team.json["providers"] as { name: string }[]).map(({ name }) => name)).toContain("made");
      expect((await asOwn("GetProvider", { name: "github", namespace: "narrow" })).error.reason).toBe(
        "PROVIDER_NOT_FOUND",
      );
    });

    it("are explained by ExplainAccess to operators", async () => {
      const body = { caller: "own", method: "GetToken", namespace: "team", provider: "acme", userId: "x" };
      const allowed = await asOwn("ExplainAccess", body);
      expect(allowed.json).toMatchObject({ allowed: true, rule: "own" });
      const asked = { ...body, method: "ImportToken", caller: "foreign" };
      const explained = await asOwn("ExplainAccess", asked);
      expect(explained.json["allowed"]).toBeUndefined();
      expect(explained.json["rules"]).toContainEqual({
        rule: "elsewhere",
        line: 8,
        failedCondition: "namespace",
      });
      expect((await asOwn("ExplainAccess", { ...body, method: "Nothing" })).error.reason).toBe(
        "INVALID_REQUEST",
      );
    });
  });
});
