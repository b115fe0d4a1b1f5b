/** Values for store tests: every call of `grantKey()` names another grant. */
import { randomUUID } from "node:crypto";
import {
  generateFernetKey,
  type KeyRing,
  parseKeyRing,
  randomToken,
  sha256Hex,
} from "../../src/crypto/index.ts";
import {
  createStore,
  type Database,
  type GrantKey,
  type NamedToken,
  type NewAuthorization,
  type NewToken,
  type Pins,
  type Store,
  type TokenRow,
  type TokenUpdate,
} from "../../src/store/index.ts";
import { silentLogger } from "../../src/telemetry/index.ts";

export const newKeyRing = (): KeyRing => parseKeyRing(generateFernetKey());

export const storeOn = (database: Database, keyRing: KeyRing = newKeyRing()): Store =>
  createStore(database, { keyRing, logger: silentLogger });

export const grantKey = (overrides: Partial<GrantKey> = {}): GrantKey => ({
  namespace: "default",
  connectionId: randomUUID(),
  userId: "user-1",
  provider: "acme",
  mcpServerUrl: "",
  tokenName: "",
  ...overrides,
});

export const pins = (overrides: Partial<Pins> = {}): Pins => ({
  registrationId: "environment:acme",
  clientId: "client-1",
  tokenUrl: "https://acme.test/token",
  revokeUrl: "https://acme.test/revoke",
  issuer: "",
  resource: "",
  providerConfig: { region: "eu", shop: "one" },
  ...overrides,
});

/** An hour's token, due for a refresh after 50 minutes. */
export const newToken = (overrides: Partial<NewToken> = {}): NewToken => ({
  accessToken: `access-${randomToken(6)}`,
  refreshToken: `refresh-${randomToken(6)}`,
  raw: '{"access_token":"…"}',
  tokenType: "Bearer",
  scopes: ["read", "write"],
  requestedScopes: ["read", "write", "admin"],
  receivedAgoMs: 0,
  expires: { afterSeconds: 3600 },
  refreshExpires: undefined,
  nextRefresh: { afterSeconds: 3000 },
  providerMetadata: { instance_url: "https://eu.acme.test" },
  pins: pins(),
  labels: { team: "blue" },
  accountLabel: "octocat",
  ...overrides,
});

/** Another hour's token of the same authorization. */
export const namedToken = (name: string, overrides: Partial<NamedToken> = {}): NamedToken => {
  const { pins: _, labels: _labels, accountLabel: _label, receivedAgoMs: _ago, ...own } = newToken();
  return { ...own, name, providerMetadata: { token: name }, ...overrides };
};

export const tokenUpdate = (overrides: Partial<TokenUpdate> = {}): TokenUpdate => ({
  accessToken: `access-${randomToken(6)}`,
  refreshToken: `refresh-${randomToken(6)}`,
  raw: '{"access_token":"…"}',
  tokenType: "Bearer",
  scopes: ["read"],
  receivedAgoMs: 0,
  expires: { afterSeconds: 3600 },
  refreshExpires: undefined,
  nextRefresh: { afterSeconds: 3000 },
  providerMetadata: undefined,
  ...overrides,
});

export const newAuthorization = (overrides: Partial<NewAuthorization> = {}): NewAuthorization => ({
  purpose: "connect",
  namespace: "default",
  connectionId: randomUUID(),
  userId: "user-1",
  provider: "acme",
  mcpServerUrl: "",
  callerId: "caller-1",
  registrationId: "environment:acme",
  clientId: "client-1",
  endpoints: { tokenUrl: "https://acme.test/token", authorizeUrl: "https://acme.test/authorize" },
  issuer: "",
  resource: "",
  callbackUrl: "https://broker.test/connect/callback/acme",
  redirectUri: "https://app.test/done",
  scopes: ["read", "write"],
  providerConfig: { region: "eu" },
  completion: "automatic",
  allowAccountChange: false,
  pinAccount: false,
  labels: null,
  stateHash: sha256Hex(randomToken()),
  codeVerifier: randomToken(),
  ttlSeconds: 600,
  ...overrides,
});

/** A stored grant and its row. */
export const stored = async (
  store: Store,
  overrides: Partial<NewToken> = {},
  key: GrantKey = grantKey(),
): Promise<TokenRow> => store.tokens.putAuthorized(key, newToken(overrides));

export const secondsAfter = (date: Date, from: Date): number => (date.getTime() - from.getTime()) / 1000;
