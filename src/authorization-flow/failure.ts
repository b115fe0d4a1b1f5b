import { BrokerError, type BrokerErrorCode } from "../errors.ts";
import { IdentityFailure, OAuthFailure } from "../oauth/index.ts";

/** What `error=` in a redirect, or a result page, says. Fixed words: a vendor's own code or text is never passed on. */
export type FailureCode =
  | "access_denied"
  | "invalid_scope"
  | "provider_error"
  | "issuer_mismatch"
  | "exchange_failed"
  | "provider_unavailable"
  | "invalid_token_response"
  | "account_mismatch"
  | "internal_error";

/** Why a flow ended without a token, as it is recorded and as GetAuthorization tells it, with what the browser is told. */
const CODES = {
  ACCESS_DENIED: "access_denied",
  INVALID_SCOPE: "invalid_scope",
  PROVIDER_ERROR: "provider_error",
  ISSUER_MISMATCH: "issuer_mismatch",
  EXCHANGE_FAILED: "exchange_failed",
  EXCHANGE_INTERRUPTED: "exchange_failed",
  PROVIDER_MISCONFIGURED: "exchange_failed",
  PROVIDER_UNAVAILABLE: "provider_unavailable",
  INVALID_TOKEN_RESPONSE: "invalid_token_response",
  IDENTITY_NOT_VERIFIED: "exchange_failed",
  ACCOUNT_MISMATCH: "account_mismatch",
  KEY_UNAVAILABLE: "internal_error",
  INTERNAL: "internal_error",
} as const satisfies Partial<Record<BrokerErrorCode, FailureCode>>;

export type FailureReason = keyof typeof CODES;

export const failureCodeOf = (reason: FailureReason): FailureCode => CODES[reason];

/** A stored reason; one that a later version wrote counts as INTERNAL. */
export const parseReason = (text: string): FailureReason =>
  Object.hasOwn(CODES, text) ? (text as FailureReason) : "INTERNAL";

/** The `error` of an authorization response (RFC 6749 section 4.1.2.1). */
export const reasonOfAuthorizationError = (error: string): FailureReason => {
  switch (error) {
    case "access_denied":
      return "ACCESS_DENIED";
    case "invalid_scope":
      return "INVALID_SCOPE";
    case "temporarily_unavailable":
      return "PROVIDER_UNAVAILABLE";
    default:
      return "PROVIDER_ERROR";
  }
};

/** What went wrong between the code and the stored token. */
export const reasonOfError = (error: unknown): FailureReason => {
  if (error instanceof OAuthFailure) return reasonOfOAuthFailure(error);
  if (error instanceof IdentityFailure) return "IDENTITY_NOT_VERIFIED";
  if (!(error instanceof BrokerError)) return "INTERNAL";
  switch (error.code) {
    case "PROVIDER_NOT_FOUND":
    case "EGRESS_DENIED":
    case "REAUTHORIZATION_REQUIRED":
      return "PROVIDER_MISCONFIGURED";
    default:
      return parseReason(error.code);
  }
};

const reasonOfOAuthFailure = (failure: OAuthFailure): FailureReason => {
  switch (failure.class) {
    case "transient":
      return "PROVIDER_UNAVAILABLE";
    case "outcome_unknown":
      return isSuccessStatus(failure.httpStatus) ? "INVALID_TOKEN_RESPONSE" : "PROVIDER_UNAVAILABLE";
    case "invalid_response":
      return "INVALID_TOKEN_RESPONSE";
    case "rejected":
      return "EXCHANGE_FAILED";
    case "client":
      return failure.providerError === "invalid_scope" ? "INVALID_SCOPE" : "PROVIDER_MISCONFIGURED";
  }
};

const isSuccessStatus = (status: number | undefined): boolean =>
  status !== undefined && status >= 200 && status < 300;

const MESSAGES: Record<FailureReason, string> = {
  ACCESS_DENIED: "the person did not grant access",
  INVALID_SCOPE: "the provider refused the requested scopes",
  PROVIDER_ERROR: "the provider ended the authorization with an error",
  ISSUER_MISMATCH: "the answer did not come from the provider that was asked",
  EXCHANGE_FAILED: "the provider refused the authorization code",
  EXCHANGE_INTERRUPTED: "the exchange was cut off and its outcome is unknown",
  PROVIDER_MISCONFIGURED:
    "the provider's registration does not work: check its client id, secret and endpoints",
  PROVIDER_UNAVAILABLE: "the provider did not answer the exchange",
  INVALID_TOKEN_RESPONSE: "the provider's answer to the exchange holds no usable token",
  IDENTITY_NOT_VERIFIED: "the provider's answer does not prove who logged in",
  ACCOUNT_MISMATCH: "another account was authorized than the one connected before",
  KEY_UNAVAILABLE: "the flow's secrets do not open with the configured keys",
  INTERNAL: "the broker failed after the provider's answer",
};

/**
 * The answer of CompleteAuthorization for a flow that failed. The code is spent, so a person must start again: a reason that elsewhere invites to
 * try again is `EXCHANGE_FAILED` here, with itself as `metadata.cause`.
 */
export const completionError = (reason: FailureReason, cause: string = reason): BrokerError =>
  new BrokerError(
    reason === "PROVIDER_UNAVAILABLE" ? "EXCHANGE_FAILED" : reason,
    `${MESSAGES[reason]}; start a new authorization`,
    { metadata: { cause } },
  );
