import { isLoopbackHost } from "./hosts.ts";

const SCHEME = /^postgres(ql)?:\/\//;

/**
 * A PostgreSQL URL in a form that every parser reads alike; `undefined` for what is none. A password may stand there raw (`p@ss/#`): then the last
 * `@` is taken for the end of the credentials, and they are percent-encoded.
 */
export const parseDatabaseUrl = (text: string): string | undefined => {
  const scheme = SCHEME.exec(text)?.[0];
  if (scheme === undefined || /\s/.test(text)) return undefined;
  const standing = URL.canParse(text) ? new URL(text) : undefined;
  if (standing && !readsCredentialsWrong(standing)) return standing.href;
  const rest = text.slice(scheme.length);
  const end = rest.lastIndexOf("@");
  if (end < 0) return undefined;
  const repaired = `${scheme}${encodeCredentials(rest.slice(0, end))}@${rest.slice(end + 1)}`;
  return URL.canParse(repaired) ? new URL(repaired).href : undefined;
};

/** An `@` behind the place where the parser believed the credentials to end, or a fragment, which no database URL has. */
const readsCredentialsWrong = (url: URL): boolean =>
  url.hash !== "" || url.pathname.includes("@") || (url.username === "" && url.search.includes("@"));

const encodeCredentials = (credentials: string): string => {
  const colon = credentials.indexOf(":");
  if (colon < 0) return encodeURIComponent(credentials);
  return `${encodeURIComponent(credentials.slice(0, colon))}:${encodeURIComponent(credentials.slice(colon + 1))}`;
};

/** Whether the server is this machine: a loopback host, a socket file, or nothing, which means the local socket. */
export const isLocalDatabase = (url: string): boolean => {
  const { hostname, searchParams } = new URL(url);
  const host = searchParams.get("host") ?? decodeURIComponent(hostname);
  return host === "" || host.startsWith("/") || isLoopbackHost(host);
};
