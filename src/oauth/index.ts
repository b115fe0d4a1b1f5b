/**
 * The protocol towards providers: the authorization URL, code exchange, refresh and revocation, and the guarded fetch that everything leaves by.
 * Owns how an answer is read and what a failure proves. Does not own who the providers are (catalog), whether to refresh, retry or give up (tokens),
 * what the callback accepts (authorization-flow), or anything stored.
 *
 * Laws:
 * - Nothing leaves but through `Egress`: https, an address judged on the socket that is opened, no redirects, 1 MiB, one time limit.
 * - Every failure of a call to a provider is an `OAuthFailure`, whose class says what it proves about the grant. When in doubt it proves nothing:
 *   only an OAuth error in a readable answer ends a grant.
 * - No error holds a URL, an address, a byte of a body, a token or a vendor's words; an error of a library is never passed on as a cause.
 * - A code or refresh token is sent once. The one exception is a refused client secret.
 */
export { type AuthorizationRequest, buildAuthorizeUrl, redirectUriFor } from "./authorize-url.ts";
export type { Client, SecretText, Trust } from "./client.ts";
export { createEgress, type Egress, type EgressFetchOptions, type EgressOptions } from "./egress.ts";
export { EgressFailure, type EgressProblem } from "./egress-failure.ts";
export type { Resolve, ResolvedAddress } from "./egress-lookup.ts";
export { type CodeExchange, exchangeCode } from "./exchange-code.ts";
export {
  type AssertionGrant,
  type AssertionRequest,
  grantByAssertion,
  requestAssertion,
} from "./assertion-grants.ts";
export { assertExtraParamsAllowed } from "./extra-params.ts";
export { type FailureClass, OAuthFailure, type OAuthFailureOptions } from "./failure.ts";
export { IdentityFailure, type IdentityProblem } from "./identity-failure.ts";
export { createOpenIdDiscovery, type DiscoverOpenId, type OpenIdMetadata } from "./openid-metadata.ts";
export { fetchUserinfo, type UserinfoRequest } from "./userinfo.ts";
export {
  createIdTokenVerifier,
  type IdTokenDemands,
  TENANT,
  type VerifiedClaims,
  type VerifyIdToken,
} from "./verify-id-token.ts";
export { isJsonObject, type JsonObject, valueAt } from "./json-path.ts";
export { newPkce, type Pkce } from "./pkce.ts";
export {
  type ClientExamination,
  type ClientProbe,
  examineClient,
  probeClient,
  type ProbeVerdict,
  refusesClient,
} from "./probe-client.ts";
export { type FollowUp, followUpMetadata, type FollowUpResult } from "./follow-up-metadata.ts";
export { type Refresh, refreshToken } from "./refresh-token.ts";
export { type Revocation, revokeToken } from "./revoke-token.ts";
export type { ProviderCall } from "./token-request.ts";
export type { NamedTokenSet, TokenSet } from "./token-set.ts";
