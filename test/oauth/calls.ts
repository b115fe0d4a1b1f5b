/** Calls of the protocol room against a test provider, with real sockets in between. */
import {
  completeDefinition,
  plainDefinition,
  type ProviderDefinition,
  resolveEndpoints,
} from "../../src/catalog/index.ts";
import {
  createEgress,
  type EgressOptions,
  exchangeCode,
  OAuthFailure,
  probeClient,
  type ProbeVerdict,
  type ProviderCall,
  refreshToken,
  revokeToken,
  type TokenSet,
} from "../../src/oauth/index.ts";
import type { TestProvider } from "../support/provider.ts";

export const secret = (text: string) => ({ reveal: () => text });

export const testEgress = (changes: Partial<EgressOptions> = {}) =>
  createEgress({ allow: [], insecureLoopback: "all", protectedPorts: [], timeoutMs: 5000, ...changes });

export type Rules = Partial<ProviderDefinition>;
type CallChanges = Partial<Omit<ProviderCall, "definition" | "endpoints">>;

/** A provider definition for a test provider; `rules` replaces whole parts of it. */
export const definitionFor = (
  provider: Pick<TestProvider, "authorizeUrl" | "tokenUrl" | "revokeUrl">,
  rules: Rules = {},
): ProviderDefinition => ({
  ...plainDefinition({ name: "p", authorizeUrl: provider.authorizeUrl, tokenUrl: provider.tokenUrl }),
  revokeUrl: provider.revokeUrl,
  ...rules,
});

export const plain = completeDefinition({
  name: "p",
  displayName: "P",
  category: "other",
  confidence: "unverified",
  sources: [],
  reviewed: "",
  pkce: "s256",
  clientAuthentication: { method: "client_secret_basic" },
  scopes: { default: [] },
});

export interface Calls {
  exchange(
    more?: CallChanges & { code?: string; codeVerifier?: string; scopes?: readonly string[] },
  ): Promise<TokenSet>;
  refresh(more?: CallChanges & { token?: string; scopes?: readonly string[] }): Promise<TokenSet>;
  revoke(more?: CallChanges & { token?: string }): Promise<void>;
  probe(more?: CallChanges): Promise<ProbeVerdict>;
}

export const callsTo = (provider: TestProvider, rules: Rules = {}, egress = testEgress()): Calls => {
  const definition = definitionFor(provider, rules);
  const call: ProviderCall = {
    definition,
    endpoints: resolveEndpoints(definition, {}),
    client: { clientId: "client", clientSecret: secret("secret") },
    trust: "user",
  };
  return {
    exchange: ({ code = "c", codeVerifier, scopes = ["asked"], ...more } = {}) =>
      exchangeCode(egress, { ...call, code, codeVerifier, redirectUri, requestedScopes: scopes, ...more }),
    refresh: ({ token = "rt", scopes = ["asked"], ...more } = {}) =>
      refreshToken(egress, { ...call, refreshToken: token, scopes, ...more }),
    revoke: ({ token = "rt", ...more } = {}) =>
      revokeToken(egress, { ...call, token, hint: "refresh_token", ...more }),
    probe: (more = {}) => probeClient(egress, { ...call, redirectUri, ...more }),
  };
};

export const redirectUri = "https://broker.example/connect/callback/p";

/** The failure of a call that must fail. */
export const failureOf = async (call: Promise<unknown>): Promise<OAuthFailure> => {
  const error: unknown = await call.then(
    () => new Error("the call succeeded"),
    (reason: unknown) => reason,
  );
  if (error instanceof OAuthFailure) return error;
  throw error;
};
