import type { ProviderDefinition } from "./definition.ts";

export interface EndpointOverrides {
  readonly authorizeUrl?: string;
  readonly tokenUrl?: string;
  readonly userinfoUrl?: string;
  readonly revokeUrl?: string;
  readonly issuer?: string;
}

/**
 * Replaces endpoints of a template by the operator's own. Refreshing follows the token endpoint. Where the
 * token endpoint moves, the template's revocation and userinfo endpoints, its issuer and the places its
 * tokens may be used at are forgotten unless given as well: the vendor's hosts learn nothing of tokens that
 * another server issued.
 */
export const overrideEndpoints = (
  definition: ProviderDefinition,
  overrides: EndpointOverrides,
): ProviderDefinition => {
  const moved = overrides.tokenUrl !== undefined && definition.tokenUrl !== "";
  return {
    ...definition,
    authorizeUrl: overrides.authorizeUrl ?? definition.authorizeUrl,
    tokenUrl: overrides.tokenUrl ?? definition.tokenUrl,
    refreshUrl: overrides.tokenUrl ?? definition.refreshUrl,
    userinfoUrl: overrides.userinfoUrl ?? (moved ? "" : definition.userinfoUrl),
    revokeUrl: overrides.revokeUrl ?? (moved ? "" : definition.revokeUrl),
    usage: moved ? { ...definition.usage, apiBaseUrl: "", allowedOrigins: [] } : definition.usage,
    ...(moved ? elsewhere(definition) : {}),
    issuer:
      overrides.issuer === undefined
        ? moved
          ? undefined
          : definition.issuer
        : { value: overrides.issuer, verified: false },
  };
};

/** What else would speak to the vendor's own hosts. */
const elsewhere = ({
  callback,
  tokenRequest,
  metadata,
}: ProviderDefinition): Pick<ProviderDefinition, "callback" | "tokenRequest" | "metadata" | "login"> => ({
  callback: { ...callback, tokenHost: undefined },
  tokenRequest: { ...tokenRequest, afterExchange: undefined },
  metadata: metadata.filter(({ from }) => from !== "call"),
  login: undefined,
});
