/**
 * AcquireToken on real parts: database, egress, sockets. One server is everything on the other side, each part under a path of its own: an MCP server, its
 * authorization server, an identity provider, and the token endpoint of a provider. What it issues are canaries. Ends with the test.
 */
import { randomUUID } from "node:crypto";
import { onTestFinished } from "vitest";
import { type Acquisition, createAcquisition } from "../../src/acquisition/index.ts";
import {
  callbackUrl,
  defineRegistration,
  mcpCallbackUrl,
  type RegistrationInput,
  Secret,
} from "../../src/config/index.ts";
import { generateFernetKey, parseKeyRing } from "../../src/crypto/index.ts";
import {
  createMcpServers,
  createOAuthClients,
  type McpDeps,
  type RegisterOAuthClientRequest,
  withMcpServers,
} from "../../src/mcp/index.ts";
import { createEgress } from "../../src/oauth/index.ts";
import { createRegistrations, type Registrations } from "../../src/registrations/index.ts";
import { createStore, type Database, type Store, type TokenRow } from "../../src/store/index.ts";
import { createMetrics, type LogFields, type Logger } from "../../src/telemetry/index.ts";
import type { ScriptedAnswer } from "../../src/testing/mock-provider/answers/scripted-answer.ts";
import { systemClock } from "../../src/time.ts";
import { createTokenManager, type TokenManager } from "../../src/tokens/index.ts";
import { canary, recordOutput } from "../support/canaries.ts";
import { type HttpServer, NOT_FOUND, type SeenRequest, startHttpServer } from "../support/mcp/http-server.ts";
import { SETTINGS } from "../tokens/token-fixture.ts";

export const ID_JAG = "urn:ietf:params:oauth:token-type:id-jag";

/** Three segments, as a JWT has; nobody here looks inside. */
export const assertionOf = (text: string): string => `head.${text}.tail`;

export interface AcquisitionFixture {
  readonly store: Store;
  readonly tokens: TokenManager;
  /** Another replica's. */
  readonly otherTokens: TokenManager;
  readonly acquisition: Acquisition;
  readonly registrations: Registrations;
  readonly server: HttpServer;
  readonly issuer: string;
  readonly idpIssuer: string;
  readonly mcpServerUrl: string;
  /** Each test has its own. */
  readonly namespace: string;
  readonly logLines: readonly string[];
  readonly mcpGrant: () => {
    readonly connectionId: string;
    readonly userId: string;
    readonly mcpServerUrl: string;
    readonly namespace: string;
  };
  readonly providerGrant: (provider?: string) => {
    readonly connectionId: string;
    readonly userId: string;
    readonly provider: string;
  };
  readonly registerClient: (
    client: Partial<RegisterOAuthClientRequest> & { readonly secret?: string; readonly key?: string },
  ) => Promise<unknown>;
  readonly row: (grant: {
    readonly connectionId: string;
    readonly userId: string;
    readonly provider?: string;
    readonly mcpServerUrl?: string;
    readonly namespace?: string;
  }) => Promise<TokenRow | undefined>;
  /** What came to a token endpoint. */
  readonly asked: (
    path: "/as/token" | "/idp/token" | "/acme/token" | "/as/revoke" | "/acme/revoke",
  ) => readonly SeenRequest[];
}

export const createAcquisitionFixture = async (
  database: Database,
  options: {
    readonly registration?: Partial<RegistrationInput>;
    readonly tokenAnswer?: () => Readonly<Record<string, unknown>>;
  } = {},
): Promise<AcquisitionFixture> => {
  const server = await startHttpServer((request, { url }) =>
    answerTo(request, url, options.tokenAnswer?.() ?? {}),
  );
  const logLines: string[] = [];
  const log = (event: string, fields: LogFields = {}): void => {
    const line = JSON.stringify({ event, ...fields });
    logLines.push(line);
    recordOutput("log of acquisition", line);
  };
  const logger: Logger = { debug: log, info: log, warn: log, error: log };
  const namespace = `n-${randomUUID().slice(0, 8)}`;
  const name = `acme-${randomUUID().slice(0, 8)}`;
  const store = createStore(database, { keyRing: parseKeyRing(generateFernetKey()), logger });
  const egress = createEgress({ allow: [], insecureLoopback: "all", protectedPorts: [], timeoutMs: 10_000 });
  const configured = createRegistrations({
    registrations: [
      defineRegistration(
        {
          name,
          authorizeUrl: `${server.url}/acme/authorize`,
          tokenUrl: `${server.url}/acme/token`,
          revokeUrl: `${server.url}/acme/revoke`,
          clientId: "acme-client",
          clientSecret: canary("acme_secret"),
          ...options.registration,
        },
        { source: "code", namespace: "", id: `code:${name}`, insecureLoopback: "all" },
      ),
    ],
    skipped: [],
    providers: store.providers,
    tokens: store.tokens,
    insecureLoopback: "all",
    callbackUrl: (target) => callbackUrl("http://localhost", target),
    logger,
  });
  const mcpDeps: McpDeps = {
    config: {
      clientName: "Broker",
      clientMetadataUrl: undefined,
      clients: [],
      trust: [],
      crossDomain: "deny",
      assumeS256: [],
      legacy: false,
    },
    egress,
    clients: store.oauthClients,
    tokens: store.tokens,
    callbackUrl: (key) => mcpCallbackUrl("http://localhost", key),
    discoveryMs: 10_000,
    flowSeconds: 600,
    clock: systemClock,
    logger,
  };
  const mcp = createMcpServers(mcpDeps);
  const registrations = withMcpServers(configured, mcpDeps);
  const managers = [1, 2].map(() =>
    createTokenManager({
      store,
      registrations,
      mcp,
      egress,
      settings: SETTINGS,
      logger,
      metrics: createMetrics(),
    }),
  );
  const [tokens, otherTokens] = managers as [TokenManager, TokenManager];
  onTestFinished(async () => {
    await Promise.all(managers.map((manager) => manager.settle(3000)));
    await egress.close();
    await server[Symbol.asyncDispose]();
    // Their servers are gone: no later sweep shall look for them.
    await database.sql.run("", "delete from connection_tokens where namespace = $1 or provider = $2", [
      namespace,
      name,
    ]);
  });
  const oauthClients = createOAuthClients(mcpDeps);
  return {
    store,
    tokens,
    otherTokens,
    registrations,
    acquisition: createAcquisition({
      registrations,
      mcp,
      egress,
      storeTokens: (acquired) => tokens.storeAuthorizedTokens(acquired),
      providerTimeoutMs: 10_000,
      clock: systemClock,
    }),
    server,
    issuer: `${server.url}/as`,
    idpIssuer: `${server.url}/idp`,
    mcpServerUrl: `${server.url}/mcp`,
    namespace,
    logLines,
    mcpGrant: () => ({
      connectionId: randomUUID(),
      userId: "service",
      mcpServerUrl: `${server.url}/mcp`,
      namespace,
    }),
    providerGrant: (provider = name) => ({ connectionId: randomUUID(), userId: "service", provider }),
    registerClient: ({ secret, key, ...client }) =>
      oauthClients.register({
        namespace,
        issuer: `${server.url}/as`,
        clientId: "mcp-client",
        clientSecret: secret === undefined ? undefined : new Secret(secret),
        privateKey: key === undefined ? undefined : new Secret(key),
        ...client,
      }),
    row: ({ connectionId, userId, provider = "", mcpServerUrl = "", namespace: of = "default" }) =>
      store.tokens.find({ namespace: of, connectionId, userId, provider, mcpServerUrl, tokenName: "" }),
    asked: (path) => server.requestsTo(path),
  };
};

const answerTo = (
  { method, path }: SeenRequest,
  url: string,
  more: Readonly<Record<string, unknown>>,
): ScriptedAnswer => {
  const token = { access_token: canary("access_token"), token_type: "Bearer", expires_in: 3600, ...more };
  switch (`${method} ${path}`) {
    case "POST /mcp":
      return {
        status: 401,
        headers: { "www-authenticate": `Bearer resource_metadata="${url}/mcp-metadata"` },
      };
    case "GET /mcp-metadata":
      return {
        json: {
          resource: `${url}/mcp`,
          authorization_servers: [`${url}/as`],
          scopes_supported: ["tools", "more"],
        },
      };
    case "GET /.well-known/oauth-authorization-server/as":
      return { json: metadataOf(`${url}/as`) };
    case "GET /.well-known/oauth-authorization-server/idp":
      return { json: metadataOf(`${url}/idp`) };
    case "POST /as/token":
    case "POST /acme/token":
      return { json: token };
    case "POST /idp/token":
      return {
        json: {
          access_token: assertionOf(canary("assertion")),
          token_type: "N_A",
          issued_token_type: ID_JAG,
          expires_in: 300,
        },
      };
    case "POST /as/revoke":
    case "POST /acme/revoke":
      return { status: 200 };
    default:
      return NOT_FOUND;
  }
};

const metadataOf = (issuer: string) => ({
  issuer,
  token_endpoint: `${issuer}/token`,
  revocation_endpoint: `${issuer}/revoke`,
  grant_types_supported: ["client_credentials"],
  token_endpoint_auth_methods_supported: ["client_secret_basic", "private_key_jwt"],
});

export const basicOf = (clientId: string, secret: string): string =>
  `Basic ${Buffer.from(`${clientId}:${secret}`).toString("base64")}`;
