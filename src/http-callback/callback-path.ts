/** What a callback URL says about its flow. */
export interface CallbackPath {
  readonly purpose: "connect" | "login";
  readonly namespace: string;
  readonly provider: string;
}

const NAMESPACE = "[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?";
const PROVIDER = "[a-z0-9][a-z0-9_-]{0,62}";
const SEGMENTS = new RegExp(`^/connect/(login/)?callback/(?:(${NAMESPACE})/)?(${PROVIDER})$`);
/** `/connect/callback/mcp/{key}`: the key is a digest, and `mcp` no namespace. */
const MCP_KEY = /^\/connect\/callback\/(mcp)\/([A-Za-z0-9_-]{1,63})$/;
const SPACES = ["/connect/callback", "/connect/login/callback"];

/** Whether the path lies in the part of the URL space that is the callback's, so that no other route of the same server is asked. */
export const isCallbackSpace = (basePath: string, path: string): boolean =>
  SPACES.some((space) => path === `${basePath}${space}` || path.startsWith(`${basePath}${space}/`));

/**
 * Reads `/connect/callback/{provider}`, `/connect/callback/{namespace}/{provider}`, `/connect/callback/mcp/{key}` and the first two of logins (`/connect/login/callback/…`) below `basePath`. Names need no percent-encoding, so an encoded,
 * doubled or trailing slash is simply another path. `default` is never written out: one callback URL per provider is registered at the vendor.
 */
export const parseCallbackPath = (basePath: string, path: string): CallbackPath | undefined => {
  if (!path.startsWith(basePath)) return undefined;
  const mcp = MCP_KEY.exec(path.slice(basePath.length));
  if (mcp) return { purpose: "connect", namespace: mcp[1] ?? "", provider: mcp[2] ?? "" };
  const match = SEGMENTS.exec(path.slice(basePath.length));
  const [, login, namespace, provider] = match ?? [];
  if (provider === undefined || namespace === "default") return undefined;
  return { purpose: login === undefined ? "connect" : "login", namespace: namespace ?? "default", provider };
};

/** The path of the public base URL, without a slash at its end. */
export const basePathOf = (apiBase: string): string => new URL(apiBase).pathname.replace(/\/+$/, "");
