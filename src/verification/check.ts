/** What is looked at, in the order of the report. */
export const checkNames = [
  "facts",
  "authorization_endpoint",
  "token_endpoint",
  "refresh_endpoint",
  "userinfo_endpoint",
  "revocation_endpoint",
  "metadata",
  "client",
  "redirect_uri",
  "login_redirect_uri",
  "authorization_request",
] as const;

export type CheckName = (typeof checkNames)[number];

/** `warning`: it may work, and somebody should look. `not_checked`: this cannot be known from here. */
export type CheckStatus = "passed" | "warning" | "failed" | "not_checked";

/** Why a check ended as it did, for programs. The list only grows. */
export const checkReasons = [
  "ok",
  // facts
  "single_source",
  "contested",
  "unverified",
  // the network
  "address_not_allowed",
  "unknown_host",
  "connection_refused",
  "unreachable",
  "timeout",
  "tls_wrong_name",
  "tls_expired",
  "tls_untrusted",
  "tls_failed",
  "no_answer",
  // endpoints
  "not_found",
  "redirects",
  "unavailable",
  "unexpected_answer",
  // metadata
  "not_published",
  "issuer_mismatch",
  "endpoint_mismatch",
  "other_server",
  "method_not_listed",
  "pkce_not_listed",
  // client, redirect URI and request
  "request_not_made",
  "invalid_client",
  "previous_secret_only",
  "unauthorized_client",
  "unclear_answer",
  "redirect_uri_refused",
  "needs_login",
  "client_unknown",
  "invalid_scope",
  "request_refused",
] as const;

export type CheckReason = (typeof checkReasons)[number];

/** What a check found. Meaning and cure are this broker's own words; neither holds a secret. */
export interface Finding {
  readonly status: CheckStatus;
  readonly reason: CheckReason;
  readonly meaning: string;
  /** What to do; empty = nothing. */
  readonly cure: string;
}

export interface ProviderCheck extends Finding {
  readonly name: CheckName;
  /** What it is about, without a query: an endpoint, or the redirect URI. Empty = the provider as a whole. */
  readonly url: string;
}

export const passed = (meaning: string): Finding => ({ status: "passed", reason: "ok", meaning, cure: "" });

const finding =
  (status: CheckStatus) =>
  (reason: CheckReason, meaning: string, cure = ""): Finding => ({ status, reason, meaning, cure });

export const warning = finding("warning");
export const failed = finding("failed");
export const notChecked = finding("not_checked");

export const check = (name: CheckName, url: string, found: Finding): ProviderCheck => ({
  name,
  url: withoutQuery(url),
  ...found,
});

/** A query or a fragment may have been given by the operator to carry something that is nobody else's business. */
const withoutQuery = (url: string): string => url.replace(/[?#].*$/s, "");
