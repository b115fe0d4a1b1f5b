/**
 * What an authorization endpoint says to a request without a session.
 *
 * - `returned`: it sends the browser to the broker's callback, so it takes the redirect URI: a server must not redirect to any other (RFC 6749 section
 *   4.1.2.1). `error` is what it brings along; empty = a code, or nothing.
 * - `redirect_uri_refused`, `client_unknown`: it says so at once. `refused`: it refuses the request for another reason.
 * - `asks`: a page or a redirect of its own, as before a login.
 */
export type AuthorizeAnswer =
  | { readonly kind: "returned"; readonly error: string }
  | { readonly kind: "redirect_uri_refused" | "client_unknown" | "refused" | "asks" };

export interface ReceivedAnswer {
  readonly status: number;
  /** Absolute or relative; empty = none. */
  readonly location: string;
  readonly contentType: string;
  readonly body: string;
}

export interface AskedAt {
  readonly authorizeUrl: string;
  readonly callbackUrl: string;
}

/** How much of a page is looked at. */
const MAX_PAGE_LENGTH = 256 * 1024;

export const readAuthorizeAnswer = (answer: ReceivedAnswer, asked: AskedAt): AuthorizeAnswer => {
  const back = returnedTo(answer, asked);
  if (back) return { kind: "returned", error: back.get("error") ?? "" };
  if (answer.status >= 300 && answer.status < 400) return readRedirect(answer.location, asked);
  const body = answer.body.slice(0, MAX_PAGE_LENGTH);
  if (answer.status >= 400) return { kind: complaintIn(body) ?? "refused" };
  if (answer.contentType.includes("json") && /"error/i.test(body))
    return { kind: complaintIn(body) ?? "refused" };
  // A page is a login unless its title says otherwise: its text may speak of anything.
  const complaint = ERROR_TITLE.test(body) ? complaintIn(body) : undefined;
  return { kind: complaint ?? "asks" };
};

/** By redirect, or by a form that posts itself (OAuth 2.0 Form Post Response Mode). */
const returnedTo = (
  answer: ReceivedAnswer,
  { authorizeUrl, callbackUrl }: AskedAt,
): URLSearchParams | undefined => {
  if (answer.location !== "" && URL.canParse(answer.location, authorizeUrl)) {
    const target = new URL(answer.location, authorizeUrl);
    if (isSamePage(target, callbackUrl))
      return new URLSearchParams(`${target.search}&${target.hash.slice(1)}`);
  }
  const action = FORM_ACTION.exec(answer.body)?.[1];
  if (action === undefined || !URL.canParse(unescapeHtml(action), authorizeUrl)) return undefined;
  return isSamePage(new URL(unescapeHtml(action), authorizeUrl), callbackUrl)
    ? new URLSearchParams(fieldsOf(answer.body))
    : undefined;
};

const FORM_ACTION = /<form\b[^>]*\baction\s*=\s*["']([^"']*)["']/i;
const FIELD = /<input\b[^>]*\bname\s*=\s*["']([^"']*)["'][^>]*\bvalue\s*=\s*["']([^"']*)["']/gi;

const fieldsOf = (body: string): [string, string][] =>
  [...body.matchAll(FIELD)].map(([, name = "", value = ""]) => [unescapeHtml(name), unescapeHtml(value)]);

const unescapeHtml = (text: string): string =>
  text
    .replaceAll(/&#(?:x2f|47);/gi, "/")
    .replaceAll(/&#(?:x3a|58);/gi, ":")
    .replaceAll("&amp;", "&");

const isSamePage = (target: URL, callbackUrl: string): boolean => {
  const own = new URL(callbackUrl);
  return target.origin === own.origin && target.pathname === own.pathname;
};

/** A redirect to an error page says why in its parameters, sometimes packed as base64. */
const readRedirect = (location: string, { authorizeUrl }: AskedAt): AuthorizeAnswer => {
  if (!URL.canParse(location, authorizeUrl)) return { kind: "asks" };
  const target = new URL(location, authorizeUrl);
  const params = new URLSearchParams(`${target.search}&${target.hash.replace(/^#[^?]*\??/, "")}`);
  const errors = [...params].filter(([name]) => /err/i.test(name)).map(([, value]) => value);
  if (errors.length === 0) return { kind: "asks" };
  const text = errors.flatMap((value) => [value, Buffer.from(value, "base64").toString("latin1")]).join("\n");
  return { kind: complaintIn(text) ?? "refused" };
};

const ERROR_TITLE = /<title\b[^>]*>[^<]*(?:error|mismatch|invalid)[^<]*<\/title>/i;

/** Vendors' words for it. */
const REDIRECT_URI = /redirect[\s_-]?ur[il]|callback[\s_-]?ur[il]|reply[\s_-]?ur[il]/i;
const CLIENT =
  /invalid_client|client[\s_-]?id|(?:unknown|invalid|no such|unauthorized)[\s_-](?:client|app)|(?:client|app\w*)\b[^.<]{0,24}\b(?:not (?:be )?found|unknown|invalid|does not exist)/i;

/** The request's own parameters come back in many an error page, and mean nothing there. */
const ECHO = /(?:redirect_uri|client_id)(?:=|%3D|\\u003d|(?:\\?["']|&quot;)\s*:|["']\s*value)/gi;

const complaintIn = (text: string): "redirect_uri_refused" | "client_unknown" | undefined => {
  const said = text.replaceAll(ECHO, " ");
  if (REDIRECT_URI.test(said)) return "redirect_uri_refused";
  return CLIENT.test(said) ? "client_unknown" : undefined;
};
