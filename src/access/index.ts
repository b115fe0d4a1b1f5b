/**
 * Who is calling. Owns API keys (their form, their making, their check) and the rule that keeps browsers out of an open listener. Does not own what a
 * caller may do, nor the file's syntax, which `config/` checks at the start.
 *
 * Laws: the answer depends on headers alone and is given before the body is read. A wrong secret, an unknown id and a malformed header are told
 * apart neither by the error nor by the time it takes. No key is logged or repeated.
 */
export { newApiKey, type NewApiKey } from "./api-key.ts";
export { type Authenticator, type AuthenticatorDependencies, createAuthenticator } from "./authenticator.ts";
export type { Caller } from "./caller.ts";
export type { PeerCertificate } from "./peer-certificate.ts";
export { checkLoopbackRequest, type RequestOrigin } from "./loopback-request.ts";
export type { RequestHeaders } from "./request-headers.ts";
