/**
 * The OAuth redirect URI of a provider, to be registered at the vendor: `<apiBase>/connect/callback/{provider}`, and outside the namespace
 * `default` `<apiBase>/connect/callback/{namespace}/{provider}`.
 *
 * @param target.namespace empty is `default`.
 */
export const callbackUrl = (
  apiBase: string,
  target: { readonly namespace: string; readonly provider: string },
): string => `${apiBase}/connect/callback/${pathOf(target)}`;

/** The same of a provider that people log in with: `<apiBase>/connect/login/callback/{provider}`. */
export const loginCallbackUrl = (
  apiBase: string,
  target: { readonly namespace: string; readonly provider: string },
): string => `${apiBase}/connect/login/callback/${pathOf(target)}`;

/** The same of MCP servers: `<apiBase>/connect/callback/mcp/{key}`, where the key stands for a namespace and an issuer. */
export const mcpCallbackUrl = (apiBase: string, key: string): string =>
  `${apiBase}/connect/callback/mcp/${key}`;

const pathOf = (target: { readonly namespace: string; readonly provider: string }): string => {
  const inDefault = target.namespace === "" || target.namespace === "default";
  return inDefault ? target.provider : `${target.namespace}/${target.provider}`;
};
