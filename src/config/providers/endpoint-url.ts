import type { InsecureLoopback } from "../config.ts";
import { isIpLiteral, isLoopbackHost, loopbackAllowed } from "../hosts.ts";

/** How far whoever gave a URL is trusted. */
export interface UrlRules {
  /** Hosts on this machine, and http to them. */
  readonly insecureLoopback: InsecureLoopback;
  /** Addresses instead of names (an operator's own server). */
  readonly ipLiterals: boolean;
}

const MAX_LENGTH = 2048;
const VISIBLE_ASCII = /^[\x21-\x7e]+$/;

/**
 * Whether a URL may become an endpoint of a provider: https, a host, no user and no fragment (RFC 6749 section 3.1), nothing that a URL parser
 * would change. Answers what is wrong, without the URL.
 */
export const endpointUrlProblem = (text: string, rules: UrlRules): string | undefined => {
  if (text.length > MAX_LENGTH) return `is longer than ${MAX_LENGTH} characters`;
  if (!VISIBLE_ASCII.test(text) || text.includes("\\")) return "holds a character that no URL has";
  if (/[{}]/.test(text)) return "holds a placeholder, which only catalog entries have";
  if (!URL.canParse(text)) return "is not a URL";
  const url = new URL(text);
  return parsedUrlProblem(url, text, rules) ?? hostProblem(url, text);
};

/** `https:///acme.example` and `https://0xcb.0x7107` name other hosts than they show. */
const hostProblem = ({ host, protocol }: URL, text: string): string | undefined => {
  const [, shown = ""] = /^https?:\/\/([^/?]*)/i.exec(text) ?? [];
  const standardPort = protocol === "https:" ? /:443$/ : /:80$/;
  return shown.toLowerCase().replace(standardPort, "") === host
    ? undefined
    : "does not show its host as a URL parser reads it";
};

const parsedUrlProblem = (url: URL, text: string, rules: UrlRules): string | undefined => {
  if (url.username !== "" || url.password !== "") return "holds a user name or password";
  if (text.includes("#")) return "holds a fragment";
  if (isLoopbackHost(url.hostname)) return loopbackProblem(url, rules);
  if (url.protocol !== "https:") return "is not https";
  if (!rules.ipLiterals && isIpLiteral(url.hostname)) return "holds an address instead of a host name";
  return undefined;
};

const loopbackProblem = (url: URL, rules: UrlRules): string | undefined => {
  const isWeb = url.protocol === "https:" || url.protocol === "http:";
  if (isWeb && loopbackAllowed(rules.insecureLoopback, url)) return undefined;
  return "leads to this machine, which BROKER_ALLOW_INSECURE_LOOPBACK does not allow for its host and port";
};

/** An issuer is a URL without query or fragment (RFC 8414 section 2) and is compared as a plain string. */
export const issuerProblem = (text: string, rules: UrlRules): string | undefined =>
  text.includes("?") ? "holds a query, which no issuer has" : endpointUrlProblem(text, rules);
