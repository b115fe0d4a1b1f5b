import type { FailureCode } from "../authorization-flow/index.ts";
import { type PageText, renderPage } from "./page-template.ts";

export interface Page {
  readonly status: number;
  readonly body: Buffer;
}

const page = (status: number, text: PageText): Page => ({ status, body: renderPage(text) });

/**
 * A person whose flow ended reads its end here, when the application gave no address to return to. The status is 200 whatever the end was:
 * the state is spent, and a proxy that sees a 5xx would send the request again or put its own page over this one.
 */
export const successPage = page(200, {
  tone: "good",
  title: "You are connected",
  text: "Everything worked. You can close this window and go back to the application.",
});

export const awaitingPage = page(200, {
  tone: "wait",
  title: "One step left",
  text: "Go back to the application to finish connecting. This only works for about a minute.",
});

const failure = (code: FailureCode, title: string, text: string): Page =>
  page(200, { tone: "bad", title, text, code });

const START_AGAIN = "Go back to the application and start again.";
const ASK = "If it happens again, give the code below to whoever runs the application.";

export const failurePages: Readonly<Record<FailureCode, Page>> = {
  access_denied: failure(
    "access_denied",
    "Nothing was connected",
    `Access was not granted, so nothing has changed. If that was a mistake: ${START_AGAIN.toLowerCase()}`,
  ),
  invalid_scope: failure(
    "invalid_scope",
    "The request was refused",
    "The service does not offer what the application asked for. Give the code below to whoever runs the application.",
  ),
  provider_error: failure("provider_error", "The service reported an error", `${START_AGAIN} ${ASK}`),
  issuer_mismatch: failure(
    "issuer_mismatch",
    "The answer came from the wrong place",
    `For your safety nothing was connected. ${START_AGAIN} ${ASK}`,
  ),
  exchange_failed: failure("exchange_failed", "Connecting did not work", `${START_AGAIN} ${ASK}`),
  provider_unavailable: failure(
    "provider_unavailable",
    "The service did not answer",
    "Wait a moment, then go back to the application and start again.",
  ),
  invalid_token_response: failure(
    "invalid_token_response",
    "The service sent an answer that cannot be used",
    `${START_AGAIN} ${ASK}`,
  ),
  account_mismatch: failure(
    "account_mismatch",
    "This is another account than before",
    "Nothing was changed. Go back to the application, start again and sign in with the account that was connected first.",
  ),
  internal_error: failure("internal_error", "Something went wrong here", `${START_AGAIN} ${ASK}`),
};

const problem = (status: number, title: string, text: string): Page =>
  page(status, { tone: "bad", title, text });

/** One page, one status, for every callback that names no flow that can go on; what was wrong is not told, not even by a difference in bytes. */
export const invalidPage = problem(
  400,
  "This link does not work",
  "It is incomplete, too old, or was used already. Go back to the application and start again.",
);

export const notFoundPage = problem(
  404,
  "There is nothing here",
  "Check the address, or go back to the application.",
);
export const methodPage = problem(
  405,
  "This cannot be done here",
  "Go back to the application and start again.",
);
export const bodyTooLargePage = problem(
  413,
  "This request is too large",
  "Go back to the application and start again.",
);
export const uriTooLongPage = problem(
  414,
  "This address is too long",
  "Go back to the application and start again.",
);
export const mediaTypePage = problem(
  415,
  "This request cannot be read",
  "Go back to the application and start again.",
);
export const unavailablePage = problem(
  503,
  "Not available just now",
  "Nothing was lost. Wait a moment, then load this page again.",
);
