import { randomUUID } from "node:crypto";
import { onTestFinished } from "vitest";
import {
  type AuthorizationFlow,
  type AuthorizationFlowOptions,
  createAuthorizationFlow,
  type StartRequest,
  type StoreTokens,
} from "../../src/authorization-flow/index.ts";
import {
  callbackUrl,
  defineRegistration,
  loginCallbackUrl,
  mcpCallbackUrl,
  type RegistrationInput,
} from "../../src/config/index.ts";
import { generateFernetKey, parseKeyRing } from "../../src/crypto/index.ts";
import { createCallbackHandler, createCallbackServer } from "../../src/http-callback/index.ts";
import { createEgress } from "../../src/oauth/index.ts";
import { createRegistrations } from "../../src/registrations/index.ts";
import { createStore, type Database, type Store, type TokenRow } from "../../src/store/index.ts";
import { createMetrics, type LogFields, type Logger, type Metrics } from "../../src/telemetry/index.ts";
import { systemClock } from "../../src/time.ts";
import { canary, recordOutput } from "../support/canaries.ts";
import { noMcpServers } from "../support/no-mcp-servers.ts";
import { startTestProvider, type TestProvider } from "../support/provider.ts";

export const RETURN_URI = "https://app.example.com/connected?keep=1";

export interface FlowFixture {
  readonly database: Database;
  readonly store: Store;
  readonly flow: AuthorizationFlow;
  readonly provider: TestProvider;
  readonly metrics: Metrics;
  readonly callbackPort: number;
  readonly logLines: readonly string[];
  /** A request for a new connection of the registration `acme`. */
  readonly request: (changes?: Partial<StartRequest>) => StartRequest;
  /** Starts, and lets the person consent: the callback URL the browser is sent to. */
  readonly consent: (changes?: Partial<StartRequest>) => Promise<Consent>;
  /** Follows a callback URL as a browser does, redirects not followed. */
  readonly visit: (url: URL, init?: RequestInit) => Promise<Visit>;
  readonly tokenOf: (request: StartRequest) => Promise<TokenRow | undefined>;
  readonly statusOf: (authorizationId: string, namespace?: string) => Promise<string>;
}

export interface Consent {
  readonly request: StartRequest;
  readonly authorizationId: string;
  readonly authorizeUrl: URL;
  readonly callback: URL;
}

export interface Visit {
  readonly status: number;
  readonly body: string;
  /** Parameters of the redirect, absent without one. */
  readonly query: Readonly<Record<string, string>> | undefined;
  readonly location: string | undefined;
}

export interface FixtureOptions {
  /** Of the registration `acme`, beside its URLs and credentials. */
  readonly registration?: Partial<RegistrationInput>;
  /** More registrations. */
  readonly others?: readonly RegistrationInput[];
  readonly flow?: Partial<AuthorizationFlowOptions>;
  readonly settings?: Partial<AuthorizationFlowOptions["settings"]>;
  readonly store?: Store;
}

/** Everything of the flow but the RPCs, on real parts: database, provider, sockets. Ends with the test. */
export const createFlowFixture = async (
  database: Database,
  options: FixtureOptions = {},
): Promise<FlowFixture> => {
  const clientSecret = canary("client_secret");
  const provider = await startTestProvider({ clients: { client: clientSecret } });
  const logLines: string[] = [];
  const log = (event: string, fields: LogFields = {}): void => {
    const line = JSON.stringify({ event, ...fields });
    logLines.push(line);
    recordOutput("log of the authorization flow", line);
  };
  const logger: Logger = { debug: log, info: log, warn: log, error: log };
  const metrics = createMetrics();
  const keyRing = parseKeyRing(generateFernetKey());
  const store = options.store ?? createStore(database, { keyRing, logger });
  const apiBase = "http://localhost";
  const inputs: RegistrationInput[] = [
    {
      name: "acme",
      authorizeUrl: provider.authorizeUrl,
      tokenUrl: provider.tokenUrl,
      revokeUrl: provider.revokeUrl,
      clientId: "client",
      clientSecret,
      defaultScopes: ["read", "write"],
      ...options.registration,
    },
    ...(options.others ?? []),
  ];
  const registrations = createRegistrations({
    registrations: inputs.map((input) =>
      defineRegistration(input, {
        source: "code",
        namespace: "",
        id: `code:${input.name}`,
        insecureLoopback: "all",
      }),
    ),
    skipped: [],
    providers: store.providers,
    tokens: store.tokens,
    insecureLoopback: "all",
    callbackUrl: (target) => callbackUrl(apiBase, target),
    logger,
  });
  const egress = createEgress({ allow: [], insecureLoopback: "all", protectedPorts: [], timeoutMs: 2000 });
  const flow = createAuthorizationFlow({
    authorizations: store.authorizations,
    tokens: store.tokens,
    registrations,
    callbackUrl: (target) => callbackUrl(apiBase, target),
    loginCallbackUrl: (target) => loginCallbackUrl(apiBase, target),
    mcp: noMcpServers,
    mcpCallbackUrl: (key) => mcpCallbackUrl(apiBase, key),
    egress,
    storeTokens: storeTokensOf(store),
    settings: {
      mode: "production",
      redirectAllow: ["app.example.com", "com.example.app:"],
      defaultRedirectUri: undefined,
      stateTtlSeconds: 600,
      completion: "automatic",
      providerTimeoutSeconds: 2,
      ...options.settings,
    },
    logger,
    metrics,
    clock: systemClock,
    ...options.flow,
  });
  const server = createCallbackServer({
    handlers: [createCallbackHandler({ flow, apiBase, logger, metrics })],
  });
  const address = await server.listen({ kind: "tcp", host: "127.0.0.1", port: 0 });
  const callbackPort = address.kind === "tcp" ? address.port : 0;
  onTestFinished(async () => {
    await server.close(0);
    await egress.close();
    await provider.close();
  });

  const request: FlowFixture["request"] = (changes = {}) => ({
    connectionId: randomUUID(),
    userId: "user-1",
    provider: "acme",
    redirectUri: RETURN_URI,
    callerId: "caller-1",
    ...changes,
  });

  return {
    database,
    store,
    flow,
    provider,
    metrics,
    callbackPort,
    logLines,
    request,
    async consent(changes) {
      const started = request(changes);
      const { authorizeUrl, authorizationId } = await flow.start(started);
      const callback = await provider.authorize(authorizeUrl);
      return { request: started, authorizationId, authorizeUrl: new URL(authorizeUrl), callback };
    },
    async visit(url, init) {
      const target = `http://127.0.0.1:${callbackPort}${url.pathname}${url.search}`;
      const response = await fetch(target, { redirect: "manual", ...init });
      const body = await response.text();
      recordOutput("pages of the callback", body);
      const location = response.headers.get("location") ?? undefined;
      const query = location && Object.fromEntries(new URL(location).searchParams);
      return { status: response.status, body, query: query || undefined, location };
    },
    tokenOf: (started) => store.tokens.find(keyOf(started)),
    async statusOf(authorizationId, namespace) {
      const { status } = await flow.get({ authorizationId, namespace });
      return status.status === "failed" ? `failed ${status.reason}` : status.status;
    },
  };
};

const keyOf = ({ namespace = "default", connectionId, userId, provider = "" }: StartRequest) => ({
  namespace,
  connectionId,
  userId,
  provider,
  mcpServerUrl: "",
  tokenName: "",
});

/** A token row with what the exchange brought, without the rules of the token room. */
const storeTokensOf =
  ({ tokens }: Store): StoreTokens =>
  ({ grant, answer, pins, requestedScopes, callbackMetadata, labels }) =>
    tokens.putAuthorized(
      { ...grant, tokenName: "" },
      {
        accessToken: answer.accessToken,
        refreshToken: answer.refreshToken,
        raw: answer.raw,
        tokenType: answer.tokenType,
        scopes: answer.scopes ?? requestedScopes,
        requestedScopes,
        receivedAgoMs: 0,
        expires:
          answer.expiresInSeconds === undefined ? undefined : { afterSeconds: answer.expiresInSeconds },
        nextRefresh: undefined,
        refreshExpires: undefined,
        providerMetadata: { ...callbackMetadata, ...answer.metadata },
        pins,
        labels,
        accountLabel: undefined,
      },
    );
