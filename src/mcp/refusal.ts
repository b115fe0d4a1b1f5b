import { BrokerError, type BrokerErrorCode } from "../errors.ts";
import { EgressFailure } from "../oauth/index.ts";

/** The rules of discovery and registration, as `metadata.rule` names them. */
export type Rule =
  | "probe"
  | "challenge"
  | "resource_metadata"
  | "resource"
  | "authorization_servers"
  | "server_metadata"
  | "issuer"
  | "authorization_endpoint"
  | "token_endpoint"
  | "revocation_endpoint"
  | "registration_endpoint"
  | "code_challenge_methods_supported"
  | "grant_types_supported"
  | "cross_domain_issuer"
  | "client_registration"
  | "identity_provider"
  | "step_up"
  | "time_limit";

/**
 * A refusal in our own words. What the other side wrote is in none of them: no body, no header, no address that it named.
 */
export const refuse = (
  code: BrokerErrorCode,
  rule: Rule,
  message: string,
  more: { readonly cause?: unknown; readonly metadata?: Readonly<Record<string, string>> } = {},
): BrokerError => new BrokerError(code, message, { cause: more.cause, metadata: { ...more.metadata, rule } });

/** The caller reads which server it was about; whether a query of the URL is a secret is the caller's to know, who sent it. */
export const aboutServer = (error: unknown, mcpServerUrl: string): unknown =>
  error instanceof BrokerError && error.code !== "STORE_UNAVAILABLE"
    ? new BrokerError(error.code, error.message, {
        cause: error.cause,
        metadata: { ...error.metadata, mcp_server_url: mcpServerUrl },
        fieldViolations: error.fieldViolations,
        ...(error.retryAfterMs === undefined ? {} : { retryAfterMs: error.retryAfterMs }),
      })
    : error;

/** What a call that brought no answer means. An address that the guard refuses is named by its place in discovery, not by itself. */
export const refusalOfCall = (error: unknown, rule: Rule, what: string): unknown => {
  if (error instanceof BrokerError && error.code === "EGRESS_DENIED")
    return refuse(
      "EGRESS_DENIED",
      rule,
      `${what} has an address that the broker does not call: https on port 443 of a public host only (others: BROKER_EGRESS_ALLOW, and on this machine BROKER_ALLOW_INSECURE_LOOPBACK)`,
      { cause: error },
    );
  if (!(error instanceof EgressFailure)) return error;
  switch (error.problem) {
    case "tls":
      return refuse("METADATA_INVALID", rule, `${what} has no TLS certificate that is accepted`, {
        cause: error,
      });
    case "too_large":
      return refuse("METADATA_INVALID", rule, `${what} is larger than 1 MiB`, { cause: error });
    case "encoding":
      return refuse("METADATA_INVALID", rule, `${what} has a content encoding that cannot be read`, {
        cause: error,
      });
    case "unreachable":
    case "lost":
    case "timeout":
    case "aborted":
      return refuse("PROVIDER_UNAVAILABLE", rule, `${what} cannot be had now: retry later`, { cause: error });
  }
};
