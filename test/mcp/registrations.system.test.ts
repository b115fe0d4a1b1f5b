import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { generateFernetKey } from "../../src/crypto/index.ts";
import { type Database, openDatabase } from "../../src/store/index.ts";
import { silentLogger } from "../../src/telemetry/index.ts";
import { startTestApp, type TestApp } from "../support/app.ts";
import { moveClock, storeUnderTest, type TestDatabaseSource } from "../support/database.ts";
import { freePort } from "../support/free-port.ts";
import type { AuthorizationServer } from "../support/mcp/authorization-server.ts";
import {
  APP,
  connectThrough,
  type GrantKey,
  grantOf,
  refusalOf,
  useMcpWorld,
  visitToEnd,
} from "../support/mcp/world.ts";

/** Clients that the broker registers: shared by replicas, kept across restarts, each for one issuer, dropped when its server does not know it any more. */

const postgresql = storeUnderTest("postgresql");
const open: Database[] = [];
let source: TestDatabaseSource;
const openAgain = async (): Promise<Database> => {
  source ??= await postgresql.source();
  const database = await openDatabase(source, { logger: silentLogger });
  open.push(database);
  return database;
};
afterAll(async () => {
  for (const database of open) await database.close();
});

const key = generateFernetKey();
const callbackPort = await freePort();

const settings = {
  CONNECT_TOKEN_ENCRYPTION_KEY: key,
  CONNECT_API_BASE: `http://localhost:${callbackPort}`,
};

const world = useMcpWorld({
  store: { ...postgresql, open: openAgain },
  env: () => ({ ...settings, BROKER_HTTP_ADDR: `127.0.0.1:${callbackPort}` }),
});

const listed = () => ({
  ...settings,
  BROKER_ALLOW_INSECURE_LOOPBACK: [world.mcp, world.as, world.evilMcp, world.evilAs]
    .map(({ host }) => host)
    .join(","),
});

/** Another replica; callbacks still come to the first. */
const startReplica = async (env = {}): Promise<TestApp> =>
  startTestApp({ database: await openAgain(), env: { ...listed(), ...env } });

let replica: TestApp;
/** Waits one second for a provider. */
let impatient: TestApp;
beforeAll(async () => {
  replica = await startReplica();
  impatient = await startReplica({ BROKER_PROVIDER_TIMEOUT_SECONDS: "1" });
});
afterAll(async () => {
  await replica[Symbol.asyncDispose]();
  await impatient[Symbol.asyncDispose]();
});

const clientIdOf = (authorizeUrl: string): string =>
  new URL(authorizeUrl).searchParams.get("client_id") ?? "";

const start = async (grant: GrantKey, client = world.client): Promise<string> =>
  clientIdOf((await client.startAuthorization(grant)).authorizeUrl);

/** The client of the first grant since the test began. */
const grantedTo = ({ grants }: AuthorizationServer): string => grants[0]?.clientId ?? "";

/** Refreshes; the reason it did not work, or "refreshed". */
const refresh = async (grant: GrantKey): Promise<string> => {
  const { version } = await world.client.getToken(grant);
  const call = world.client.refreshToken({ ...grant, version });
  return await call.then(
    () => "refreshed",
    async () => (await refusalOf(call)).reason,
  );
};

describe("one registration", () => {
  it("for twenty starts at once on two replicas", async () => {
    const { url } = world.endpoint();
    world.as.on(world.as.paths.register, async () => {
      registrations += 1;
      return { status: 201, delayMs: 300, json: { client_id: `slow-${registrations}` } };
    });
    let registrations = 0;
    const clients = [world.client, replica.client()];
    const ids = await Promise.all(
      Array.from({ length: 20 }, (_, turn) => start(grantOf(url), clients[turn % 2])),
    );
    expect(new Set(ids)).toEqual(new Set(["slow-1"]));
    expect(registrations).toBe(1);
  });

  it("if the first attempt fails, the next one's", async () => {
    const { url } = world.endpoint();
    let attempts = 0;
    world.as.on(world.as.paths.register, () => {
      attempts += 1;
      return attempts === 1 ? { status: 503 } : { status: 201, json: { client_id: "second" } };
    });
    expect((await refusalOf(start(grantOf(url)))).reason).toBe("PROVIDER_UNAVAILABLE");
    expect([await start(grantOf(url)), await start(grantOf(url), replica.client())]).toEqual([
      "second",
      "second",
    ]);
    expect(attempts).toBe(2);
  });

  it("that hangs is given up in time, by all who wait for it, and tried anew by the next", async () => {
    const { url } = world.endpoint();
    world.as.on(world.as.paths.register, { fault: "hang" });
    const calls = [impatient.client(), impatient.client()];
    const begun = performance.now();
    const reasons = await Promise.all(
      calls.map(async (client) => (await refusalOf(start(grantOf(url), client))).reason),
    );
    expect(reasons).toEqual(["PROVIDER_UNAVAILABLE", "PROVIDER_UNAVAILABLE"]);
    expect(performance.now() - begun).toBeLessThan(2500);
    world.as.reset();
    expect(await start(grantOf(url))).toMatch(/^client-/);
  });

  it("whose owner died is taken over; should it end all the same, there is one client", async () => {
    const { url } = world.endpoint();
    let registrations = 0;
    world.as.on(world.as.paths.register, () => {
      registrations += 1;
      return {
        status: 201,
        delayMs: registrations === 1 ? 600 : 0,
        json: { client_id: `taken-${registrations}` },
      };
    });
    const slow = start(grantOf(url));
    await expect.poll(() => registrations).toBe(1);
    await moveClock(world.database, 21_000);
    const quick = await start(grantOf(url), replica.client());
    expect([quick, await slow]).toEqual(["taken-2", "taken-2"]);
    await moveClock(world.database, -21_000);
  });

  it("is there after a restart, with its secret", async () => {
    const { url } = world.endpoint();
    const grant = grantOf(url);
    expect(await world.connect(grant)).toMatchObject({ success: "true" });
    const clientId = grantedTo(world.as);
    {
      await using later = await startReplica();
      expect(await start(grantOf(url), later.client())).toBe(clientId);
      const { version } = await later.client().getToken(grant);
      await later.client().refreshToken({ ...grant, version });
    }
    expect(world.as.registrations.length).toBe(1);
    expect(world.as.grants.map((granted) => granted.clientId)).toEqual([clientId, clientId]);
  });

  it("serves a flow that began on another replica", async () => {
    const grant = grantOf(world.endpoint().url);
    expect(await connectThrough(replica.client(), grant)).toMatchObject({ success: "true" });
    expect((await replica.client().getToken(grant)).accessToken).toBe(
      (await world.client.getToken(grant)).accessToken,
    );
  });
});

it("says what the client is: refresh tokens, one callback, and an application type that goes with it", async () => {
  await start(grantOf(world.endpoint().url));
  expect(world.as.registrations[0]).toMatchObject({
    application_type: "native",
    grant_types: ["authorization_code", "refresh_token"],
    response_types: ["code"],
    redirect_uris: [expect.stringContaining(`${settings.CONNECT_API_BASE}/connect/callback/mcp/`)],
  });
  await using hosted = await startReplica({
    BROKER_MODE: "development",
    CONNECT_API_BASE: "https://broker.example",
    BROKER_MCP_CLIENT_METADATA_URL: "off",
  });
  await start(grantOf(world.endpoint().url), hosted.client());
  expect(world.as.registrations[1]).toMatchObject({
    application_type: "web",
    redirect_uris: [expect.stringContaining("https://broker.example/connect/callback/mcp/")],
  });
});

describe("what real servers answer", () => {
  const registerWith = async (
    answer: Record<string, unknown>,
    { status = 201, imposed = undefined as string | undefined } = {},
  ) => {
    world.as.settings.registration = { status, answer };
    world.as.settings.imposedMethod = imposed;
    const before = world.as.requestsTo(world.as.paths.token).length;
    const grant = grantOf(world.endpoint().url);
    expect(await world.connect(grant)).toMatchObject({ success: "true" });
    expect(await refresh(grant)).toBe("refreshed");
    const sent = world.as.requestsTo(world.as.paths.token).slice(before);
    // What stands where a secret may, for each request: never the secret itself, which a failure would print.
    return sent.map(({ headers, form }) => [headers["authorization"]?.slice(0, 5), "client_secret" in form]);
  };

  it("200 in the place of 201", async () => {
    expect(await registerWith({}, { status: 200 })).toHaveLength(2);
  });

  it.each([undefined, null, 0, "", "0"])("a secret that ends %j", async (end) => {
    expect(await registerWith({ client_secret_expires_at: end })).toHaveLength(2);
  });

  it("another method than was asked for", async () => {
    const twice = <T>(what: T): T[] => [what, what];
    expect(await registerWith({})).toEqual(twice(["Basic", false]));
    expect(await registerWith({}, { imposed: "client_secret_post" })).toEqual(twice([undefined, true]));
    expect(await registerWith({}, { imposed: "none" })).toEqual(twice([undefined, false]));
  });

  it("the methods that it lists decide", async () => {
    world.as.settings.metadata = { token_endpoint_auth_methods_supported: ["none"] };
    await registerWith({});
    expect(world.as.registrations[0]?.["token_endpoint_auth_method"]).toBe("none");
    world.as.settings.metadata = {
      token_endpoint_auth_methods_supported: ["client_secret_post", "private_key_jwt"],
    };
    await registerWith({});
    expect(world.as.registrations[1]?.["token_endpoint_auth_method"]).toBe("client_secret_post");
  });

  it.each([
    "invalid_redirect_uri",
    "invalid_client_metadata",
    "unapproved_software_statement",
    "something_else <script>",
  ])("a refusal: %s", async (refusal) => {
    world.as.settings.registration = { status: 201, answer: {}, refusal };
    const { url } = world.endpoint();
    const refused = await refusalOf(start(grantOf(url)));
    expect(refused).toMatchObject({
      reason: "CLIENT_REGISTRATION_REQUIRED",
      metadata: { rule: "client_registration", mcp_server_url: url, cause: "registration_refused" },
    });
    expect(refused.text).not.toMatch(/CANARY|script/);
    expect(refused.text).toContain("RegisterOAuthClient");
  });

  it("no way to register", async () => {
    world.as.settings.metadata = { registration_endpoint: undefined };
    const { url } = world.endpoint();
    expect(await refusalOf(start(grantOf(url)))).toMatchObject({
      reason: "CLIENT_REGISTRATION_REQUIRED",
      metadata: { rule: "client_registration", cause: "no_registration_endpoint" },
    });
  });

  it("a secret that ends is renewed before a flow could outlive it", async () => {
    const { url } = world.endpoint();
    const end = Math.floor(Date.now() / 1000) + 7200;
    world.as.settings.registration.answer = { client_secret_expires_at: end };
    const first = await start(grantOf(url));
    expect(await start(grantOf(url))).toBe(first);
    await moveClock(world.database, 7_000_000);
    const second = await start(grantOf(url));
    expect(second).not.toBe(first);
    expect(world.as.registrations.length).toBe(2);
    await moveClock(world.database, -7_000_000);
  });

  it("a secret that ended long ago does not make the broker register for ever", async () => {
    const { url } = world.endpoint();
    world.as.settings.registration.answer = { client_secret_expires_at: 1 };
    const started = await Promise.allSettled([start(grantOf(url)), start(grantOf(url))]);
    expect(world.as.registrations.length).toBeLessThanOrEqual(4);
    expect(started.map(({ status }) => status)).toEqual(["fulfilled", "fulfilled"]);
  });
});

describe("a client that its server does not know any more", () => {
  it("is dropped at a refresh, once, and a new consent is asked for", async () => {
    const { url } = world.endpoint();
    const [grant, second] = [grantOf(url), grantOf(url)];
    await world.connect(grant);
    await world.connect(second);
    const clientId = grantedTo(world.as);
    world.as.forget(clientId);
    expect(await refresh(grant)).toBe("REAUTHORIZATION_REQUIRED");
    expect(await refresh(second)).toBe("REAUTHORIZATION_REQUIRED");
    const requests = world.as.requestsTo(world.as.paths.token).length;
    await refresh(second);
    expect(world.as.requestsTo(world.as.paths.token).length).toBe(requests);
    expect(await world.connect(grant)).toMatchObject({ success: "true" });
    expect(await world.connect(second)).toMatchObject({ success: "true" });
    expect(world.as.registrations.length).toBe(2);
    expect(await refresh(grant)).toBe("refreshed");
  });

  it("does not keep a grant from being revoked", async () => {
    const grant = grantOf(world.endpoint().url);
    await world.connect(grant);
    world.as.forget(grantedTo(world.as));
    expect(await refresh(grant)).toBe("REAUTHORIZATION_REQUIRED");
    await world.client.revokeConnection(grant);
    expect((await refusalOf(world.client.getToken(grant))).reason).toBe("CONNECTION_NOT_FOUND");
  });

  it("is dropped at an exchange", async () => {
    const { url } = world.endpoint();
    const grant = grantOf(url);
    const { authorizeUrl } = await world.client.startAuthorization({ ...grant, redirectUri: `${APP}/done` });
    const response = await fetch(authorizeUrl, { redirect: "manual" });
    world.as.forget(clientIdOf(authorizeUrl));
    expect((await visitToEnd(response.headers.get("location") ?? ""))["success"]).toBeUndefined();
    expect(await world.connect(grant)).toMatchObject({ success: "true" });
    expect(world.as.registrations.length).toBe(2);
  });

  it("is dropped on every replica", async () => {
    const { url } = world.endpoint();
    const grant = grantOf(url);
    await world.connect(grant);
    const clientId = grantedTo(world.as);
    world.as.forget(clientId);
    await refresh(grant);
    expect(await start(grantOf(url), replica.client())).not.toBe(clientId);
    expect(world.as.registrations.length).toBe(2);
  });

  it("is not replaced again and again by a server that refuses every one", async () => {
    const { url } = world.endpoint();
    world.as.on(world.as.paths.token, { status: 401, json: { error: "invalid_client" } });
    for (let turn = 0; turn < 4; turn += 1)
      expect((await world.connect(grantOf(url)))["success"]).toBeUndefined();
    expect(world.as.registrations.length).toBeLessThanOrEqual(2);
  });

  it("is an operator's: it is kept, and the operator told", async () => {
    const namespace = `n-${randomUUID().slice(0, 8)}`;
    world.as.addClient({ clientId: "by-hand", secret: "by-hand-secret" });
    await world.admin.registerOAuthClient({
      namespace,
      issuer: world.as.issuer,
      clientId: "by-hand",
      clientSecret: "by-hand-secret",
    });
    const grant = grantOf(world.endpoint().url, { namespace });
    await world.connect(grant);
    world.as.forget("by-hand");
    expect(await refresh(grant)).not.toBe("refreshed");
    const { clients } = await world.admin.listOAuthClients({ namespace });
    expect(clients.map(({ clientId }) => clientId)).toEqual(["by-hand"]);
    expect(world.as.registrations).toEqual([]);
  });
});

describe("a server that moves to another issuer", () => {
  const endpointBehind = (path: string, server: typeof world.as) =>
    world.mcp.add({ path, authorizationServers: [server.issuer], verify: server.verify });

  it("and back finds its old client; neither issuer hears of the other's", async () => {
    const path = `/${randomUUID()}/mcp`;
    const { url } = endpointBehind(path, world.as);
    const grant = grantOf(url);
    expect(await world.connect(grant)).toMatchObject({ success: "true" });
    const first = grantedTo(world.as);
    const secret = world.as.clients.get(first)?.secret ?? "";

    endpointBehind(path, world.evilAs);
    // The grant is the old issuer's until a person consents anew.
    expect(await refresh(grant)).toBe("refreshed");
    expect(world.evilAs.requests).toEqual([]);
    expect(await world.connect(grant)).toMatchObject({ success: "true" });
    const second = grantedTo(world.evilAs);
    expect(second).not.toBe(first);
    expect(await refresh(grant)).toBe("refreshed");
    for (const { body, headers } of world.evilAs.requests) {
      expect(body).not.toContain(first);
      expect(body).not.toContain(secret);
      expect(Buffer.from(headers["authorization"]?.slice(6) ?? "", "base64").toString()).not.toContain(
        secret,
      );
    }

    endpointBehind(path, world.as);
    expect(await world.connect(grant)).toMatchObject({ success: "true" });
    expect(world.as.grants.at(-1)?.clientId).toBe(first);
    expect([world.as.registrations.length, world.evilAs.registrations.length]).toEqual([1, 1]);
  });

  it("a client that is refused after that is dropped at its own issuer alone", async () => {
    const path = `/${randomUUID()}/mcp`;
    const { url } = endpointBehind(path, world.as);
    const grant = grantOf(url);
    await world.connect(grant);
    endpointBehind(path, world.evilAs);
    await world.connect(grant);
    const second = grantedTo(world.evilAs);
    world.evilAs.forget(second);
    expect(await refresh(grant)).toBe("REAUTHORIZATION_REQUIRED");
    endpointBehind(path, world.as);
    expect(await world.connect(grant)).toMatchObject({ success: "true" });
    expect(world.as.registrations.length).toBe(1);
    endpointBehind(path, world.evilAs);
    expect(await world.connect(grant)).toMatchObject({ success: "true" });
    expect(world.evilAs.registrations.length).toBe(2);
  });
});
