/** Which client an authorization uses, with the real store and an authorization server without sockets. */
import { randomUUID } from "node:crypto";
import { beforeAll, describe, expect, it } from "vitest";
import { Secret } from "../../src/config/index.ts";
import { chooseClient } from "../../src/mcp/clients/choose-client.ts";
import type { McpDeps } from "../../src/mcp/deps.ts";
import type { Discovered } from "../../src/mcp/discovered.ts";
import type { ServerMetadata } from "../../src/mcp/server-metadata.ts";
import type { Database } from "../../src/store/index.ts";
import { silentLogger } from "../../src/telemetry/index.ts";
import { systemClock } from "../../src/time.ts";
import { newKeyRing, storeOn } from "../store/fixtures.ts";
import { canary } from "../support/canaries.ts";
import { moveClock, storeUnderTest } from "../support/database.ts";
import { budget, json, type StubAnswer, stubEgress } from "../support/mcp/stub-egress.ts";

const DOCUMENT_URL = "https://broker.test/connect/mcp-client/{id}";
const SHARED_URL = "https://broker.test/client.json";
const FLOW_SECONDS = 720;

describe("the client of an authorization", () => {
  const backend = storeUnderTest("postgresql");
  let database: Database;
  const keyRing = newKeyRing();
  beforeAll(async () => {
    database = await backend.open();
  });

  /** A new issuer, and what is known of it. */
  const setUp = (
    options: {
      readonly server?: Partial<ServerMetadata>;
      readonly config?: Partial<McpDeps["config"]>;
      readonly answers?: (issuer: string) => readonly StubAnswer[];
    } = {},
  ) => {
    const issuer = `https://${randomUUID()}.test`;
    const registrationEndpoint = `${issuer}/register`;
    const server: ServerMetadata = {
      issuer,
      authorizationEndpoint: `${issuer}/authorize`,
      tokenEndpoint: `${issuer}/token`,
      registrationEndpoint,
      revocationEndpoint: "",
      authMethods: ["client_secret_basic"],
      grantTypes: undefined,
      scopesSupported: undefined,
      s256: true,
      issPromised: false,
      takesDocuments: false,
      protectedResources: [],
      ...options.server,
    };
    const issued = () =>
      json({ client_id: `c-${randomUUID()}`, client_secret: canary("registered_secret") }, 201)();
    const egress = stubEgress({ [registrationEndpoint]: options.answers?.(issuer) ?? issued });
    const depsOf = (config: Partial<McpDeps["config"]> = {}): McpDeps => {
      const store = storeOn(database, keyRing);
      return {
        config: {
          clientName: "Broker",
          clientMetadataUrl: undefined,
          clients: [],
          trust: [],
          crossDomain: "deny",
          assumeS256: [],
          legacy: false,
          ...options.config,
          ...config,
        },
        egress,
        clients: store.oauthClients,
        tokens: store.tokens,
        callbackUrl: (key) => `https://broker.test/connect/callback/mcp/${key}`,
        discoveryMs: 10_000,
        flowSeconds: FLOW_SECONDS,
        clock: systemClock,
        logger: silentLogger,
      };
    };
    const found = (changes: Partial<Discovered> = {}): Discovered => ({
      serverUrl: "https://h.test/mcp",
      challenge: undefined,
      resource: "https://h.test/mcp",
      resourceMetadataUrl: "",
      authorizationServers: [issuer],
      scopesOfResource: undefined,
      server,
      warnings: [],
      budget,
      ...changes,
    });
    const choose = (namespace = "default", changes: Partial<Discovered> = {}, deps = depsOf()) =>
      chooseClient(deps, namespace, found(changes));
    return { issuer, egress, choose, depsOf, byHand: depsOf().clients };
  };

  const newByHand = (clientId: string) => ({
    clientId,
    secret: "s",
    secretExpiresAt: undefined,
    tokenEndpointAuthMethod: "",
    grantTypes: [],
    metadata: {},
  });

  it("is the namespace's own before the environment's, and both before what the broker could make", async () => {
    const environment = (issuer: string) => ({
      name: "env",
      issuer,
      clientId: "c-env",
      secret: new Secret("s"),
      method: undefined,
      signingAlgorithm: "ES256" as const,
      keyId: "",
      grantTypes: [],
    });
    const { issuer, egress, choose, depsOf, byHand } = setUp({
      server: { takesDocuments: true },
      config: { clientMetadataUrl: DOCUMENT_URL },
    });
    const deps = depsOf({ clients: [environment(`${issuer}/`), environment(issuer)] });
    expect((await choose("default", {}, deps)).client).toMatchObject({
      clientId: "c-env",
      source: "pre_registered",
    });
    await byHand.put(
      { namespace: "default", issuer, resource: "", redirectUri: "" },
      newByHand("c-own"),
      false,
    );
    expect((await choose("default", {}, deps)).client).toMatchObject({
      clientId: "c-own",
      source: "pre_registered",
    });
    expect((await choose("other", {}, deps)).client).toMatchObject({ clientId: "c-env" });
    expect((await choose("other")).client).toMatchObject({ source: "metadata_document" });
    expect(egress.requests).toEqual([]);
  });

  it("is a document of its own for each server, where the issuer takes documents", async () => {
    const { choose } = setUp({
      server: { takesDocuments: true },
      config: { clientMetadataUrl: DOCUMENT_URL },
    });
    const [first, again, other] = [
      await choose(),
      await choose(),
      await choose("default", { resource: "https://h.test/other" }),
    ];
    expect(first.client.clientId).toBe(
      DOCUMENT_URL.replace("{id}", first.client.registrationId.replace("mcp:", "")),
    );
    expect(first.client).toMatchObject({ source: "metadata_document", secret: undefined, method: "none" });
    expect(again.client.clientId).toBe(first.client.clientId);
    expect(other.client.clientId).not.toBe(first.client.clientId);
  });

  it("is the one document for all only where answers name their issuer", async () => {
    const config = { clientMetadataUrl: SHARED_URL };
    const promised = await setUp({ server: { takesDocuments: true, issPromised: true }, config }).choose();
    expect(promised).toMatchObject({
      client: { clientId: SHARED_URL },
      callbackUrl: "https://broker.test/connect/callback/mcp/shared",
    });
    const silent = await setUp({ server: { takesDocuments: true }, config }).choose();
    expect(silent.client.source).toBe("dynamic_registration");
    expect(silent.callbackUrl).not.toContain("shared");
  });

  it("is another document when the operator has moved them", async () => {
    const { choose, depsOf } = setUp({
      server: { takesDocuments: true },
      config: { clientMetadataUrl: DOCUMENT_URL },
    });
    const before = await choose();
    const moved = await choose("default", {}, depsOf({ clientMetadataUrl: "https://broker.test/new/{id}" }));
    expect(moved.client.clientId).toMatch(/^https:\/\/broker\.test\/new\//);
    expect(moved.client.registrationId).not.toBe(before.client.registrationId);
  });

  it("is registered once by 20 starts in 4 replicas, and shared", async () => {
    const { choose, depsOf, egress } = setUp();
    const replicas = Array.from({ length: 4 }, () => depsOf());
    const chosen = await Promise.all(
      Array.from({ length: 20 }, (_, index) => choose("default", {}, replicas[index % 4])),
    );
    expect(new Set(chosen.map(({ client }) => client.clientId))).toHaveLength(1);
    expect(chosen.every(({ client }) => client.secret?.reveal().includes("CANARY"))).toBe(true);
    expect(egress.requests).toHaveLength(1);
  });

  it("is shared by no other namespace, resource or issuer", async () => {
    const { choose, egress } = setUp();
    const ids = [
      await choose(),
      await choose("other"),
      await choose("default", { resource: "https://h.test" }),
      await setUp().choose(),
    ].map(({ client }) => client.clientId);
    expect(new Set(ids)).toHaveLength(4);
    expect(
      egress.requests.map(({ body }) => (JSON.parse(body) as { client_name: string }).client_name),
    ).toEqual(Array.from({ length: 3 }, () => "Broker (h.test)"));
  });

  it("is registered anew when its secret ends before the flow would", async () => {
    const endsIn = (seconds: number) => () =>
      json(
        {
          client_id: `c-${randomUUID()}`,
          client_secret: "s",
          client_secret_expires_at: Math.floor(Date.now() / 1000) + seconds,
        },
        201,
      )();
    const { choose, egress } = setUp({ answers: () => [endsIn(FLOW_SECONDS + 600), endsIn(86_400)] });
    const first = await choose();
    expect((await choose()).client.clientId).toBe(first.client.clientId);
    await moveClock(database, 700_000);
    const second = await choose();
    expect(second.client.clientId).not.toBe(first.client.clientId);
    expect(egress.requests).toHaveLength(2);
  });

  it("is left to the next caller when the server refuses or fails", async () => {
    const good = json({ client_id: "c-1" }, 201);
    const { choose, egress } = setUp({
      answers: () => [json({ error: "invalid_redirect_uri" }, 400), json({}, 503), good],
    });
    await expect(choose()).rejects.toMatchObject({ code: "CLIENT_REGISTRATION_REQUIRED" });
    await expect(choose()).rejects.toMatchObject({ code: "PROVIDER_UNAVAILABLE" });
    expect((await choose()).client).toMatchObject({ clientId: "c-1", secret: undefined });
    expect(egress.requests).toHaveLength(3);
  });

  it("is none where the issuer offers no way to get one", async () => {
    const { choose, egress } = setUp({ server: { registrationEndpoint: "" } });
    await expect(choose()).rejects.toMatchObject({
      code: "CLIENT_REGISTRATION_REQUIRED",
      metadata: { cause: "no_registration_endpoint", rule: "client_registration" },
    });
    expect(egress.requests).toEqual([]);
  });
});
