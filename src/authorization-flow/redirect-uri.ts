import { isLoopbackHost } from "../config/index.ts";
import { refusedSchemes } from "../config/index.ts";
import { BrokerError, invalidField } from "../errors.ts";
import { type AllowRule, isAllowed, parseAllowList } from "./redirect-allow-list.ts";

export interface RedirectSettings {
  readonly mode: "development" | "production";
  /** Items of `CONNECT_REDIRECT_ALLOW_HOSTS`. */
  readonly redirectAllow: readonly string[];
  /** `CONNECT_DEFAULT_REDIRECT_URI`; its host (or custom scheme) needs no listing. */
  readonly defaultRedirectUri: string | undefined;
}

/** Which return addresses StartAuthorization accepts, resolved once from the settings. */
export interface RedirectPolicy {
  readonly mode: "development" | "production";
  readonly rules: readonly AllowRule[];
}

export interface AcceptedRedirect {
  /** The address as it is stored and redirected to, in the WHATWG serialisation. */
  readonly uri: string;
  /** A custom scheme that is not listed: tolerated in development, worth a warning. */
  readonly unlistedScheme: boolean;
}

const FIELD = "redirect_uri";
const MAX_LENGTH = 2048;
const PRINTABLE_ASCII = /^[\x21-\x7e]*$/;
const SCHEME = /^[a-z][a-z0-9+.-]*:/i;
/** `localhost:3000/x` would be a path of the scheme `localhost:`; nobody means that. */
const HOST_AND_PORT = /^[^/?:]+:\d+(?:[/?]|$)/;
const WEB_AUTHORITY = /^https?:\/\/([^/?#]+)/i;

/**
 * @throws BrokerError INVALID_REQUEST naming `CONNECT_REDIRECT_ALLOW_HOSTS` and the item that cannot be read, or `CONNECT_DEFAULT_REDIRECT_URI`
 *   in a form that is always refused.
 */
export const createRedirectPolicy = (settings: RedirectSettings): RedirectPolicy => ({
  mode: settings.mode,
  rules: [...parseAllowList(settings.redirectAllow), ...ruleOfDefault(settings.defaultRedirectUri)],
});

const ruleOfDefault = (uri: string | undefined): AllowRule[] => {
  if (uri === undefined) return [];
  const url = parseStrictly(uri, "CONNECT_DEFAULT_REDIRECT_URI");
  return isWeb(url) ? [{ kind: "host", host: url.hostname }] : [{ kind: "scheme", scheme: url.protocol }];
};

/**
 * Decides on one return address. The text is judged before it is parsed, because the parser drops tabs and newlines, reads `\` as `/` and finds
 * a host in `https:evil`; then it must parse to the very host it shows; then host or scheme is compared, exactly.
 *
 * Plain http reaches only loopback: in development, or in production where the operator listed it (RFC 8252 section 7.3).
 *
 * @throws BrokerError INVALID_REQUEST for a form that is always refused; REDIRECT_URI_NOT_ALLOWED with `metadata.variable` and `metadata.item`,
 *   the item that would allow it.
 */
export const checkRedirectUri = (policy: RedirectPolicy, text: string): AcceptedRedirect => {
  const url = parseStrictly(text, FIELD);
  const loopback = isWeb(url) && isLoopbackHost(url.hostname);
  if (url.protocol === "http:" && !loopback) throw invalidField(FIELD, "must be https; http is for loopback");
  if (isAllowed(policy.rules, url)) return { uri: url.href, unlistedScheme: false };
  if (policy.mode === "production") throw notAllowed(url);
  if (isWeb(url) && !loopback) throw notAllowed(url);
  return { uri: url.href, unlistedScheme: !loopback };
};

/** The URL, if the text has a form that can be allowed at all. */
const parseStrictly = (text: string, field: string): URL => {
  const problem = problemOfText(text) ?? problemOfScheme(text);
  if (problem !== undefined) throw invalidField(field, problem);
  if (!URL.canParse(text)) throw invalidField(field, "is not a valid URI");
  const url = new URL(text);
  const parsedProblem = problemOfUrl(text, url);
  if (parsedProblem !== undefined) throw invalidField(field, parsedProblem);
  return url;
};

const problemOfText = (text: string): string | undefined => {
  if (text.length > MAX_LENGTH) return `must not be longer than ${MAX_LENGTH} characters`;
  if (!PRINTABLE_ASCII.test(text))
    return "must be printable ASCII without spaces: percent-encode the rest, write an international host as xn--";
  if (text.includes("\\")) return "must not contain a backslash";
  return text.includes("#") ? "must not have a fragment" : undefined;
};

const problemOfScheme = (text: string): string | undefined => {
  const scheme = SCHEME.exec(text)?.[0].toLowerCase();
  if (scheme === undefined || HOST_AND_PORT.test(text))
    return "must be absolute, for example https://app.example.com/connected";
  if (refusedSchemes.has(scheme)) return `must not use ${scheme}, a scheme that is never allowed`;
  const isWebScheme = scheme === "https:" || scheme === "http:";
  return isWebScheme && !WEB_AUTHORITY.test(text) ? `must have // and a host behind ${scheme}` : undefined;
};

/** A web host must stand in the text as the parser reads it: no userinfo, no percent-encoding, no number that turns into an address. */
const problemOfUrl = (text: string, url: URL): string | undefined => {
  const shown = isWeb(url) ? (WEB_AUTHORITY.exec(text)?.[1]?.toLowerCase() ?? "") : url.host;
  if (shown.includes("@") || url.username !== "" || url.password !== "")
    return "must not hold a user name or password";
  if (shown.replace(/:\d*$/, "") !== url.hostname)
    return "must show its host in the form that a browser reads";
  return url.hostname.endsWith(".") ? "must not have a dot behind its host" : undefined;
};

const isWeb = (url: URL): boolean => url.protocol === "https:" || url.protocol === "http:";

const notAllowed = (url: URL): BrokerError => {
  const item = isWeb(url) ? url.host : url.protocol;
  const description = `is not allowed: add ${item} to CONNECT_REDIRECT_ALLOW_HOSTS`;
  return new BrokerError("REDIRECT_URI_NOT_ALLOWED", `${FIELD}: ${description}`, {
    metadata: { variable: "CONNECT_REDIRECT_ALLOW_HOSTS", item },
    fieldViolations: [{ field: FIELD, description }],
  });
};
