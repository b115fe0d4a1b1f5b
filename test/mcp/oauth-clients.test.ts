/** The clients that operators register, list and remove. */
import { generateKeyPairSync, randomUUID } from "node:crypto";
import { beforeAll, describe, expect, it } from "vitest";
import { Secret } from "../../src/config/index.ts";
import {
  createOAuthClients,
  type McpDeps,
  type OAuthClients,
  type RegisterOAuthClientRequest,
} from "../../src/mcp/index.ts";
import type { Database, Store } from "../../src/store/index.ts";
import { grantKey, pins, stored, storeOn } from "../store/fixtures.ts";
import { canary } from "../support/canaries.ts";
import { storeUnderTest } from "../support/database.ts";
import { refusal } from "../tokens/token-fixture.ts";

const ISSUER = "https://as.test";

describe("operators' OAuth clients", () => {
  const backend = storeUnderTest("postgresql");
  let database: Database;
  let store: Store;
  let clients: OAuthClients;
  beforeAll(async () => {
    database = await backend.open();
    store = storeOn(database);
    const environment = {
      name: "env",
      issuer: "https://env.test",
      clientId: "c-env",
      secret: new Secret("s"),
      method: undefined,
      signingAlgorithm: "ES256",
      keyId: "",
      grantTypes: [],
    };
    clients = createOAuthClients({
      config: { clients: [environment] },
      clients: store.oauthClients,
      tokens: store.tokens,
      callbackUrl: (key: string) => `https://broker.test/connect/callback/mcp/${key}`,
    } as unknown as McpDeps);
  });

  const newNamespace = () => `n-${randomUUID().slice(0, 8)}`;
  const request = (changes: Partial<RegisterOAuthClientRequest> = {}): RegisterOAuthClientRequest => ({
    namespace: newNamespace(),
    issuer: ISSUER,
    clientId: "c-1",
    clientSecret: new Secret(canary("operators_secret")),
    ...changes,
  });

  it("are shown with the callback to register at the server, and without their secret", async () => {
    const secretExpiresAt = new Date("2033-05-18T03:33:20Z");
    const given = request({ secretExpiresAt });
    const view = await clients.register(given);
    expect(view).toMatchObject({
      namespace: given.namespace,
      issuer: ISSUER,
      resource: "",
      clientId: "c-1",
      source: "rpc",
      secretExpiresAt,
      grantTypes: ["authorization_code", "refresh_token"],
    });
    expect(view.callbackUrl).toMatch(/^https:\/\/broker\.test\/connect\/callback\/mcp\/[\w-]{22}$/);
    expect(JSON.stringify(view)).not.toContain("CANARY");
    expect((await clients.list({ namespace: given.namespace })).clients).toContainEqual(view);
  });

  it("are one for each issuer, until one shall take another's place", async () => {
    const given = request();
    const first = await clients.register(given);
    expect(await refusal(clients.register(given))).toMatchObject({ code: "OAUTH_CLIENT_ALREADY_EXISTS" });
    const second = await clients.register({ ...given, clientId: "c-2", replace: true });
    expect(second.id).not.toBe(first.id);
    expect(await clients.register({ ...given, issuer: `${ISSUER}/` })).toMatchObject({
      issuer: `${ISSUER}/`,
    });
  });

  it.each<[string, Partial<RegisterOAuthClientRequest>, string[]]>([
    ["an issuer over http", { issuer: "http://as.test" }, ["issuer"]],
    ["an issuer with a query", { issuer: "https://as.test?x" }, ["issuer"]],
    ["no client id", { clientId: "" }, ["client_id"]],
    ["a client id with blanks around it", { clientId: " c " }, ["client_id"]],
    ["a secret with a line break", { clientSecret: new Secret("a\nb") }, ["client_secret"]],
    [
      "a method without its secret",
      { clientSecret: undefined, tokenEndpointAuthMethod: "client_secret_basic" },
      ["client_secret"],
    ],
    ["an unknown method", { tokenEndpointAuthMethod: "tls_client_auth" }, ["token_endpoint_auth_method"]],
    ["an unknown algorithm", { signingAlgorithm: "none" }, ["signing_algorithm"]],
    ["an unknown grant type", { grantTypes: ["password"] }, ["grant_types"]],
    ["a key that is none", { privateKey: new Secret("nonsense"), clientSecret: undefined }, ["private_key"]],
    [
      "everything at once",
      { issuer: "x", clientId: "", grantTypes: ["x"] },
      ["issuer", "grant_types", "client_id"],
    ],
  ])("are refused with %s, by the names of the contract", async (_, changes, fields) => {
    const given = request(changes);
    const error = await refusal(clients.register(given));
    expect(error).toMatchObject({ code: "INVALID_REQUEST" });
    expect(
      (error as { fieldViolations: { field: string }[] }).fieldViolations.map(({ field }) => field),
    ).toEqual(fields);
    expect((await clients.list({ namespace: given.namespace })).clients).toHaveLength(1);
  });

  it("may sign", async () => {
    const { privateKey } = generateKeyPairSync("ed25519");
    const key = new Secret(privateKey.export({ type: "pkcs8", format: "pem" }).toString());
    const given = request({
      clientSecret: undefined,
      privateKey: key,
      signingAlgorithm: "EdDSA",
      keyId: "k",
    });
    expect(await clients.register(given)).toMatchObject({ tokenEndpointAuthMethod: "private_key_jwt" });
  });

  it("are listed after the environment's, page by page, each page for its own listing", async () => {
    const namespace = newNamespace();
    for (const issuer of ["https://a.test", "https://b.test", "https://c.test"])
      await clients.register(request({ namespace, issuer }));
    const first = await clients.list({ namespace, pageSize: 2 });
    expect(first.clients.map(({ source }) => source)).toEqual(["environment", "rpc", "rpc"]);
    const second = await clients.list({ namespace, pageSize: 2, pageToken: first.nextPageToken });
    expect([second.clients.map(({ source }) => source), second.nextPageToken]).toEqual([["rpc"], ""]);
    const issuers = [...first.clients, ...second.clients].map(({ issuer }) => issuer).toSorted();
    expect(issuers).toEqual(["https://a.test", "https://b.test", "https://c.test", "https://env.test"]);
    for (const other of [
      { namespace: newNamespace() },
      { namespace, all: true },
      { namespace, pageToken: "nonsense" },
    ])
      expect(await refusal(clients.list({ pageToken: first.nextPageToken, ...other }))).toMatchObject({
        code: "INVALID_REQUEST",
        fieldViolations: [{ field: "page_token" }],
      });
    expect(await refusal(clients.list({ namespace, pageSize: -1 }))).toMatchObject({
      fieldViolations: [{ field: "page_size" }],
    });
  });

  it("are removed when no grant needs them, or when they shall be all the same", async () => {
    const given = request();
    const { namespace = "" } = given;
    const { id } = await clients.register(given);
    const key = grantKey({ namespace, provider: "", mcpServerUrl: "https://h.test/mcp" });
    await stored(store, { pins: pins({ registrationId: `mcp:${id}` }) }, key);
    expect(await refusal(clients.remove({ namespace, id }))).toMatchObject({
      code: "OAUTH_CLIENT_IN_USE",
      metadata: { count: "1" },
    });
    expect(await refusal(clients.remove({ namespace: newNamespace(), id, force: true }))).toMatchObject({
      code: "OAUTH_CLIENT_NOT_FOUND",
    });
    await clients.remove({ namespace, id: id.toUpperCase(), force: true });
    for (const gone of [id, randomUUID()])
      expect(await refusal(clients.remove({ namespace, id: gone }))).toMatchObject({
        code: "OAUTH_CLIENT_NOT_FOUND",
      });
    expect(await refusal(clients.remove({ namespace, id: "x" }))).toMatchObject({ code: "INVALID_REQUEST" });
  });
});
