/**
 * Every way a call can fail, as one closed union. The names are the `ErrorReason` values of the contract without their
 * prefix; `server/` maps each to a Connect code, `http-callback/` to a status and a page, and neither compiles while one is missing.
 */
export type BrokerErrorCode =
  | "INVALID_REQUEST"
  | "MESSAGE_TOO_LARGE"
  | "REDIRECT_URI_NOT_ALLOWED"
  | "UNAUTHENTICATED"
  | "CALLER_KEYS_UNAVAILABLE"
  | "PERMISSION_DENIED"
  | "CONNECTION_NOT_FOUND"
  | "CONNECTION_ALREADY_EXISTS"
  | "VERSION_MISMATCH"
  | "PROVIDER_NOT_FOUND"
  | "PROVIDER_ALREADY_EXISTS"
  | "PROVIDER_IN_USE"
  | "AUTHORIZATION_NOT_FOUND"
  | "TICKET_REJECTED"
  | "TICKET_EXPIRED"
  | "ACCESS_DENIED"
  | "INVALID_SCOPE"
  | "PROVIDER_ERROR"
  | "ISSUER_MISMATCH"
  | "EXCHANGE_FAILED"
  | "EXCHANGE_INTERRUPTED"
  | "INVALID_TOKEN_RESPONSE"
  | "IDENTITY_NOT_VERIFIED"
  | "ACCOUNT_MISMATCH"
  | "REAUTHORIZATION_REQUIRED"
  | "EXPIRED_NOT_REFRESHABLE"
  | "PROVIDER_UNAVAILABLE"
  | "PROVIDER_MISCONFIGURED"
  | "MISSING_SCOPES"
  | "KEY_UNAVAILABLE"
  | "TOKEN_REJECTED"
  | "BLOCKED"
  | "EGRESS_DENIED"
  | "MCP_NOT_PROTECTED"
  | "METADATA_INVALID"
  | "RESOURCE_MISMATCH"
  | "PKCE_NOT_SUPPORTED"
  | "CLIENT_REGISTRATION_REQUIRED"
  | "STEP_UP_LIMIT"
  | "CROSS_DOMAIN_ISSUER"
  | "OAUTH_CLIENT_NOT_FOUND"
  | "OAUTH_CLIENT_ALREADY_EXISTS"
  | "OAUTH_CLIENT_IN_USE"
  | "STORE_UNAVAILABLE"
  | "DEADLINE_EXCEEDED"
  | "DRAINING"
  | "WATCH_ENDED"
  | "NOT_AVAILABLE"
  | "RATE_LIMITED"
  | "INTERNAL";

/** One field of a request that is wrong: `field` is the contract's field path, `description` says what is wrong and the cure. */
export interface FieldViolation {
  readonly field: string;
  readonly description: string;
}

export interface BrokerErrorOptions {
  /** For the log's `error_class` only; never shown. */
  readonly cause?: unknown;
  /** Machine-readable facts for the caller (`ErrorInfo.metadata`). Never a secret, a token or a vendor's text. */
  readonly metadata?: Readonly<Record<string, string>>;
  readonly fieldViolations?: readonly FieldViolation[];
  /** When trying again may help, in milliseconds from now. Becomes `RetryInfo`. */
  readonly retryAfterMs?: number;
}

/** An error whose message is safe to show to the caller: it names the field or variable and the cure, and holds no value that could be secret. */
export class BrokerError extends Error {
  readonly code: BrokerErrorCode;
  readonly metadata: Readonly<Record<string, string>>;
  readonly fieldViolations: readonly FieldViolation[];
  readonly retryAfterMs: number | undefined;

  constructor(code: BrokerErrorCode, message: string, options: BrokerErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "BrokerError";
    this.code = code;
    this.metadata = options.metadata ?? {};
    this.fieldViolations = options.fieldViolations ?? [];
    this.retryAfterMs = options.retryAfterMs;
  }
}

/**
 * An error of the start or of the command line, for the operator: its message names a path, an address or a variable and the cure, and holds nothing that
 * could be secret. What is neither this nor a `BrokerError` is somebody else's, and only its class is ever shown.
 */
export class OperatorError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "OperatorError";
  }
}

/** `INVALID_REQUEST` for one field of a request. */
export const invalidField = (field: string, description: string): BrokerError =>
  new BrokerError("INVALID_REQUEST", `${field}: ${description}`, {
    fieldViolations: [{ field, description }],
  });
