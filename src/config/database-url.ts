import { isLoopbackHost } from "./hosts.ts";

const SCHEME = /^postgres(ql)?:\/\//;

/**
 * A PostgreSQL URL in a form that every parser reads alike; `undefined` for what is none or names no database. A password may stand there raw
 * (`p@ss/#`): then the last `@` is taken for the end of the credentials, and they are percent-encoded.
 */
export const parseDatabaseUrl = (text: string): string | undefined => {
  const scheme = SCHEME.exec(text)?.[0];
  if (scheme === undefined || /\s/.test(text)) return undefined;
  const rest = text.slice(scheme.length);
  const repaired = isWellFormed(rest) ? text : scheme + encodeCredentials(rest);
  const url = URL.canParse(repaired) ? new URL(repaired) : undefined;
  return url && url.pathname.length > 1 && url.hash === "" ? url.href : undefined;
};

/** At most one `@`, in front of the path; no fragment, which no database URL has; every `%` an escape. */
const isWellFormed = (rest: string): boolean => {
  const [, authority = "", behind = ""] = /^([^/?#]*)(.*)$/.exec(rest) ?? [];
  return authority.split("@").length <= 2 && !/[@#]/.test(behind) && isEscaped(authority);
};

const isEscaped = (text: string): boolean => !/%(?![0-9a-f]{2})/i.test(text);

const encodeCredentials = (rest: string): string => {
  const end = rest.lastIndexOf("@");
  const [user = "", ...password] = rest.slice(0, Math.max(end, 0)).split(":");
  const encoded = password.length > 0 ? `${encode(user)}:${encode(password.join(":"))}` : encode(user);
  return end < 0 ? rest : `${encoded}@${rest.slice(end + 1)}`;
};

const encode = (part: string): string => {
  try {
    return encodeURIComponent(isEscaped(part) ? decodeURIComponent(part) : part);
  } catch {
    return encodeURIComponent(part);
  }
};

/** Whether the server is this machine: a loopback host, a socket file, or nothing, which means the local socket. */
export const isLocalDatabase = (url: string): boolean => {
  const { hostname, searchParams } = new URL(url);
  const host = searchParams.get("host") ?? decodeURIComponent(hostname);
  return host === "" || host.startsWith("/") || isLoopbackHost(host);
};
