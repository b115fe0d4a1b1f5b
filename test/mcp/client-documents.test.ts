import { randomUUID } from "node:crypto";
import { request } from "node:http";
import { describe, expect, it } from "vitest";
import { OAuthClientSource } from "../../gen/ts/tokenbroker/v1/admin_pb.ts";
import { type GrantKey, grantOf, type McpWorld, refusalOf, useMcpWorld } from "../support/mcp/world.ts";

/** Client ID Metadata Documents: the broker's own, which authorization servers fetch from its public listener. */

const BASE = "https://broker.example/clients";

/** What an authorization server does: it fetches the URL that is the client id, here from the listener behind the public name. */
const fetchesFrom = (world: McpWorld) => async (clientId: string) => {
  const response = await fetch(clientId.replace("https://broker.example", world.broker.httpUrl));
  return (await response.json()) as Record<string, unknown>;
};

const clientIdOf = async (world: McpWorld, grant: GrantKey): Promise<string> =>
  new URL((await world.client.startAuthorization(grant)).authorizeUrl).searchParams.get("client_id") ?? "";

describe("with a document for each server and issuer", () => {
  const world = useMcpWorld({ env: () => ({ BROKER_MCP_CLIENT_METADATA_URL: `${BASE}/{id}.json` }) });

  it("names the server's host and one callback, and works to the end", async () => {
    world.as.settings.fetchDocument = fetchesFrom(world);
    const grant = grantOf(world.endpoint().url);
    const clientId = await clientIdOf(world, grant);
    expect(clientId).toMatch(/^https:\/\/broker\.example\/clients\/[0-9a-f-]{36}\.json$/);
    const document = await fetchesFrom(world)(clientId);
    expect(document).toMatchObject({
      client_id: clientId,
      client_name: expect.stringContaining(world.mcp.host),
      redirect_uris: [expect.stringMatching(/\/connect\/callback\/mcp\/[\w-]{22}$/)],
      token_endpoint_auth_method: "none",
    });
    expect(JSON.stringify(document)).not.toContain("client_secret");
    expect(await world.connect(grant)).toMatchObject({ success: "true" });
    const { version } = await world.client.getToken(grant);
    await world.client.refreshToken({ ...grant, version });
    expect(world.as.grants.map((granted) => granted.clientId)).toEqual([clientId, clientId]);
    expect(world.as.registrations).toEqual([]);
  });

  it("servers, issuers and namespaces share none", async () => {
    world.as.settings.fetchDocument = fetchesFrom(world);
    world.evilAs.settings.fetchDocument = fetchesFrom(world);
    const [one, two, three] = [world.endpoint().url, world.endpoint().url, world.evilEndpoint().url];
    const ids = [
      await clientIdOf(world, grantOf(one)),
      await clientIdOf(world, grantOf(two)),
      await clientIdOf(world, grantOf(three)),
      await clientIdOf(world, grantOf(one, { namespace: "red" })),
    ];
    expect(new Set(ids).size).toBe(4);
    expect(await clientIdOf(world, grantOf(one))).toBe(ids[0]);
    const callbacks = await Promise.all(
      ids.map(async (id) => String((await fetchesFrom(world)(id))["redirect_uris"])),
    );
    expect(new Set(callbacks).size).toBe(3);
  });

  it("an issuer that does not say that it fetches documents gets none", async () => {
    for (const value of [undefined, false, "true", 1]) {
      world.as.settings.metadata = { client_id_metadata_document_supported: value };
      expect(await clientIdOf(world, grantOf(world.endpoint().url))).toMatch(/^client-/);
    }
  });

  it("a server that refuses the document is not answered with another registration", async () => {
    world.as.settings.fetchDocument = fetchesFrom(world);
    const grant = grantOf(world.endpoint().url);
    await world.connect(grant);
    world.as.on(world.as.paths.token, { status: 401, json: { error: "invalid_client" } });
    const { version } = await world.client.getToken(grant);
    await refusalOf(world.client.refreshToken({ ...grant, version }));
    world.as.on(world.as.paths.token, { status: 401, json: { error: "invalid_client" } });
    expect((await world.connect(grant))["success"]).toBeUndefined();
    expect(world.as.registrations).toEqual([]);
  });

  it("is there for clients that exist, and for nobody's guess", async () => {
    world.as.settings.fetchDocument = fetchesFrom(world);
    const id = await clientIdOf(world, grantOf(world.endpoint().url));
    const path = new URL(id).pathname;
    const get = async (target: string, method = "GET") => {
      const response = await fetch(world.broker.httpUrl + target, { method });
      await response.text();
      return response.status;
    };
    expect([
      await get(path),
      await get(path, "HEAD"),
      await get(path, "POST"),
      await get(path, "DELETE"),
    ]).toEqual([200, 200, 405, 405]);
    const dynamic = await clientIdOf(world, grantOf(world.evilEndpoint().url));
    const { clients } = await world.admin.listOAuthClients({ all: true });
    const registered = clients.find(({ clientId }) => clientId === dynamic);
    expect(registered?.source).toBe(OAuthClientSource.DYNAMIC_REGISTRATION);
    const others = [
      `/clients/${randomUUID()}.json`,
      `/clients/${registered?.id ?? ""}.json`,
      "/clients/.json",
      "/clients/{id}.json",
      `/clients/..%2f${randomUUID()}.json`,
      `${path}/`,
      path.toUpperCase(),
      `/x${path}`,
    ];
    for (const other of others) expect([other, await get(other)]).toEqual([other, 404]);
  });

  it("a document is never what a request made of it", async () => {
    world.as.settings.fetchDocument = fetchesFrom(world);
    const { pathname } = new URL(await clientIdOf(world, grantOf(world.endpoint().url)));
    const plain = await (await fetch(world.broker.httpUrl + pathname)).text();
    const { hostname, port } = new URL(world.broker.httpUrl);
    const twisted = await new Promise<string>((resolve, reject) => {
      const headers = {
        host: "evil.example",
        "x-forwarded-host": "evil.example",
        "x-forwarded-proto": "http",
      };
      request({ hostname, port, path: `${pathname}?client_name=evil`, headers }, (response) => {
        let text = "";
        response.on("data", (chunk) => (text += String(chunk))).on("end", () => resolve(text));
      })
        .on("error", reject)
        .end();
    });
    expect(twisted).toBe(plain);
    expect(plain).not.toContain("evil");
  });
});

describe("with one document for all", () => {
  const world = useMcpWorld({ env: () => ({ BROKER_MCP_CLIENT_METADATA_URL: `${BASE}/shared.json` }) });

  it("is used only where iss tells whose answer it is", async () => {
    world.as.settings.fetchDocument = fetchesFrom(world);
    const { url } = world.endpoint();
    expect(await clientIdOf(world, grantOf(url))).toBe(`${BASE}/shared.json`);
    expect(await world.connect(grantOf(url))).toMatchObject({ success: "true" });
    world.as.settings.sendsIss = false;
    expect(await clientIdOf(world, grantOf(world.endpoint().url))).toMatch(/^client-/);
  });

  it("an answer of another issuer under the shared callback gets nowhere", async () => {
    world.as.settings.fetchDocument = fetchesFrom(world);
    world.evilAs.settings.fetchDocument = fetchesFrom(world);
    // The attacker promises iss, sends people to the honest server, and waits for the code.
    world.evilAs.settings.metadata = { authorization_endpoint: world.as.url + world.as.paths.authorize };
    const grant = grantOf(world.evilEndpoint().url);
    expect(await world.connect(grant)).toMatchObject({ error: "issuer_mismatch" });
    world.as.settings.sendsIss = false;
    expect(await world.connect(grant)).toMatchObject({ error: "issuer_mismatch" });
    expect(world.evilAs.requestsTo(world.evilAs.paths.token)).toEqual([]);
  });
});
