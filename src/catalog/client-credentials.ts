import type { ProviderDefinition } from "./definition.ts";

/** RFC 6749 section 4.4. */
export const CLIENT_CREDENTIALS_GRANT = "client_credentials";

/** In a connection's `provider_config`: what its token came from, and is renewed by. */
export const GRANT_TYPE = "grant_type";

/** Stands where a refresh token would, and is never sent. */
export const NOTHING_TO_SPEND = "client_credentials";

/**
 * A token of the client's own is renewed by the grant that brought it: a refresh, for everything that makes it happen once and ahead of time, that spends
 * nothing.
 */
export const renewedByCredentials = (definition: ProviderDefinition): ProviderDefinition => ({
  ...definition,
  tokenRequest: {
    ...definition.tokenRequest,
    refreshParams: {},
    refreshRename: definition.tokenRequest.exchangeRename,
    refreshGrant: {
      grantType: CLIENT_CREDENTIALS_GRANT,
      tokenParameter: NOTHING_TO_SPEND,
      useAccessToken: false,
      method: definition.tokenRequest.method,
    },
    dropOnRefresh: [NOTHING_TO_SPEND],
    scopeOnRefresh: true,
    bearerRefresh: false,
  },
  refresh: { ...definition.refresh, issued: "always", rotates: false, lifetimeSeconds: undefined },
});

/** The definition as it is for one connection. */
export const definitionFor = (
  definition: ProviderDefinition,
  providerConfig: Readonly<Record<string, string>>,
): ProviderDefinition =>
  providerConfig[GRANT_TYPE] === CLIENT_CREDENTIALS_GRANT ? renewedByCredentials(definition) : definition;

/** Whether a connection's refresh token is one that a server has issued. */
export const hasIssuedRefreshToken = ({ tokenRequest }: Pick<ProviderDefinition, "tokenRequest">): boolean =>
  tokenRequest.refreshGrant.tokenParameter !== NOTHING_TO_SPEND;
