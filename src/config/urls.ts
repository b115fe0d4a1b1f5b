import type { InsecureLoopback } from "./config.ts";
import { hostAndPort, isLoopbackHost } from "./hosts.ts";
import { splitList } from "./value-types.ts";

/** Schemes that a browser runs, shows or hands to itself. Never a place to send a person to. */
const BROWSER_SCHEMES: ReadonlySet<string> = new Set([
  "about:",
  "blob:",
  "chrome:",
  "data:",
  "file:",
  "filesystem:",
  "ftp:",
  "intent:",
  "javascript:",
  "view-source:",
  "vbscript:",
  "ws:",
  "wss:",
]);

const SCHEME = /^[a-z][a-z0-9+.-]*:$/;
const VISIBLE_ASCII = /^[\x21-\x7e]+$/;

/** Exactly what stands there: no white space or control character that a URL parser would remove, no user, no fragment. */
const parsePlainUrl = (text: string): URL | undefined => {
  if (!VISIBLE_ASCII.test(text) || text.includes("#") || text.includes("\\")) return undefined;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  return url && url.username === "" && url.password === "" ? url : undefined;
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
  if (!url || BROWSER_SCHEMES.has(url.protocol)) return undefined;
  return isWeb(url) && !isHttpsOrLocal(url) ? undefined : text;
};

/** An item of the redirect list in the form that a URL parser gives to hosts: `host`, `host:port` or `scheme:`. */
export const parseRedirectItem = (item: string): string | undefined => {
  const lower = item.toLowerCase();
  return lower.endsWith(":") ? parseOwnScheme(lower) : parseHostItem(lower);
};

const parseOwnScheme = (scheme: string): string | undefined => {
  const own = SCHEME.test(scheme) && !BROWSER_SCHEMES.has(scheme);
  return own && scheme !== "http:" && scheme !== "https:" ? scheme : undefined;
};

/** `host` or `host:port`. The port is kept as written: through the URL parser it would vanish where it is the scheme's own. */
export const parseHostItem = (item: string): string | undefined => {
  const [, host = "", port = ""] = /^(\[[0-9a-f:.]+\]|[^:/?#@\\\s*%]+)(:\d{1,5})?$/i.exec(item) ?? [];
  if (host === "" || Number(port.slice(1)) > 65_535 || !URL.canParse(`https://${host}`)) return undefined;
  return new URL(`https://${host}`).hostname + port;
};

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
