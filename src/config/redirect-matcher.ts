import type { Matcher } from "./pattern.ts";

const DEFAULT_PORTS: Readonly<Record<string, string>> = { "https:": "443", "http:": "80" };

/**
 * Whether an address is one of a list of `host`, `host:port` and `scheme:` items, as `parseRedirectItem` spells them: the whole host, the whole scheme,
 * never a part. It can only narrow: whether an address has a form that is allowed at all is for the list of the whole service to say.
 */
export const redirectMatcher =
  (items: readonly string[]): Matcher =>
  (text) => {
    const url = URL.parse(text);
    if (url === null) return false;
    const port = url.port === "" ? DEFAULT_PORTS[url.protocol] : url.port;
    if (DEFAULT_PORTS[url.protocol] === undefined) return items.includes(url.protocol);
    return items.includes(url.hostname) || items.includes(`${url.hostname}:${port}`);
  };
