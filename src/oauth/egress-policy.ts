import { isIP } from "node:net";
import { BrokerError } from "../errors.ts";
import type { Trust } from "./client.ts";
import { type AddressKind, classifyAddress } from "./egress-address.ts";

export interface EgressRules {
  /** `host` (every port) or `host:port`: may resolve to private addresses whoever named it, and need not be port 443. */
  readonly allow: readonly string[];
  /** `host:port` items that may be loopback, also over plain http; "all" = loopback names on every port but the protected ones. */
  readonly insecureLoopback: "all" | readonly string[];
  /** The broker's own ports and the database's: out of reach of "all". */
  readonly protectedPorts: readonly number[];
}

/** The kinds of address a URL may lead to. A URL that may be loopback may be nothing else, so that plain http never leaves the machine. */
export type Reach = "public" | "private" | "loopback";

const KINDS_IN_REACH: Record<Reach, ReadonlySet<AddressKind>> = {
  public: new Set(["public"]),
  private: new Set(["public", "private"]),
  loopback: new Set(["loopback"]),
};

export const isInReach = (reach: Reach, address: string): boolean =>
  KINDS_IN_REACH[reach].has(classifyAddress(address));

/**
 * Judges everything about a URL that needs no name resolution and says what its name may resolve to.
 *
 * @throws BrokerError EGRESS_DENIED naming the host and the setting that would allow it.
 */
export const reachOf = (rules: EgressRules, url: URL, trust: Trust): Reach => {
  assertPlain(url);
  const host = hostOf(url);
  const reach = isInsecureLoopback(rules, url) ? "loopback" : reachOverTls(rules, url, trust);
  if (isIP(host) !== 0 && !isInReach(reach, host)) throw addressDenied(url.hostname);
  return reach;
};

/** Names that mean a machine or a network of their own and never one of the internet (RFC 6761, 6762, 8375, and ICANN's `internal`). */
const INTERNAL_NAME = /(^|\.)(localhost|local|internal|home\.arpa)$/;

/**
 * Judges by its name what a proxy will resolve, where this process sees no address. What an operator wrote, or listed in `allow`, may be private; whatever
 * else somebody brought is for the proxy to judge, if its owner says that it does. Loopback would be the proxy's own.
 *
 * @throws BrokerError EGRESS_DENIED.
 */
export const assertByProxy = (url: URL, reach: Reach, blocksPrivate: boolean): void => {
  const host = hostOf(url).replace(/\.$/, "");
  if (isLoopbackName(host)) throw addressDenied(url.hostname);
  if (reach !== "public") return;
  if (!blocksPrivate)
    throw denied(
      url.hostname,
      "BROKER_EGRESS_PROXY resolves its name, and nothing says that it refuses private addresses (BROKER_EGRESS_PROXY_BLOCKS_PRIVATE=true says so, BROKER_EGRESS_ALLOW allows this host)",
    );
  const isName = isIP(host) === 0;
  if (isName && (!host.includes(".") || INTERNAL_NAME.test(host))) throw addressDenied(url.hostname);
};

const reachOverTls = (rules: EgressRules, url: URL, trust: Trust): Reach => {
  if (url.protocol !== "https:")
    throw denied(
      url.hostname,
      "only https is allowed (plain http: BROKER_ALLOW_INSECURE_LOOPBACK, loopback only)",
    );
  const allowed = isListed(rules.allow, url);
  if (trust === "operator" || allowed) return "private";
  if (portOf(url) !== 443)
    throw denied(url.hostname, "only port 443 is allowed (others: BROKER_EGRESS_ALLOW)");
  return "public";
};

const assertPlain = (url: URL): void => {
  if (url.protocol !== "https:" && url.protocol !== "http:")
    throw denied(url.hostname, "only https is allowed");
  if (url.username !== "" || url.password !== "")
    throw denied(url.hostname, "a URL with credentials is not allowed");
};

/** An address of the named host is outside what the URL may reach. Says nothing of the address: an internal network's map is not the caller's. */
export const addressDenied = (host: string): BrokerError =>
  denied(host, "its address is not public (private ones: BROKER_EGRESS_ALLOW)");

const denied = (host: string, problem: string): BrokerError =>
  new BrokerError("EGRESS_DENIED", `${host || "the URL"} is not called: ${problem}`, { metadata: { host } });

const isInsecureLoopback = (rules: EgressRules, url: URL): boolean => {
  if (rules.insecureLoopback !== "all")
    return rules.insecureLoopback.some((item) => item.toLowerCase() === hostAndPort(url));
  return isLoopbackName(hostOf(url)) && !rules.protectedPorts.includes(portOf(url));
};

const isLoopbackName = (host: string): boolean =>
  host === "localhost" ||
  host.endsWith(".localhost") ||
  (isIP(host) !== 0 && classifyAddress(host) === "loopback");

const isListed = (items: readonly string[], url: URL): boolean =>
  items.some((item) => [url.hostname, hostAndPort(url)].includes(item.toLowerCase()));

const hostAndPort = (url: URL): string => `${url.hostname}:${portOf(url)}`;

const portOf = (url: URL): number =>
  url.port === "" ? (url.protocol === "https:" ? 443 : 80) : Number(url.port);

/** Without the brackets of an IPv6 literal: the form `net.connect` reads. */
const hostOf = (url: URL): string => url.hostname.replace(/^\[(.*)\]$/, "$1");
