import type { InsecureLoopback } from "./config.ts";
import { hostAndPort, isLoopbackHost } from "./hosts.ts";
import { refusedSchemes } from "./refused-schemes.ts";
import { splitList } from "./value-types.ts";

const SCHEME = /^[a-z][a-z0-9+.-]*:$/;
const VISIBLE_ASCII = /^[\x21-\x7e]+$/;

/** `localhost:3000/x` would be a path of the scheme `localhost:`; nobody means that. */
const HOST_AND_PORT = /^[^/?:]+:\d+([/?]|$)/;

/** A URL that is read as it is written: nothing in it that a parser removes, decodes or makes up; no user, no fragment. */
const parsePlainUrl = (text: string): URL | undefined => {
  if (!VISIBLE_ASCII.test(text) || /[#\\]/.test(text) || HOST_AND_PORT.test(text)) return undefined;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || url.username !== "" || url.password !== "") return undefined;
  return isWeb(url) && !showsItsHost(text, url) ? undefined : url;
};

const showsItsHost = (text: string, url: URL): boolean => {
  const [, shown = ""] = /^https?:\/\/([^/?]+)/i.exec(text) ?? [];
  return shown.toLowerCase().replace(/:\d*$/, "") === url.hostname && !url.hostname.endsWith(".");
};

const isWeb = (url: URL): boolean => url.protocol === "https:" || url.protocol === "http:";

const isHttpsOrLocal = (url: URL): boolean =>
  url.protocol === "https:" || (url.protocol === "http:" && isLoopbackHost(url.hostname));

/** The public base URL: https, or http on this machine; the path stays, slashes at its end go. `undefined` = unusable. */
export const parseApiBase = (text: string): string | undefined => {
  const url = parsePlainUrl(text);
  if (!url || !isHttpsOrLocal(url) || text.includes("?")) return undefined;
  return url.origin + url.pathname.replace(/\/+$/, "");
};

/** Where a browser goes afterwards: https, http on this machine, or an application's own scheme. */
export const parseReturnUrl = (text: string): string | undefined => {
  const url = parsePlainUrl(text);
  if (!url || refusedSchemes.has(url.protocol)) return undefined;
  return isWeb(url) && !isHttpsOrLocal(url) ? undefined : text;
};

/** An item of the redirect list in the form that a URL parser gives to hosts: `host`, `host:port` or `scheme:`. */
export const parseRedirectItem = (item: string): string | undefined => {
  const lower = item.toLowerCase();
  return lower.endsWith(":") ? parseOwnScheme(lower) : parseHostItem(lower);
};

const parseOwnScheme = (scheme: string): string | undefined => {
  const own = SCHEME.test(scheme) && !refusedSchemes.has(scheme);
  return own && scheme !== "http:" && scheme !== "https:" ? scheme : undefined;
};

/** `host` or `host:port`. The port is kept as written: through the URL parser it would vanish where it is the scheme's own. */
export const parseHostItem = (item: string): string | undefined => {
  const [, host = "", port = ""] = /^(\[[0-9a-f:.]+\]|[^:/?#@\\\s*%[\]]+)(:\d{1,5})?$/i.exec(item) ?? [];
  if (host === "" || !isPort(port) || !URL.canParse(`https://${host}`)) return undefined;
  const { hostname } = new URL(`https://${host}`);
  return hostname.endsWith(".") || readsAnother(host, hostname) ? undefined : hostname + port;
};

/** A number that a parser turns into an address (`0x7f.1`) is not the host that stands there. International names are. */
const readsAnother = (host: string, hostname: string): boolean =>
  VISIBLE_ASCII.test(host) && !host.startsWith("[") && host.toLowerCase() !== hostname;

const isPort = (port: string): boolean =>
  port === "" || (Number(port.slice(1)) > 0 && Number(port.slice(1)) <= 65_535);

/** `true`, `false`, or `host:port` pairs of this machine. */
export const parseInsecureLoopback = (text: string): InsecureLoopback | undefined => {
  if (text === "true") return "all";
  if (text === "false") return [];
  const pairs = splitList(text).map(parseLoopbackItem);
  const good = pairs.filter((pair) => pair !== undefined);
  return good.length === pairs.length ? [...new Set(good)] : undefined;
};

const parseLoopbackItem = (item: string): string | undefined => {
  const parsed = parseHostItem(item);
  if (parsed === undefined || !/:\d+$/.test(parsed)) return undefined;
  const url = new URL(`http://${parsed}`);
  return isLoopbackHost(url.hostname) ? hostAndPort(url) : undefined;
};

/** The origin of a page, exactly as a browser sends it. */
export const parseOrigin = (text: string): string | undefined => {
  const url = parsePlainUrl(text);
  return url && isHttpsOrLocal(url) && url.origin === text ? text : undefined;
};

/** SPIFFE ID section 2.1: the trust domain is a name in lower case. */
