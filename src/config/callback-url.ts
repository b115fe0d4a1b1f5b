/**
 * The OAuth redirect URI of a provider, to be registered at the vendor: `<apiBase>/connect/callback/{provider}`, and outside the namespace
 * `default` `<apiBase>/connect/callback/{namespace}/{provider}`.
 *
 * @param target.namespace empty is `default`.
 */
export const callbackUrl = (
  apiBase: string,
  target: { readonly namespace: string; readonly provider: string },
): string => {
  const inDefault = target.namespace === "" || target.namespace === "default";
  const path = inDefault ? target.provider : `${target.namespace}/${target.provider}`;
  return `${apiBase}/connect/callback/${path}`;
};
