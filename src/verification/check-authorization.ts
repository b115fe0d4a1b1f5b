import { type Asked, askAuthorize } from "./ask-authorize.ts";
import { misplaced, unavailable } from "./check-endpoint.ts";
import { check, failed, type Finding, notChecked, passed, type ProviderCheck, warning } from "./check.ts";
import { explainObstacle } from "./explain-obstacle.ts";
import type { AuthorizeAnswer } from "./read-authorize-answer.ts";
import type { Subject } from "./subject.ts";

/**
 * The authorization endpoint, the redirect URI and the request, from what the server says to a request without a session. Where the server speaks OpenID
 * Connect and asks for a login, it is asked once more without one: then the answer goes to the redirect URI, or says that it must not.
 */
export const checkAuthorization = async (
  subject: Subject,
  speaksOpenId: Promise<boolean>,
): Promise<ProviderCheck[]> => {
  const { authorizeUrl } = subject.endpoints;
  const first = await askAuthorize(subject, { silently: false });
  const endpoint = judgeEndpoint(first);
  if (first.kind === "obstacle" || endpoint.status !== "passed")
    return [
      check("authorization_endpoint", authorizeUrl, endpoint),
      check("redirect_uri", subject.callbackUrl, UNASKED),
    ];
  const { answer } = first;
  const silent =
    answer.kind === "asks" && (await speaksOpenId) ? await askAuthorize(subject, { silently: true }) : first;
  return [
    check("authorization_endpoint", authorizeUrl, endpoint),
    check("redirect_uri", subject.callbackUrl, judgeRedirectUri(subject, answer, silent)),
    check("authorization_request", authorizeUrl, judgeRequest(answer, first.status)),
  ];
};

/** The other redirect URI of a provider that people log in with. */
export const checkLoginRedirectUri = async (
  subject: Subject,
  speaksOpenId: Promise<boolean>,
): Promise<ProviderCheck[]> => {
  const { loginCallbackUrl } = subject;
  if (loginCallbackUrl === "") return [];
  const checks = await checkAuthorization({ ...subject, callbackUrl: loginCallbackUrl }, speaksOpenId);
  return checks
    .filter(({ name }) => name === "redirect_uri")
    .map((found) => ({ ...found, name: "login_redirect_uri" }));
};

const UNASKED = notChecked("needs_login", "the authorization endpoint could not be asked about it");

/** Browsers go there, this process does not: an address that is out of its reach need not be out of theirs. */
const judgeEndpoint = (asked: Asked): Finding => {
  if (asked.kind === "obstacle") {
    const found = explainObstacle(asked.obstacle);
    return found.reason === "address_not_allowed"
      ? warning(
          found.reason,
          `${found.meaning}. Only browsers need to reach it, so it may work all the same`,
          found.cure,
        )
      : found;
  }
  const { status, answer } = asked;
  if (status >= 500) return unavailable(status);
  const isOwnRedirect = status >= 300 && status < 400;
  const misplacement = isOwnRedirect || answer.kind !== "refused" ? undefined : misplaced(status);
  return misplacement ?? passed(`a server that proves its name answers (status ${status})`);
};

const judgeRedirectUri = ({ callbackUrl }: Subject, answer: AuthorizeAnswer, silent: Asked): Finding => {
  const kinds = [answer.kind, silent.kind === "answer" ? silent.answer.kind : undefined];
  if (kinds.includes("redirect_uri_refused"))
    return failed(
      "redirect_uri_refused",
      "the vendor refuses the redirect URI for this client, or refuses the request and names it",
      `register exactly ${callbackUrl} at the vendor: scheme, host, port, path and the slash at its end count`,
    );
  if (kinds.includes("returned"))
    return passed("the vendor sends the browser back to it, which it may do only to a registered one");
  return notChecked(
    "needs_login",
    "cannot be checked without a login: the vendor shows its login before it looks at the redirect URI, or does not say",
    `make sure that exactly ${callbackUrl} is registered at the vendor`,
  );
};

const judgeRequest = (answer: AuthorizeAnswer, status: number): Finding => {
  switch (answer.kind) {
    case "asks":
      return passed("the vendor takes the request and asks for a login");
    case "returned":
      return judgeReturned(answer.error);
    case "client_unknown":
      return failed(
        "client_unknown",
        "the vendor refuses the request and names the client id, which it may not know",
        "copy the client id again from the vendor's console",
      );
    case "redirect_uri_refused":
      return notChecked("redirect_uri_refused", "the vendor did not get past the redirect URI");
    case "refused":
      return judgeRefused(status);
  }
};

/** What stands before many a vendor's login keeps programs out, with these and without a word about the request. */
const KEEPS_PROGRAMS_OUT: ReadonlySet<number> = new Set([401, 403, 406, 418, 429, 451]);

const judgeRefused = (status: number): Finding =>
  KEEPS_PROGRAMS_OUT.has(status)
    ? warning(
        "unexpected_answer",
        `the vendor answers with status ${status} and does not say what is wrong: some keep out whatever is no browser`,
        "open an authorize URL (StartAuthorization) in a browser and see whether the login comes",
      )
    : failed(
        "request_refused",
        `the vendor refuses the request (status ${status}) and does not say that it is for the redirect URI`,
        "open an authorize URL (StartAuthorization) in a browser and read what the page says",
      );

/** Without a session these are what it should say. */
const NO_SESSION: ReadonlySet<string> = new Set([
  "",
  "login_required",
  "interaction_required",
  "consent_required",
  "account_selection_required",
  "access_denied",
]);

const judgeReturned = (error: string): Finding => {
  if (NO_SESSION.has(error)) return passed("the vendor takes the request");
  if (error === "invalid_scope")
    return failed(
      "invalid_scope",
      "the vendor refuses the scopes that are asked for by default (invalid_scope)",
      "allow them for this application in the vendor's console, or set others",
    );
  if (error === "unauthorized_client")
    return failed(
      "unauthorized_client",
      "the vendor does not let this client use the authorization code flow (unauthorized_client)",
      "allow the authorization code grant for this application in the vendor's console",
    );
  if (error === "server_error" || error === "temporarily_unavailable")
    return warning("unavailable", "the vendor is in trouble at the moment", "try again later");
  return failed(
    "request_refused",
    "the vendor sends the browser back with an error about the request",
    "open an authorize URL (StartAuthorization) in a browser and read what the page says",
  );
};
