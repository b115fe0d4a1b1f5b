import { randomUUID } from "node:crypto";
import { onTestFinished } from "vitest";
import type { RefreshRules } from "../../src/catalog/index.ts";
import {
  callbackUrl,
  defineRegistration,
  type Registration,
  type RegistrationInput,
} from "../../src/config/index.ts";
import { generateFernetKey, type KeyRing, parseKeyRing } from "../../src/crypto/index.ts";
import { createEgress } from "../../src/oauth/index.ts";
import { createRegistrations, type Registrations } from "../../src/registrations/index.ts";
import { createStore, type Database, type Store, type TokenRow } from "../../src/store/index.ts";
import { createMetrics, type LogFields, type Logger, type Metrics } from "../../src/telemetry/index.ts";
import {
  createTokenManager,
  type TokenManager,
  type TokenManagerDeps,
  type TokenSettings,
} from "../../src/tokens/index.ts";
import { canary, recordOutput } from "../support/canaries.ts";
import { noMcpServers } from "../support/no-mcp-servers.ts";
import { type ProviderOptions, startTestProvider, type TestProvider } from "../support/provider.ts";

export const SETTINGS: TokenSettings = {
  refreshAheadSeconds: 300,
  sweepHorizonSeconds: 600,
  refreshLeaseSeconds: 45,
  // An answer may take seconds on a busy machine; whoever waits for the end of it sets less.
  providerTimeoutSeconds: 10,
  rpcTimeoutSeconds: 20,
  refreshIdleDays: 0,
};

export interface Selector {
  readonly connectionId: string;
  readonly userId: string;
  readonly provider: string;
}

export interface AuthorizeChanges {
  readonly selector?: Partial<Selector>;
  readonly expiresInSeconds?: number | undefined;
  readonly scopes?: readonly string[];
  readonly refreshToken?: string | undefined;
  readonly labels?: Readonly<Record<string, string>>;
  readonly metadata?: Readonly<Record<string, string>>;
  /** Names of tokens beside the main one, each of a grant of its own at the provider. */
  readonly more?: readonly string[];
}

export interface TokenFixture {
  readonly database: Database;
  readonly store: Store;
  readonly keyRing: KeyRing;
  readonly provider: TestProvider;
  readonly registration: Registration;
  readonly registrations: Registrations;
  readonly tokens: TokenManager;
  readonly metrics: Metrics;
  readonly logLines: readonly string[];
  /** Another manager on the same registrations, as another process would have. */
  readonly manager: (changes?: Partial<TokenManagerDeps>) => TokenManager;
  /** Registrations of a process with other settings. */
  readonly registrationsOf: (changes: Partial<RegistrationInput>, store?: Store) => Registrations;
  /** A grant as if a person had allowed it, stored as the callback stores it. */
  readonly authorize: (changes?: AuthorizeChanges) => Promise<Selector>;
  readonly row: (selector: Selector, tokenName?: string) => Promise<TokenRow>;
  /** Calls of the token endpoint so far. */
  readonly calls: () => number;
}

export interface FixtureOptions {
  readonly provider?: ProviderOptions;
  readonly registration?: Partial<RegistrationInput>;
  /** Facts that no registration input carries. */
  readonly refresh?: Partial<RefreshRules>;
  readonly definition?: Partial<Registration["definition"]>;
  readonly settings?: Partial<TokenSettings>;
  readonly store?: Store;
  readonly keyRing?: KeyRing;
}

/** A token manager on real parts: database, registrations, provider, sockets. Ends with the test. */
export const createTokenFixture = async (
  database: Database,
  options: FixtureOptions = {},
): Promise<TokenFixture> => {
  const clientSecret = canary("client_secret");
  const provider = await startTestProvider({ clients: { client: clientSecret }, ...options.provider });
  const { logger, logLines } = recordingLogger();
  const metrics = createMetrics();
  const keyRing = options.keyRing ?? parseKeyRing(generateFernetKey());
  const store = options.store ?? createStore(database, { keyRing, logger });
  // Grants of different tests share a database; a name of its own keeps the sweeps apart.
  const name = `acme-${randomUUID().slice(0, 8)}`;
  const registrationsOf: TokenFixture["registrationsOf"] = (changes, on = store) =>
    createRegistrations({
      registrations: [
        registrationOf(provider, { name, clientSecret, ...options.registration, ...changes }, options),
      ],
      skipped: [],
      providers: on.providers,
      tokens: on.tokens,
      insecureLoopback: "all",
      callbackUrl: (target) => callbackUrl("http://localhost:8081", target),
      logger,
    });
  const registrations = registrationsOf({});
  const registration = await registrations.resolve("default", name);
  const { providerTimeoutSeconds } = { ...SETTINGS, ...options.settings };
  const timeoutMs = 1000 * providerTimeoutSeconds;
  const egress = createEgress({ allow: [], insecureLoopback: "all", protectedPorts: [], timeoutMs });
  const managers: TokenManager[] = [];
  const manager: TokenFixture["manager"] = (changes = {}) => {
    const settings = { ...SETTINGS, ...options.settings };
    const made = createTokenManager({
      store,
      registrations,
      mcp: noMcpServers,
      egress,
      settings,
      logger,
      metrics,
      ...changes,
    });
    managers.push(made);
    return made;
  };
  const tokens = manager();
  onTestFinished(async () => {
    await Promise.all(managers.map((made) => made.settle(3000)));
    await egress.close();
    await provider.close();
  });

  const authorize: TokenFixture["authorize"] = async (changes = {}) => {
    const selector = { connectionId: randomUUID(), userId: "user-1", provider: name, ...changes.selector };
    const scopes = changes.scopes ?? ["read", "write"];
    const issued = provider.grants.open({ clientId: "client", scopes, label: selector.connectionId });
    const more = (changes.more ?? []).map((tokenName) => {
      const { accessToken, refreshToken } = provider.grants.open({
        clientId: "client",
        scopes: [`${tokenName}:read`],
        label: `${selector.connectionId} ${tokenName}`,
      });
      return {
        name: tokenName,
        accessToken,
        tokenType: "Bearer",
        refreshToken,
        expiresInSeconds: "expiresInSeconds" in changes ? changes.expiresInSeconds : 3600,
        refreshExpiresInSeconds: undefined,
        scopes: [`${tokenName}:read`],
        raw: "{}",
        metadata: {},
      };
    });
    await tokens.storeAuthorizedTokens({
      grant: { namespace: "default", mcpServerUrl: "", ...selector },
      registration,
      pins: {
        registrationId: registration.id,
        clientId: registration.clientId,
        tokenUrl: provider.tokenUrl,
        revokeUrl: registration.definition.revokeUrl,
        issuer: "",
        resource: "",
        providerConfig: {},
      },
      answer: {
        accessToken: issued.accessToken,
        tokenType: "Bearer",
        refreshToken: "refreshToken" in changes ? changes.refreshToken : issued.refreshToken,
        expiresInSeconds: "expiresInSeconds" in changes ? changes.expiresInSeconds : 3600,
        refreshExpiresInSeconds: undefined,
        scopes,
        raw: "{}",
        metadata: changes.metadata ?? {},
        more,
      },
      receivedAtMs: performance.now(),
      requestedScopes: scopes,
      callbackMetadata: {},
      labels: changes.labels,
    });
    return selector;
  };

  return {
    database,
    store,
    keyRing,
    provider,
    registration,
    registrations,
    tokens,
    metrics,
    logLines,
    manager,
    registrationsOf,
    authorize,
    async row(selector, tokenName = "") {
      const key = { namespace: "default", mcpServerUrl: "", tokenName, ...selector };
      const row = await store.tokens.find(key);
      if (!row) throw new Error("the connection is gone");
      return row;
    },
    calls: () => provider.requestsTo("token").length,
  };
};

const registrationOf = (
  provider: TestProvider,
  input: Partial<RegistrationInput> & { readonly name: string },
  { refresh, definition }: FixtureOptions,
): Registration => {
  const registration = defineRegistration(
    {
      authorizeUrl: provider.authorizeUrl,
      tokenUrl: provider.tokenUrl,
      revokeUrl: provider.revokeUrl,
      clientId: "client",
      defaultScopes: ["read", "write"],
      ...input,
    },
    { source: "code", namespace: "", id: `code:${input.name}`, insecureLoopback: "all" },
  );
  const base = registration.definition;
  return {
    ...registration,
    definition: { ...base, ...definition, refresh: { ...base.refresh, ...refresh } },
  };
};

const recordingLogger = (): { readonly logger: Logger; readonly logLines: readonly string[] } => {
  const logLines: string[] = [];
  const log = (event: string, fields: LogFields = {}): void => {
    const line = JSON.stringify({ event, ...fields });
    logLines.push(line);
    recordOutput("log of the token manager", line);
  };
  return { logger: { debug: log, info: log, warn: log, error: log }, logLines };
};

/** The code and message of the error a call ends with. */
export const refusal = async (call: Promise<unknown>): Promise<unknown> => {
  try {
    await call;
  } catch (error) {
    return error;
  }
  throw new Error("the call was answered");
};
