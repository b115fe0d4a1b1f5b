import type { CallbackOutcome } from "../authorization-flow/index.ts";
import { type PageText, renderPage } from "./page-template.ts";

export interface Page {
  readonly status: number;
  readonly body: Buffer;
}

const page = (status: number, text: PageText): Page => ({ status, body: renderPage(text) });

const result = (text: PageText): Page => page(200, text);

const START_AGAIN = "Go back to the application and start again.";
const ASK = "If it happens again, give the code below to whoever runs the application.";

/**
 * A person whose flow ended reads its end here, when the application gave no address to return to. The status is 200 whatever the end was:
 * the state is spent, and a proxy that sees a 5xx would send the request again or put its own page over this one.
 */
export const resultPages: Readonly<Record<CallbackOutcome, Page>> = {
  succeeded: result({
    tone: "good",
    title: "You are connected",
    text: "Everything worked. You can close this window and go back to the application.",
  }),
  awaiting_completion: result({
    tone: "wait",
    title: "One step left",
    text: "Go back to the application to finish connecting. This works for about a minute.",
  }),
  access_denied: result({
    tone: "bad",
    title: "Nothing was connected",
    text: "Access was not granted, and nothing has changed. If you did not mean that, go back to the application and start again.",
    code: "access_denied",
  }),
  invalid_scope: result({
    tone: "bad",
    title: "The request was refused",
    text: "The service does not offer what the application asked for. Give the code below to whoever runs the application.",
    code: "invalid_scope",
  }),
  provider_error: result({
    tone: "bad",
    title: "The service reported an error",
    text: `${START_AGAIN} ${ASK}`,
    code: "provider_error",
  }),
  issuer_mismatch: result({
    tone: "bad",
    title: "The answer came from the wrong place",
    text: `To keep you safe, nothing was connected. ${START_AGAIN} ${ASK}`,
    code: "issuer_mismatch",
  }),
  exchange_failed: result({
    tone: "bad",
    title: "Connecting did not work",
    text: `${START_AGAIN} ${ASK}`,
    code: "exchange_failed",
  }),
  provider_unavailable: result({
    tone: "bad",
    title: "The service did not answer",
    text: "Wait a moment, then go back to the application and start again.",
    code: "provider_unavailable",
  }),
  invalid_token_response: result({
    tone: "bad",
    title: "The service sent an answer that cannot be used",
    text: `${START_AGAIN} ${ASK}`,
    code: "invalid_token_response",
  }),
  account_mismatch: result({
    tone: "bad",
    title: "This is another account than before",
    text: "Nothing has changed. Go back to the application, start again, and sign in with the account that was connected first.",
    code: "account_mismatch",
  }),
  internal_error: result({
    tone: "bad",
    title: "Something went wrong here",
    text: `${START_AGAIN} ${ASK}`,
    code: "internal_error",
  }),
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
export const methodPage = problem(405, "This cannot be done here", START_AGAIN);
export const bodyTooLargePage = problem(413, "This request is too large", START_AGAIN);
export const uriTooLongPage = problem(414, "This address is too long", START_AGAIN);
export const mediaTypePage = problem(415, "This request cannot be read", START_AGAIN);
export const tooManyPage = problem(429, "Too many requests", "Wait a minute, then load this page again.");
export const defectPage = problem(500, "Something went wrong here", START_AGAIN);
export const unavailablePage = problem(
  503,
  "Not available just now",
  "Nothing was lost. Wait a moment, then load this page again.",
);
