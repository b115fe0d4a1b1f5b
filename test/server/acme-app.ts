import { afterAll, beforeAll } from "vitest";
import { startTestApp, type TestApp } from "../support/app.ts";
import { canary } from "../support/canaries.ts";
import { type StoreUnderTest, storeUnderTest } from "../support/database.ts";
import { startTestProvider, type TestProvider } from "../support/provider.ts";

export interface AcmeApp {
  readonly broker: TestApp;
  /** The authorization server behind the provider `acme`. */
  readonly provider: TestProvider;
}

export interface AcmeOptions {
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Default: the embedded database. */
  readonly store?: StoreUnderTest;
}

/** A broker that knows the provider `acme`, for the whole suite. */
export const useAcmeApp = ({ env, store = storeUnderTest("pglite") }: AcmeOptions = {}): AcmeApp => {
  let running: AcmeApp | undefined;
  const started = (): AcmeApp => {
    if (!running) throw new Error("the app runs in tests only");
    return running;
  };
  beforeAll(async () => {
    const clientSecret = canary("client_secret");
    const provider = await startTestProvider({ clients: { client: clientSecret } });
    const broker = await startTestApp({
      database: await store.open(),
      env: { ...acmeEnv(provider, clientSecret), ...env },
    });
    running = { broker, provider };
  });
  afterAll(async () => {
    await running?.broker[Symbol.asyncDispose]();
    await running?.provider.close();
  });
  return {
    get broker() {
      return started().broker;
    },
    get provider() {
      return started().provider;
    },
  };
};

/** The variables that make a provider the registration `acme`. */
export const acmeEnv = (provider: TestProvider, clientSecret: string) => ({
  BROKER_ALLOW_INSECURE_LOOPBACK: "true",
  CONNECT_PROVIDERS: "acme",
  CONNECT_ACME_CLIENT_ID: "client",
  CONNECT_ACME_CLIENT_SECRET: clientSecret,
  CONNECT_ACME_AUTHORIZE_URL: provider.authorizeUrl,
  CONNECT_ACME_TOKEN_URL: provider.tokenUrl,
  CONNECT_ACME_REVOKE_URL: provider.revokeUrl,
  CONNECT_ACME_SCOPES: "read write",
});
