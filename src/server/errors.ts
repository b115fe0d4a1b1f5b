import { createRegistry } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import {
  BadRequestSchema,
  ErrorInfoSchema,
  RequestInfoSchema,
  RetryInfoSchema,
} from "../../gen/ts/google/rpc/error_details_pb.ts";
import { BrokerError, type BrokerErrorCode } from "../errors.ts";

export const ERROR_DOMAIN = "tokenbroker";

/** Everything that an error may carry: a status within an answer in JSON cannot be written without. */
export const DETAIL_TYPES = createRegistry(
  ErrorInfoSchema,
  RetryInfoSchema,
  BadRequestSchema,
  RequestInfoSchema,
);

/** The Connect code of every way a call can fail. A new code does not compile until it stands here. */
export const CODE_OF: Readonly<Record<BrokerErrorCode, Code>> = {
  INVALID_REQUEST: Code.InvalidArgument,
  MESSAGE_TOO_LARGE: Code.ResourceExhausted,
  REDIRECT_URI_NOT_ALLOWED: Code.InvalidArgument,
  UNAUTHENTICATED: Code.Unauthenticated,
  CALLER_KEYS_UNAVAILABLE: Code.Unavailable,
  PERMISSION_DENIED: Code.PermissionDenied,
  CONNECTION_NOT_FOUND: Code.NotFound,
  CONNECTION_ALREADY_EXISTS: Code.AlreadyExists,
  VERSION_MISMATCH: Code.FailedPrecondition,
  PROVIDER_NOT_FOUND: Code.NotFound,
  PROVIDER_ALREADY_EXISTS: Code.AlreadyExists,
  PROVIDER_IN_USE: Code.FailedPrecondition,
  AUTHORIZATION_NOT_FOUND: Code.NotFound,
  TICKET_REJECTED: Code.PermissionDenied,
  TICKET_EXPIRED: Code.FailedPrecondition,
  ACCESS_DENIED: Code.FailedPrecondition,
  INVALID_SCOPE: Code.FailedPrecondition,
  PROVIDER_ERROR: Code.FailedPrecondition,
  ISSUER_MISMATCH: Code.FailedPrecondition,
  EXCHANGE_FAILED: Code.FailedPrecondition,
  EXCHANGE_INTERRUPTED: Code.FailedPrecondition,
  INVALID_TOKEN_RESPONSE: Code.FailedPrecondition,
  IDENTITY_NOT_VERIFIED: Code.FailedPrecondition,
  ACCOUNT_MISMATCH: Code.FailedPrecondition,
  REAUTHORIZATION_REQUIRED: Code.FailedPrecondition,
  EXPIRED_NOT_REFRESHABLE: Code.FailedPrecondition,
  PROVIDER_UNAVAILABLE: Code.Unavailable,
  PROVIDER_MISCONFIGURED: Code.FailedPrecondition,
  MISSING_SCOPES: Code.FailedPrecondition,
  KEY_UNAVAILABLE: Code.Internal,
  TOKEN_REJECTED: Code.FailedPrecondition,
  BLOCKED: Code.FailedPrecondition,
  EGRESS_DENIED: Code.FailedPrecondition,
  MCP_NOT_PROTECTED: Code.FailedPrecondition,
  METADATA_INVALID: Code.FailedPrecondition,
  RESOURCE_MISMATCH: Code.FailedPrecondition,
  PKCE_NOT_SUPPORTED: Code.FailedPrecondition,
  CLIENT_REGISTRATION_REQUIRED: Code.FailedPrecondition,
  STEP_UP_LIMIT: Code.FailedPrecondition,
  CROSS_DOMAIN_ISSUER: Code.FailedPrecondition,
  OAUTH_CLIENT_NOT_FOUND: Code.NotFound,
  OAUTH_CLIENT_ALREADY_EXISTS: Code.AlreadyExists,
  OAUTH_CLIENT_IN_USE: Code.FailedPrecondition,
  STORE_UNAVAILABLE: Code.Unavailable,
  DEADLINE_EXCEEDED: Code.DeadlineExceeded,
  DRAINING: Code.Unavailable,
  WATCH_ENDED: Code.Unavailable,
  NOT_AVAILABLE: Code.Unimplemented,
  RATE_LIMITED: Code.ResourceExhausted,
  INTERNAL: Code.Internal,
};

/** What `RetryInfo` says when the error itself does not know: every UNAVAILABLE has one. */
const DEFAULT_RETRY_MS = 1000;

const retryDelayMs = (error: BrokerError): number | undefined =>
  error.retryAfterMs ?? (CODE_OF[error.code] === Code.Unavailable ? DEFAULT_RETRY_MS : undefined);

const durationOf = (ms: number) => ({
  seconds: BigInt(Math.floor(ms / 1000)),
  nanos: Math.floor(ms % 1000) * 1_000_000,
});

/**
 * The wire form of an error: code, `ErrorInfo{reason, domain, metadata}`, `RetryInfo` with `grpc-retry-pushback-ms` where trying again can help,
 * `BadRequest` where a field is wrong, `RequestInfo` on a defect so that the log line can be found.
 */
export const toConnectError = (error: BrokerError, requestId: string): ConnectError => {
  const wire = new ConnectError(error.message, CODE_OF[error.code]);
  wire.details.push({
    desc: ErrorInfoSchema,
    value: { reason: error.code, domain: ERROR_DOMAIN, metadata: { ...error.metadata } },
  });
  const retryMs = retryDelayMs(error);
  if (retryMs !== undefined) {
    wire.details.push({ desc: RetryInfoSchema, value: { retryDelay: durationOf(retryMs) } });
    wire.metadata.set("grpc-retry-pushback-ms", String(Math.ceil(retryMs)));
    // RFC 6585 section 4, RFC 9110 section 10.2.3: whole seconds.
    if (error.code === "RATE_LIMITED") wire.metadata.set("retry-after", String(Math.ceil(retryMs / 1000)));
  }
  if (error.fieldViolations.length > 0) {
    wire.details.push({
      desc: BadRequestSchema,
      value: { fieldViolations: error.fieldViolations.map((v) => ({ ...v })) },
    });
  }
  if (CODE_OF[error.code] === Code.Internal)
    wire.details.push({ desc: RequestInfoSchema, value: { requestId } });
  return wire;
};

/** Anything thrown, as a `BrokerError`. A foreign error becomes INTERNAL: its text may hold anything and is not shown. */
export const toBrokerError = (reason: unknown): BrokerError =>
  reason instanceof BrokerError
    ? reason
    : new BrokerError("INTERNAL", "internal error; the broker's log has it under the request id", {
        cause: reason,
      });
