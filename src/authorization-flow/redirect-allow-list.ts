import { refusedSchemes } from "../config/index.ts";
import { BrokerError } from "../errors.ts";

/** One item of `CONNECT_REDIRECT_ALLOW_HOSTS`: a host is in the form of `URL.hostname`, a scheme in that of `URL.protocol`. Without `port` any port matches. */
export type AllowRule =
  | { readonly kind: "host"; readonly host: string; readonly port?: string }
  | { readonly kind: "scheme"; readonly scheme: string };

const VARIABLE = "CONNECT_REDIRECT_ALLOW_HOSTS";
const SCHEME_ITEM = /^[a-z][a-z0-9+.-]*:$/i;
const HOST_ITEM = /^(\[[0-9a-f:.]+\]|[^\s/?#@\\:*%[\]]+)(?::(\d{1,5}))?$/iu;
const DEFAULT_PORTS: Readonly<Record<string, string>> = { "https:": "443", "http:": "80" };

/** @throws BrokerError INVALID_REQUEST naming the variable and the position of the item that is not `host`, `host:port` or `scheme:`. */
export const parseAllowList = (items: readonly string[]): AllowRule[] =>
  items.map((item, index) => parseItem(item, index + 1));

const parseItem = (item: string, position: number): AllowRule => {
  if (SCHEME_ITEM.test(item)) return schemeRule(item.toLowerCase(), position);
  const [, host, port] = HOST_ITEM.exec(item) ?? [];
  if (host === undefined || !URL.canParse(`https://${host}`)) {
    throw unreadable(position, "is not a host, a host:port or a scheme: (no https://, path, user or *)");
  }
  const { hostname } = new URL(`https://${host}`);
  if (hostname.endsWith(".")) throw unreadable(position, "ends with a dot");
  if (port === undefined) return { kind: "host", host: hostname };
  const portNumber = Number(port);
  if (portNumber < 1 || portNumber > 65_535) throw unreadable(position, "has a port outside 1 to 65535");
  return { kind: "host", host: hostname, port: String(portNumber) };
};

const schemeRule = (scheme: string, position: number): AllowRule => {
  if (scheme in DEFAULT_PORTS) throw unreadable(position, `would allow every ${scheme} address: list hosts`);
  if (refusedSchemes.has(scheme)) throw unreadable(position, "is a scheme that can never be allowed");
  return { kind: "scheme", scheme };
};

const unreadable = (position: number, problem: string): BrokerError =>
  new BrokerError("INVALID_REQUEST", `${VARIABLE}: item ${position} ${problem}`, {
    metadata: { variable: VARIABLE },
  });

/** Whether a rule names this address: the whole host, the whole scheme, never a part or a pattern. */
export const isAllowed = (rules: readonly AllowRule[], url: URL): boolean =>
  rules.some((rule) => (rule.kind === "scheme" ? rule.scheme === url.protocol : matchesHost(rule, url)));

const matchesHost = (rule: { readonly host: string; readonly port?: string }, url: URL): boolean => {
  const defaultPort = DEFAULT_PORTS[url.protocol];
  if (defaultPort === undefined || rule.host !== url.hostname) return false;
  return rule.port === undefined || rule.port === (url.port === "" ? defaultPort : url.port);
};
