import { createHash, randomBytes } from "node:crypto";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type AuthorizationServer, startAuthorizationServer } from "./authorization-server.ts";
import { countAccepted, knock, startCanary } from "./canaries.ts";
import { type McpServer, startMcpServer } from "./mcp-server.ts";

/** The honest servers keep their rules without any broker: what a client does wrong here, they notice. */

let mcp: McpServer;
let as: AuthorizationServer;
beforeAll(async () => {
  mcp = await startMcpServer();
  as = await startAuthorizationServer();
});
afterAll(async () => {
  await mcp[Symbol.asyncDispose]();
  await as[Symbol.asyncDispose]();
});

const CALLBACK = "http://localhost:9/callback";

const call = (url: string, token?: string) =>
  fetch(url, {
    method: "POST",
    headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
    body: JSON.stringify({ method: "tools/list" }),
  });

interface Client {
  readonly client_id: string;
  readonly client_secret: string;
}

const register = async (): Promise<Client> => {
  const response = await fetch(`${as.url}/register`, {
    method: "POST",
    body: JSON.stringify({ redirect_uris: [CALLBACK], token_endpoint_auth_method: "client_secret_post" }),
  });
  return (await response.json()) as Client;
};

const consent = async ({ client_id }: Client, changes: Record<string, string> = {}) => {
  const verifier = randomBytes(32).toString("base64url");
  const query = new URLSearchParams({
    client_id,
    redirect_uri: CALLBACK,
    response_type: "code",
    code_challenge: createHash("sha256").update(verifier).digest("base64url"),
    code_challenge_method: "S256",
    resource: `${mcp.url}/mcp`,
    scope: "read",
    state: "s",
    ...changes,
  });
  const response = await fetch(`${as.url}/authorize?${query.toString()}`, { redirect: "manual" });
  const back = new URL(response.headers.get("location") ?? "http://nowhere.example");
  return { verifier, back: back.searchParams };
};

const exchange = (fields: Record<string, string>) =>
  fetch(`${as.url}/token`, { method: "POST", body: new URLSearchParams(fields) });

it("a token is good where it was issued for, with the scopes that it has, and nowhere else", async () => {
  const endpoint = { authorizationServers: [as.issuer], verify: as.verify };
  const { url, metadataUrl } = mcp.add({ ...endpoint, path: "/mcp" });
  const other = mcp.add({ ...endpoint, path: "/other" });
  const unasked = await call(url);
  expect([unasked.status, unasked.headers.get("www-authenticate")]).toEqual([
    401,
    `Bearer resource_metadata="${metadataUrl}"`,
  ]);
  expect(await (await fetch(metadataUrl)).json()).toMatchObject({
    resource: url,
    authorization_servers: [as.issuer],
  });

  const client = await register();
  const { verifier, back } = await consent(client);
  expect([back.get("state"), back.get("iss")]).toEqual(["s", as.issuer]);
  const fields = {
    ...client,
    grant_type: "authorization_code",
    code: back.get("code") ?? "",
    code_verifier: verifier,
    redirect_uri: CALLBACK,
    resource: url,
  };
  const answer = (await (await exchange(fields)).json()) as { access_token: string; refresh_token: string };
  expect((await call(url, answer.access_token)).status).toBe(200);
  expect((await call(other.url, answer.access_token)).status).toBe(401);
  mcp.add({ ...endpoint, path: "/mcp", requiredScopes: ["write"] });
  const narrow = await call(url, answer.access_token);
  expect([narrow.status, narrow.headers.get("www-authenticate")]).toEqual([
    403,
    expect.stringContaining('error="insufficient_scope"'),
  ]);

  const refresh = {
    ...client,
    grant_type: "refresh_token",
    refresh_token: answer.refresh_token,
    resource: url,
  };
  expect((await exchange(refresh)).status).toBe(200);
  expect((await exchange(refresh)).status).toBe(400);
  as.forget(client.client_id);
  expect((await exchange(refresh)).status).toBe(401);
});

it.each([
  ["another verifier", { code_verifier: "x".repeat(43) }],
  ["another redirect URI", { redirect_uri: "http://localhost:9/other" }],
  ["another resource", { resource: "http://127.0.0.1:9/mcp" }],
  ["no resource", { resource: "" }],
  ["another secret", { client_secret: "wrong" }],
])("no token for %s", async (_, changes) => {
  const client = await register();
  const { verifier, back } = await consent(client);
  const response = await exchange({
    ...client,
    grant_type: "authorization_code",
    code: back.get("code") ?? "",
    code_verifier: verifier,
    redirect_uri: CALLBACK,
    resource: `${mcp.url}/mcp`,
    ...changes,
  });
  expect(response.ok).toBe(false);
});

it("no code without PKCE or without a resource", async () => {
  const client = await register();
  expect((await consent(client, { code_challenge_method: "plain" })).back.get("error")).toBe(
    "invalid_request",
  );
  expect((await consent(client, { code_challenge: "short" })).back.get("error")).toBe("invalid_request");
});

it("a path answers what a test says, until it is itself again", async () => {
  mcp.on("/mcp", { status: 418 });
  expect((await call(`${mcp.url}/mcp`)).status).toBe(418);
  mcp.reset();
  expect(mcp.requests.length).toBe(0);
  expect((await call(`${mcp.url}/mcp`)).status).toBe(401);
});

it("canaries count what connects", async () => {
  await using canary = await startCanary();
  using accepted = countAccepted();
  expect([canary.connections, accepted.on(canary.port)]).toEqual([0, 0]);
  await knock("127.0.0.1", canary.port);
  await expect.poll(() => [canary.connections, accepted.on(canary.port)]).toEqual([1, 1]);
});
