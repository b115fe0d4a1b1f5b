/** What a callback URL says about its flow. */
export interface CallbackPath {
  readonly namespace: string;
  readonly provider: string;
}

const NAMESPACE = "[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?";
const PROVIDER = "[a-z0-9][a-z0-9_-]{0,62}";
const SEGMENTS = new RegExp(`^/connect/callback/(?:(${NAMESPACE})/)?(${PROVIDER})$`);

/** Whether the path lies in the part of the URL space that is the callback's, so that no other route of the same server is asked. */
export const isCallbackSpace = (basePath: string, path: string): boolean =>
  path === `${basePath}/connect/callback` || path.startsWith(`${basePath}/connect/callback/`);

/**
 * Reads `/connect/callback/{provider}` and `/connect/callback/{namespace}/{provider}` below `basePath`. Names need no percent-encoding, so an encoded,
 * doubled or trailing slash is simply another path. `default` is never written out: one callback URL per provider is registered at the vendor.
 */
export const parseCallbackPath = (basePath: string, path: string): CallbackPath | undefined => {
  if (!path.startsWith(basePath)) return undefined;
  const match = SEGMENTS.exec(path.slice(basePath.length));
  const provider = match?.[2];
  if (provider === undefined || match?.[1] === "default") return undefined;
  return { namespace: match?.[1] ?? "default", provider };
};

/** The path of the public base URL, without a slash at its end. */
export const basePathOf = (apiBase: string): string => new URL(apiBase).pathname.replace(/\/+$/, "");
