interface Grant {
  /** A UUID that your application chose. */
  readonly connectionId: string;
  readonly userId: string;
  /** Empty or absent = "default". */
  readonly namespace?: string;
}

/** What names a connection: of a provider, or of an MCP server by its URL. */
export type Connection = Grant &
  (
    | { readonly provider: string; readonly mcpServerUrl?: never }
    | { readonly mcpServerUrl: string; readonly provider?: never }
  );

/** One token of a connection, and what it must be good for. */
export type TokenRequest = Connection & {
  /** Which of several tokens of one grant; empty or absent = the main one. */
  readonly tokenName?: string;
  /** Scopes that must have been granted. */
  readonly requiredScopes?: readonly string[];
};

/** The fields that name the grant, for any request. */
export const grantFields = ({
  connectionId,
  userId,
  namespace = "",
  provider = "",
  mcpServerUrl = "",
}: Connection) => ({ connectionId, userId, provider, mcpServerUrl, namespace });

/** The request of GetToken, without the demands of one call. */
export const toWire = (request: TokenRequest) => ({
  ...grantFields(request),
  tokenName: request.tokenName ?? "",
  requiredScopes: [...(request.requiredScopes ?? [])],
});

export type WireRequest = ReturnType<typeof toWire>;

/** The same text for requests that mean the same token with the same demands. */
export const identityOf = (request: TokenRequest): string => {
  const { connectionId, userId, provider, mcpServerUrl, namespace } = grantFields(request);
  return JSON.stringify([
    connectionId.toLowerCase(),
    userId,
    provider,
    mcpServerUrl,
    namespace === "default" ? "" : namespace,
    request.tokenName ?? "",
    [...(request.requiredScopes ?? [])].toSorted(),
  ]);
};
