import { afterAll, beforeAll } from "vitest";
import type { Database } from "../../src/store/index.ts";
import { startTestApp, type TestApp } from "../support/app.ts";
import { canary } from "../support/canaries.ts";
import { type StoreUnderTest, storeUnderTest } from "../support/database.ts";
import { type OpenIdMock, startOpenIdMock } from "../support/openid-mock.ts";
import { startTestProvider, type TestProvider } from "../support/provider.ts";

export interface AcmeApp {
  readonly broker: TestApp;
  /** The authorization server behind the provider `acme`. */
  readonly provider: TestProvider;
  /** The OpenID provider behind the provider `people`, which is offered for login. */
  readonly people: OpenIdMock;
  readonly database: Database;
}

export interface AcmeOptions {
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Default: PostgreSQL, which is the quicker one to open. */
  readonly store?: StoreUnderTest;
}

/** A broker that knows the provider `acme`, for the whole suite. */
export const useAcmeApp = ({ env, store = storeUnderTest("postgresql") }: AcmeOptions = {}): AcmeApp => {
  let running: AcmeApp | undefined;
  const started = (): AcmeApp => {
    if (!running) throw new Error("the app runs in tests only");
    return running;
  };
  beforeAll(async () => {
    const clientSecret = canary("client_secret");
    const provider = await startTestProvider({ clients: { client: clientSecret } });
    const people = await startOpenIdMock();
    const database = await store.open();
    const broker = await startTestApp({
      database,
      env: {
        ...acmeEnv(provider, clientSecret),
        ...peopleEnv(people),
        CONNECT_PROVIDERS: "acme,people",
        ...env,
      },
    });
    running = { broker, provider, people, database };
  });
  afterAll(async () => {
    await running?.broker[Symbol.asyncDispose]();
    await running?.provider.close();
    await running?.people[Symbol.asyncDispose]();
  });
  return {
    get broker() {
      return started().broker;
    },
    get provider() {
      return started().provider;
    },
    get people() {
      return started().people;
    },
    get database() {
      return started().database;
    },
  };
};

const peopleEnv = (people: OpenIdMock) => ({
  CONNECT_PEOPLE_CLIENT_ID: "client",
  CONNECT_PEOPLE_CLIENT_SECRET: canary("client_secret"),
  CONNECT_PEOPLE_AUTHORIZE_URL: `${people.url}/authorize`,
  CONNECT_PEOPLE_TOKEN_URL: people.tokenUrl,
  CONNECT_PEOPLE_ISSUER: people.url,
  CONNECT_PEOPLE_LOGIN_ENABLED: "true",
});

/** The variables that make a provider the registration `acme`. */
export const acmeEnv = (provider: TestProvider, clientSecret: string) => ({
  BROKER_ALLOW_INSECURE_LOOPBACK: "true",
  CONNECT_PROVIDERS: "acme",
  CONNECT_ACME_CLIENT_ID: "client",
  CONNECT_ACME_CLIENT_SECRET: clientSecret,
  CONNECT_ACME_AUTHORIZE_URL: provider.authorizeUrl,
  CONNECT_ACME_TOKEN_URL: provider.tokenUrl,
  CONNECT_ACME_REVOKE_URL: provider.revokeUrl,
  CONNECT_ACME_USERINFO_URL: provider.userinfoUrl,
  CONNECT_ACME_SCOPES: "read write",
});
