const NAME = /^[A-Za-z][A-Za-z0-9_.:-]{0,63}$/;
const MAX_VALUE_LENGTH = 2048;
const CONTROL = /\p{Cc}/u;

/** What the flow sets in the authorization request; whoever could set it would choose another client, another callback or another response. */
const SET_IN_AUTHORIZE: ReadonlySet<string> = new Set([
  "client_id",
  "client_secret",
  "redirect_uri",
  "response_type",
  "response_mode",
  "state",
  "scope",
  "nonce",
  "request",
  "request_uri",
  "resource",
]);
const SET_PREFIXES = ["code_challenge", "client_assertion"];

/** A name that an extra request parameter may have: a letter, then letters, digits, `_ . : -`, at most 64 characters. */
export const isParameterName = (name: string): boolean => NAME.test(name);

/** At most 2048 characters, none of them a control character or half of one. */
export const isParameterValue = (value: string): boolean =>
  value.length <= MAX_VALUE_LENGTH && !CONTROL.test(value) && value.isWellFormed();

/** Servers that ignore case, or that read `redirect.uri` as `redirect_uri`, exist: names are compared as the loosest of them would. */
export const loosestParameterName = (name: string): string => name.toLowerCase().replaceAll(/[.:-]/g, "_");

/** Whether the authorization flow sets this parameter itself; `scopeParameter` is what the provider calls `scope`. */
export const isSetByAuthorizationFlow = (name: string, scopeParameter: string): boolean => {
  const loose = loosestParameterName(name);
  return (
    SET_IN_AUTHORIZE.has(loose) ||
    loose === loosestParameterName(scopeParameter) ||
    SET_PREFIXES.some((prefix) => loose.startsWith(prefix))
  );
};
