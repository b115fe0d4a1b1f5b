import { isIP } from "node:net";
import type { InsecureLoopback } from "./config.ts";

/** A host without brackets and trailing dot, lower case: what names and addresses are compared by. */
export const bareHost = (host: string): string =>
  host
    .toLowerCase()
    .replace(/^\[(.*)\]$/, "$1")
    .replace(/\.$/, "");

/** This machine by name or by address (RFC 6761 section 6.3, RFC 1122 section 3.2.1.3, RFC 4291 section 2.5.3). */
export const isLoopbackHost = (host: string): boolean => {
  const bare = bareHost(host);
  if (bare === "localhost" || bare.endsWith(".localhost")) return true;
  return isIP(bare) === 4 ? bare.startsWith("127.") : bare === "::1";
};

export const isIpLiteral = (host: string): boolean => isIP(bareHost(host)) !== 0;

const DEFAULT_PORTS: Readonly<Record<string, string>> = { "http:": "80", "https:": "443" };

/** `host:port` of a URL, the port always written out. */
export const hostAndPort = (url: URL): string => `${url.hostname}:${url.port || DEFAULT_PORTS[url.protocol]}`;

/** Whether the loopback switch names this URL's host and port. Any other host is never allowed by it. */
export const loopbackAllowed = (allowed: InsecureLoopback, url: URL): boolean =>
  isLoopbackHost(url.hostname) && (allowed === "all" || allowed.includes(hostAndPort(url)));
