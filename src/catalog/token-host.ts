import type { CallbackRules } from "./request-rules.ts";

/**
 * The name under which a grant keeps the host that its callback chose, beside the connection's variables. No
 * caller can set it: it is never a declared variable.
 */
export const TOKEN_HOST = "token_host";

/** How a template says that only the callback knows the host: `https://{token_host}/token`. */
export const TOKEN_HOST_PLACEHOLDER = `{${TOKEN_HOST}}`;

type TokenHostRules = NonNullable<CallbackRules["tokenHost"]>;

const HOST = /^[a-z0-9-]+(\.[a-z0-9-]+)+$/;

/** Exactly one of the listed hosts, or for an item with a leading dot any host below it. */
export const isAllowedTokenHost = ({ allow }: Pick<TokenHostRules, "allow">, host: string): boolean =>
  HOST.test(host) && allow.some((item) => (item.startsWith(".") ? host.endsWith(item) : host === item));

/**
 * The host that a callback names, by itself or as an https URL; undefined when it names none, and "refused" when
 * what it names is not in the entry's list.
 */
export const tokenHostOf = (
  rules: TokenHostRules,
  params: URLSearchParams,
): { readonly host: string } | "refused" | undefined => {
  const parts = rules.parameters.map((name) => params.get(name) ?? "");
  if (parts.every((part) => part === "")) return undefined;
  const named = parts.join(".");
  // Some letters outside ASCII (U+212A) become ASCII letters in lower case.
  if (!/^[\x21-\x7e]+$/.test(named)) return "refused";
  const bare = rules.append === "" ? named.replace(/^https:\/\/([^/]+)\/?$/i, "$1") : named;
  const host = bare.toLowerCase() + rules.append;
  return isAllowedTokenHost(rules, host) ? { host } : "refused";
};
