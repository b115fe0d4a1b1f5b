import { randomUUID } from "node:crypto";
import { describe, expect, it } from "vitest";
import { McpClientSource } from "../../gen/ts/tokenbroker/v1/mcp_pb.ts";
import { canary } from "../support/canaries.ts";
import { databaseText } from "../support/mcp/database-text.ts";
import { APP, type GrantKey, grantOf, refusalOf, useMcpWorld, visitToEnd } from "../support/mcp/world.ts";

/** Several servers on one host, one authorization server for several, namespaces and people: nothing of one turns up at another. */

/** A provider of the environment at the very URLs that the authorization server has. */
const acme = { id: "acme-client", secret: canary("acme_secret") };

const world = useMcpWorld({
  env: ({ as }) => ({
    CONNECT_PROVIDERS: "acme",
    CONNECT_ACME_CLIENT_ID: acme.id,
    CONNECT_ACME_CLIENT_SECRET: acme.secret,
    CONNECT_ACME_AUTHORIZE_URL: `${as.url}/authorize`,
    CONNECT_ACME_TOKEN_URL: `${as.url}/token`,
    CONNECT_ACME_ISSUER: as.url,
  }),
});

const tokenOf = async (grant: GrantKey): Promise<string> => (await world.client.getToken(grant)).accessToken;

const callWith = async (url: string, token: string): Promise<number> => {
  const response = await fetch(url, {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/list" }),
  });
  await response.text();
  return response.status;
};

describe("servers on one host", () => {
  it("interleaved, keep grants, registrations and tokens apart", async () => {
    const base = `/${randomUUID()}`;
    const paths = ["/a", "/a/mcp", "/a/mcp/", "/a/mcp?team=1", "/a/mcp?team=2", "/b/mcp", "/A/mcp"];
    const person = { connectionId: randomUUID(), userId: `user-${randomUUID()}` };
    const servers = paths.map((path) => {
      const url = world.mcp.url + base + path;
      const resource = url;
      const [pathname = ""] = (base + path).split("?");
      const metadata = { resource, authorization_servers: [world.as.issuer] };
      return { url, resource, pathname, metadata, grant: grantOf(url, person) };
    });
    // The well-known place of a path with a query has the query, too (RFC 9728 section 3.1).
    world.mcp.on("*", ({ path, query }) => {
      const search = query.size > 0 ? `?${query.toString()}` : "";
      const described = servers.find(({ url }) => {
        const { pathname, search: own } = new URL(url);
        return (
          own === search && `/.well-known/oauth-protected-resource${pathname.replace(/\/+$/, "")}` === path
        );
      });
      return described ? { json: described.metadata } : { status: path.startsWith(base) ? 401 : 404 };
    });
    // `/a/mcp` and `/a/mcp/` have one well-known place and two resources: each is told by its challenge.
    const challenge = ({ url }: { url: string }) => ({
      httpStatus: 401,
      wwwAuthenticate: `Bearer resource_metadata="${world.mcp.url}/md/${Buffer.from(url).toString("hex")}"`,
    });
    for (const { url, metadata } of servers)
      world.mcp.on(`/md/${Buffer.from(url).toString("hex")}`, { json: metadata });

    const begun = await Promise.all(
      servers.map((server) =>
        world.client.startAuthorization({
          ...server.grant,
          ...challenge(server),
          redirectUri: `${APP}/done`,
        }),
      ),
    );
    // Back in another order than they began.
    for (const { authorizeUrl } of begun.toReversed())
      expect(await visitToEnd(authorizeUrl)).toMatchObject({ success: "true" });

    const tokens = await Promise.all(servers.map(({ grant }) => tokenOf(grant)));
    expect(new Set(tokens).size).toBe(servers.length);
    expect(tokens.map((token) => world.as.verify(token)?.resource)).toEqual(
      servers.map(({ resource }) => resource),
    );
    expect(world.as.registrations.length).toBe(servers.length);
    expect(new Set(world.as.grants.map(({ clientId }) => clientId)).size).toBe(servers.length);

    const [first] = servers;
    if (first) await world.client.revokeConnection(first.grant);
    expect(await Promise.all(servers.slice(1).map(({ grant }) => tokenOf(grant)))).toEqual(tokens.slice(1));
    expect((await refusalOf(world.client.getToken(first?.grant ?? {}))).reason).toBe("CONNECTION_NOT_FOUND");
  });

  it("two ports are two servers", async () => {
    const path = `/${randomUUID()}/mcp`;
    const [here, there] = [world.endpoint({ path }), world.evilEndpoint({ path })];
    const person = { connectionId: randomUUID(), userId: "u" };
    await world.connect(grantOf(here.url, person));
    expect((await refusalOf(world.client.getToken(grantOf(there.url, person)))).reason).toBe(
      "CONNECTION_NOT_FOUND",
    );
    await world.connect(grantOf(there.url, person));
    const [mine, theirs] = [
      await tokenOf(grantOf(here.url, person)),
      await tokenOf(grantOf(there.url, person)),
    ];
    expect([world.as.verify(mine)?.resource, world.as.verify(theirs)]).toEqual([here.resource, undefined]);
    expect([world.evilAs.verify(theirs)?.resource, world.evilAs.verify(mine)]).toEqual([
      there.resource,
      undefined,
    ]);
  });

  it("a token says where it may go: to its server's origin and nowhere else", async () => {
    const { url } = world.endpoint();
    const grant = grantOf(url);
    await world.connect(grant);
    const { usage, accessToken } = await world.client.getToken(grant);
    expect(usage?.allowedOrigins).toEqual([world.mcp.url]);
    expect(await callWith(url, accessToken)).toBe(200);
    expect(await callWith(world.endpoint().url, accessToken)).toBe(401);
  });

  it("a slash at the end of the root is no other server", async () => {
    world.mcp.add({
      path: "",
      authorizationServers: [world.as.issuer],
      verify: world.as.verify,
      metadataAt: "root",
    });
    const grant = grantOf(world.mcp.url);
    await world.connect(grant);
    const { accessToken } = await world.client.getToken({ ...grant, mcpServerUrl: `${world.mcp.url}/` });
    expect(accessToken).toBe(await tokenOf(grant));
  });
});

describe("two servers behind one authorization server", () => {
  it("share no client, no code and no token", async () => {
    const [one, two] = [world.endpoint(), world.endpoint()];
    const [first, second] = [grantOf(one.url), grantOf(two.url)];
    await world.connect(first);
    await world.connect(second);
    const [a, b] = world.as.grants;
    expect(a?.clientId).not.toBe(b?.clientId);
    expect([a?.resource, b?.resource]).toEqual([one.resource, two.resource]);
    const [token, other] = [await tokenOf(first), await tokenOf(second)];
    expect([await callWith(one.url, token), await callWith(two.url, token)]).toEqual([200, 401]);
    expect([await callWith(one.url, other), await callWith(two.url, other)]).toEqual([401, 200]);
  });

  it("are named on the consent page by their hosts", async () => {
    await world.connect(grantOf(world.endpoint().url));
    await world.connect(
      grantOf(world.evilEndpoint({ authorizationServers: [world.as.issuer], verify: world.as.verify }).url),
    );
    const names = world.as.registrations.map(({ client_name: name }) => String(name));
    expect(names).toEqual([
      expect.stringContaining(world.mcp.host),
      expect.stringContaining(world.evilMcp.host),
    ]);
    const types = world.as.registrations.map(({ application_type: type }) => type);
    expect(types).toEqual(["native", "native"]);
    expect(JSON.stringify(world.as.registrations)).not.toMatch(/user-|connection/);
  });
});

describe("namespaces and people", () => {
  it("two namespaces have a client each, and a callback each", async () => {
    const { url } = world.endpoint();
    const person = { connectionId: randomUUID(), userId: "u" };
    const [red, blue] = [
      grantOf(url, { ...person, namespace: "red" }),
      grantOf(url, { ...person, namespace: "blue" }),
    ];
    await world.connect(red);
    expect((await refusalOf(world.client.getToken(blue))).reason).toBe("CONNECTION_NOT_FOUND");
    await world.connect(blue);
    expect(new Set(world.as.grants.map(({ clientId }) => clientId)).size).toBe(2);
    const redirects = world.as.registrations.map(({ redirect_uris: uris }) => String(uris));
    expect(new Set(redirects).size).toBe(2);
    expect(await tokenOf(red)).not.toBe(await tokenOf(blue));
    const listed = await world.admin.listOAuthClients({ namespace: "red", all: true });
    expect(listed.clients.map(({ resource }) => resource)).toEqual([url]);
  });

  it("two people have one client and a token each", async () => {
    const { url } = world.endpoint();
    const [ada, bob] = [grantOf(url, { userId: "ada" }), grantOf(url, { userId: "bob" })];
    await world.connect(ada);
    await world.connect(bob);
    expect(world.as.registrations.length).toBe(1);
    expect(await tokenOf(ada)).not.toBe(await tokenOf(bob));
    expect((await refusalOf(world.client.getToken({ ...ada, userId: "bob" }))).reason).toBe(
      "CONNECTION_NOT_FOUND",
    );
  });
});

describe("an operator's client", () => {
  const namespace = `n-${randomUUID().slice(0, 8)}`;

  it("is used at its own issuer alone, whatever URLs other metadata name", async () => {
    world.as.addClient({ clientId: "by-hand", secret: "by-hand-secret", method: "client_secret_post" });
    await world.admin.registerOAuthClient({
      namespace,
      issuer: world.as.issuer,
      clientId: "by-hand",
      clientSecret: "by-hand-secret",
      tokenEndpointAuthMethod: "client_secret_post",
    });
    const grant = grantOf(world.endpoint().url, { namespace });
    expect(await world.connect(grant)).toMatchObject({ success: "true" });
    expect(world.as.grants.map(({ clientId }) => clientId)).toEqual(["by-hand"]);
    expect(world.as.registrations).toEqual([]);

    world.evilAs.settings.metadata = {
      authorization_endpoint: world.as.url + world.as.paths.authorize,
      token_endpoint: world.as.url + world.as.paths.token,
      registration_endpoint: undefined,
    };
    const evil = world.evilEndpoint();
    expect(await refusalOf(world.client.startAuthorization(grantOf(evil.url, { namespace })))).toMatchObject({
      reason: "CLIENT_REGISTRATION_REQUIRED",
      metadata: { rule: "client_registration", mcp_server_url: evil.url },
    });
    const check = await world.client.checkMcpServer({ mcpServerUrl: evil.url, namespace });
    expect(check).toMatchObject({ ready: false, clientSource: McpClientSource.UNSPECIFIED });
    expect(
      world.evilAs.requests.every(
        ({ body, headers }) => !body.includes("by-hand") && headers["authorization"] === undefined,
      ),
    ).toBe(true);
  });

  it("is another namespace's secret", async () => {
    const other = grantOf(world.endpoint().url);
    await world.connect(other);
    expect(world.as.grants.map(({ clientId }) => clientId)).not.toContain("by-hand");
    const { clients } = await world.admin.listOAuthClients({ namespace: "elsewhere", all: true });
    expect(clients).toEqual([]);
  });

  it("chooses among several authorization servers, after the one of the present grant", async () => {
    world.as.addClient({ clientId: "by-hand", secret: "by-hand-secret", method: "client_secret_post" });
    const both = [world.evilAs.issuer, world.as.issuer];
    const { url } = world.endpoint({ authorizationServers: both });
    const start = async (grant: GrantKey) =>
      new URL((await world.client.startAuthorization(grant)).authorizeUrl).host;
    expect(await start(grantOf(url))).toBe(world.evilAs.host);
    expect(await start(grantOf(url, { namespace }))).toBe(world.as.host);
    const present = grantOf(world.endpoint().url);
    await world.connect(present);
    world.mcp.add({
      path: new URL(present.mcpServerUrl).pathname,
      authorizationServers: both,
      verify: world.as.verify,
    });
    expect(await start(present)).toBe(world.as.host);
  });
});

it("a provider's client is never used because metadata name its URLs", async () => {
  const asAcme = await world.client.startAuthorization({
    connectionId: randomUUID(),
    userId: "u",
    provider: "acme",
  });
  expect(new URL(asAcme.authorizeUrl).searchParams.get("client_id")).toBe(acme.id);
  world.as.addClient({ clientId: acme.id, secret: acme.secret });
  for (const { url } of [world.endpoint(), world.evilEndpoint({ authorizationServers: [world.as.issuer] })]) {
    const { authorizeUrl } = await world.client.startAuthorization(grantOf(url));
    expect(new URL(authorizeUrl).searchParams.get("client_id")).not.toBe(acme.id);
    await world.connect(grantOf(url));
  }
  world.as.settings.metadata = { registration_endpoint: undefined };
  const { reason } = await refusalOf(world.client.startAuthorization(grantOf(world.endpoint().url)));
  expect(reason).toBe("CLIENT_REGISTRATION_REQUIRED");
  const told = world.as.requests.filter(({ body, headers }) => {
    const basic = Buffer.from(headers["authorization"]?.replace("Basic ", "") ?? "", "base64").toString();
    return (body + basic).includes(acme.secret);
  });
  expect(told.length).toBe(0);
});

it("servers hear nothing of who asks for whom", async () => {
  const grant = grantOf(world.evilEndpoint().url, { userId: "ada.lovelace@example.com", namespace: "red" });
  await world.client.checkMcpServer({ mcpServerUrl: grant.mcpServerUrl, namespace: "red" });
  await world.connect(grant, { labels: { team: "analytical" } });
  const heard = [...world.evilMcp.requests, ...world.evilAs.requests].filter(
    ({ path }) => path !== "/authorize",
  );
  expect(heard.length).toBeGreaterThan(5);
  for (const { headers, body, query } of heard) {
    const names = Object.keys(headers).filter((name) => name !== "authorization");
    expect(["accept", "connection", "content-length", "content-type", "host", "user-agent"]).toEqual(
      expect.arrayContaining(names),
    );
    expect(JSON.stringify([headers, body, [...query]])).not.toMatch(
      new RegExp(`lovelace|analytical|red"|${grant.connectionId}`),
    );
  }
});

it("secrets are in the database only sealed", async () => {
  const grant = grantOf(world.endpoint().url);
  await world.connect(grant);
  const stored = await databaseText(world.database);
  for (const secret of [...world.as.issued, ...world.evilAs.issued, "by-hand-secret"])
    expect(stored.includes(secret)).toBe(false);
  expect(JSON.stringify(world.broker.logLines)).not.toMatch(/CANARY-|by-hand-secret/);
});
