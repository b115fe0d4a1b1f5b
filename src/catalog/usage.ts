import type { MetadataRule, ProviderDefinition } from "./definition.ts";
import type { Endpoints } from "./endpoints.ts";
import { fillPlaceholders, placeholdersOf } from "./variables.ts";

/** How a caller uses a token of one connection. */
export interface ConnectionUsage {
  readonly headerName: string;
  readonly headerPrefix: string;
  /** Empty = unknown. */
  readonly apiBaseUrl: string;
  /** Origins the token may be sent to; empty = unknown. */
  readonly allowedOrigins: readonly string[];
}

type Facts = Pick<ProviderDefinition, "usage" | "metadata" | "callback">;
type Metadata = Readonly<Record<string, string>>;

/**
 * The entry's API, for one connection: placeholders that are no variables are filled from what the vendor said at the authorization, and where it named
 * the account's own host (`role: host`), the API is there. A host that came through the person's browser counts only if the entry lists it: whoever
 * opens the callback must not choose where callers send the token.
 */
export const connectionUsage = (
  { usage, metadata: rules, callback }: Facts,
  endpoints: Pick<Endpoints, "apiBaseUrl" | "allowedOrigins">,
  metadata: Metadata,
): ConnectionUsage => {
  const host = hostOf(rules, callback.tokenHost?.allow ?? [], metadata);
  const base = endpoints.apiBaseUrl || filled(usage.apiBaseUrl, rules, metadata);
  const apiBaseUrl = host === undefined ? base : atHost(host, base);
  return {
    headerName: usage.headerName,
    headerPrefix: usage.headerPrefix,
    apiBaseUrl,
    allowedOrigins: [
      ...new Set([...endpoints.allowedOrigins, ...(apiBaseUrl === "" ? [] : [new URL(apiBaseUrl).origin])]),
    ],
  };
};

/** What stands for itself in every place of a URL. */
const PLAIN = /^[A-Za-z0-9._~-]{1,255}$/;

/** Empty when something is missing, or could change the URL's shape. */
const filled = (template: string, rules: readonly MetadataRule[], metadata: Metadata): string => {
  const value = (name: string): string => (Object.hasOwn(metadata, name) ? (metadata[name] ?? "") : "");
  const names = placeholdersOf(template);
  if (template === "" || !names.every((name) => PLAIN.test(value(name)))) return "";
  if (names.some((name) => isOfBrowser(rules, name) && choosesDomain(template, name))) return "";
  const url = fillPlaceholders(template, value);
  return URL.canParse(url) ? url : "";
};

const isOfBrowser = (rules: readonly MetadataRule[], name: string): boolean =>
  rules.some((rule) => rule.name === name && rule.from === "callback");

/** In the host, and not as a label before a domain that the entry fixes. */
const choosesDomain = (template: string, name: string): boolean => {
  const [, authority = ""] = /^https:\/\/([^/?#]*)/.exec(template) ?? [];
  const [before = "", after = ""] = authority.split(`{${name}}`);
  return before !== authority && !/^(?:\.[a-z0-9-]+){2,}$/.test(after);
};

const HOST = /^(?=.{1,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]$/;

/** The URL of the account's own host, from the first `host` value that is one. */
const hostOf = (
  rules: readonly MetadataRule[],
  allowed: readonly string[],
  metadata: Metadata,
): URL | undefined => {
  for (const { name, from, role } of rules) {
    const url =
      role === "host" && Object.hasOwn(metadata, name) ? parseHost(metadata[name] ?? "") : undefined;
    if (url && (from !== "callback" || isListed(allowed, url.hostname))) return url;
  }
  return undefined;
};

/** An https URL without anything behind its path, or a bare host name. No address, no port of its own choice. */
const parseHost = (text: string): URL | undefined => {
  const candidate = HOST.test(text) ? `https://${text}` : text;
  const url = URL.canParse(candidate) ? new URL(candidate) : undefined;
  if (url?.protocol !== "https:" || !HOST.test(url.hostname)) return undefined;
  const isPlain = `${url.origin}${url.pathname}` === url.href && url.port === "";
  return isPlain ? url : undefined;
};

const isListed = (allowed: readonly string[], hostname: string): boolean =>
  allowed.some((item) => (item.startsWith(".") ? hostname.endsWith(item) : hostname === item));

/** The path is the vendor's where it names one, else the entry's. */
const atHost = (host: URL, base: string): string => {
  const path = host.pathname === "/" && base !== "" ? new URL(base).pathname : host.pathname;
  return `${host.origin}${path.replace(/\/+$/, "")}`;
};
