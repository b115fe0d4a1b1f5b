import { BrokerError, type BrokerErrorCode } from "../errors.ts";
import { OAuthFailure } from "../oauth/index.ts";

type Step = "client_credentials" | "token_exchange" | "jwt_bearer";

const WHO: Record<Step, string> = {
  client_credentials: "the authorization server",
  token_exchange: "the identity provider",
  jwt_bearer: "the MCP server's authorization server",
};

/** What a server's answer means for whoever called: which step, and one of the standards' codes; never the server's words. */
export const refusalOf = (error: unknown, step: Step): unknown => {
  if (!(error instanceof OAuthFailure)) return error;
  const { providerError, retryAfterMs } = error;
  return new BrokerError(codeOf(error), `${WHO[step]} ${said(error)}: nothing was stored`, {
    cause: error,
    metadata: { step, ...(providerError === "" ? {} : { provider_error: providerError }) },
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });
};

const codeOf = (failure: OAuthFailure): BrokerErrorCode => {
  switch (failure.class) {
    case "transient":
    case "outcome_unknown":
      return "PROVIDER_UNAVAILABLE";
    case "invalid_response":
      return "INVALID_TOKEN_RESPONSE";
    case "rejected":
      return "EXCHANGE_FAILED";
    case "client":
      return failure.providerError === "invalid_scope" ? "INVALID_SCOPE" : "PROVIDER_MISCONFIGURED";
  }
};

const said = (failure: OAuthFailure): string => {
  switch (codeOf(failure)) {
    case "PROVIDER_UNAVAILABLE":
      return "does not answer now";
    case "INVALID_TOKEN_RESPONSE":
      return "answered with something that is no token";
    case "EXCHANGE_FAILED":
      return "does not accept the assertion or the person's token";
    case "INVALID_SCOPE":
      return "refuses the scopes";
    default:
      return "refuses the client, the grant or the request: check the client that is registered for its issuer";
  }
};
