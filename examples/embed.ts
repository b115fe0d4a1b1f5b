/**
 * The broker inside a TypeScript program: a provider registered in code, RPC and callback on the program's own HTTP server, and the
 * token manager called in process. It asserts what it shows and exits non-zero when something is not so.
 *
 * The provider is a small OAuth server in this file, so the program needs nothing but the package.
 */
import assert from "node:assert/strict";
import { createHash, randomBytes, randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from "node:http";
import { type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { createBroker, loadConfig, registry } from "token-broker";

const directory = mkdtempSync(join(tmpdir(), "token-broker-embed-"));
const provider = await listen(createServer(oauthServer()));
const host = await listen(createServer());

// 1. A provider that no environment variable names.
registry.register({
  name: "acme",
  clientId: "acme-client",
  clientSecret: "acme-secret",
  authorizeUrl: `${provider.url}/authorize`,
  tokenUrl: `${provider.url}/token`,
  defaultScopes: ["files.read"],
});

// 2. The broker, with settings from wherever the program keeps them.
const { config } = loadConfig({
  BROKER_DATA_DIR: join(directory, "data"),
  CONNECT_API_BASE: host.url,
  CONNECT_DEFAULT_REDIRECT_URI: `${host.url}/connected`,
  BROKER_ALLOW_INSECURE_LOOPBACK: new URL(provider.url).host,
});
const broker = await createBroker({ config });

// 3. Its routes beside the program's own.
host.server.on("request", (request: IncomingMessage, response: ServerResponse) => {
  if (broker.rpcHandler(request, response) || broker.callbackHandler(request, response)) {
    return;
  }
  response.end(`the program's own page for ${request.url ?? ""}`);
});

try {
  // 4. The program asks for a link over its own server, as another service would.
  const grant = { connectionId: randomUUID(), userId: "ada", provider: "acme" };
  const { authorizeUrl } = await rpc("StartAuthorization", grant);
  console.log("a person opens", new URL(String(authorizeUrl)).origin);

  // 5. A browser follows it: provider, callback, and back to the program.
  const page = await fetch(String(authorizeUrl));
  const landed = new URL(page.url);
  assert.equal(landed.pathname, "/connected");
  assert.equal(landed.searchParams.get("success"), "true");
  assert.equal(landed.searchParams.get("connection_id"), grant.connectionId);

  // 6. In process: a token that works now.
  const accessToken = await broker.tokens.getValidToken(grant);
  const files = await fetch(`${provider.url}/files`, {
    headers: { authorization: `Bearer ${accessToken}` },
  });
  assert.deepEqual(await files.json(), ["plan.txt"]);
  console.log("the token opened", `${provider.url}/files`);

  // 7. The same token for other services, by RPC.
  const answer = await rpc("GetToken", grant);
  assert.equal(answer["accessToken"], accessToken);
  console.log("in process and by RPC, one token: version", answer["version"]);
} finally {
  await broker.close();
  host.server.close();
  provider.server.close();
  rmSync(directory, { recursive: true, force: true });
}

async function rpc(method: string, message: object): Promise<Record<string, unknown>> {
  const response = await fetch(`${host.url}/tokenbroker.v1.TokenBrokerService/${method}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(message),
  });
  const answer = (await response.json()) as Record<string, unknown>;
  assert.equal(response.status, 200, `${method}: ${JSON.stringify(answer)}`);
  return answer;
}

async function listen(server: Server): Promise<{ server: Server; url: string }> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

/** Authorization code with PKCE; everybody who comes says yes. */
function oauthServer(): RequestListener {
  const challenges = new Map<string, string>();
  const tokens = new Set<string>();

  const authorize = (url: URL, response: ServerResponse) => {
    const code = randomBytes(16).toString("hex");
    challenges.set(code, url.searchParams.get("code_challenge") ?? "");
    const back = new URL(url.searchParams.get("redirect_uri") ?? "");
    back.searchParams.set("code", code);
    back.searchParams.set("state", url.searchParams.get("state") ?? "");
    response.writeHead(302, { location: back.href }).end();
  };

  const exchange = async (request: IncomingMessage, response: ServerResponse) => {
    const form = new URLSearchParams(await text(request));
    const credentials = Buffer.from("acme-client:acme-secret").toString("base64");
    const proof = createHash("sha256")
      .update(form.get("code_verifier") ?? "")
      .digest("base64url");
    const expected = challenges.get(form.get("code") ?? "");
    challenges.delete(form.get("code") ?? "");
    if (request.headers.authorization !== `Basic ${credentials}` || expected !== proof) {
      return json(response, 400, { error: "invalid_grant" });
    }
    const token = randomBytes(24).toString("base64url");
    tokens.add(token);
    return json(response, 200, { access_token: token, token_type: "Bearer", expires_in: 3600 });
  };

  const files = (request: IncomingMessage, response: ServerResponse) => {
    const [, token = ""] = request.headers.authorization?.split("Bearer ") ?? [];
    return tokens.has(token)
      ? json(response, 200, ["plan.txt"])
      : json(response, 401, { error: "invalid_token" });
  };

  return (request, response) => {
    const url = new URL(request.url ?? "/", "http://127.0.0.1");
    if (url.pathname === "/authorize") {
      authorize(url, response);
    } else if (url.pathname === "/token") {
      void exchange(request, response);
    } else {
      files(request, response);
    }
  };
}

function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}
