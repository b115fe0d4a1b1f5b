/**
 * What a failed call to a provider proves about the grant:
 *
 * - `transient`: nothing; the same call may succeed later. The request was not sent, or the server said that it is the server's trouble.
 * - `outcome_unknown`: the request was sent and no readable answer came back. A refresh token may have been spent.
 * - `rejected`: the code or refresh token is dead (`invalid_grant` or the vendor's name for it).
 * - `client`: our credentials, the endpoint or the request are wrong; the grant is not.
 * - `invalid_response`: a readable 2xx answer that is no usable token set. For a refresh its outcome is as unknown as above.
 */
export type FailureClass = "transient" | "outcome_unknown" | "rejected" | "client" | "invalid_response";

/** The codes that may be shown: RFC 6749 (4.1.2.1, 5.2), RFC 7009 (2.2.1), RFC 8628 (3.5), RFC 8707, OpenID Connect Core (3.1.2.6). */
const PROVIDER_ERRORS: ReadonlySet<string> = new Set([
  "invalid_request",
  "invalid_client",
  "invalid_grant",
  "unauthorized_client",
  "unsupported_grant_type",
  "invalid_scope",
  "access_denied",
  "unsupported_response_type",
  "server_error",
  "temporarily_unavailable",
  "unsupported_token_type",
  "invalid_token",
  "slow_down",
  "expired_token",
  "invalid_target",
  "interaction_required",
  "login_required",
  "account_selection_required",
  "consent_required",
]);

/** A vendor's error code if it is one of the standards' own, else "": a vendor's words never travel further. */
export const knownProviderError = (code: string): string => (PROVIDER_ERRORS.has(code) ? code : "");

export interface OAuthFailureOptions {
  readonly class: FailureClass;
  /** One of the standards' codes; anything else becomes "". */
  readonly providerError?: string;
  readonly httpStatus?: number | undefined;
  readonly retryAfterMs?: number | undefined;
  /** Whether the request may have reached the server. */
  readonly sent: boolean;
  /** An error of this product (`EgressFailure`, `BrokerError`): foreign errors quote bodies and addresses. */
  readonly cause?: Error;
}

/** A call to a provider that did not give what was asked for. The message is fixed words and a status: no URL, no address, nothing the vendor wrote. */
export class OAuthFailure extends Error {
  readonly class: FailureClass;
  readonly providerError: string;
  readonly httpStatus: number | undefined;
  readonly retryAfterMs: number | undefined;
  readonly sent: boolean;

  constructor(message: string, options: OAuthFailureOptions) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "OAuthFailure";
    this.class = options.class;
    this.providerError = knownProviderError(options.providerError ?? "");
    this.httpStatus = options.httpStatus;
    this.retryAfterMs = options.retryAfterMs;
    this.sent = options.sent;
  }
}
