/**
 * Who is calling and what they may do. Owns the ways to prove a caller (client certificates with SPIFFE IDs, JWTs, API keys), the proof of the person a
 * caller acts for, the policy that says what each may do, and the rule that keeps browsers out of an open listener. Does not own the files' syntax, which
 * `config/` checks at the start, nor what a request's fields mean, which `server/` reads.
 *
 * Laws: who calls is decided by headers and connection alone, before the body is read. The first proof that is presented decides; rights never add up. What
 * is wrong with a proof is told apart neither by the error nor by the time it takes. No key, token or certificate is logged or repeated. What no rule
 * allows is refused.
 */
export { newApiKey, type NewApiKey } from "./api-key.ts";
export { type Authenticator, type AuthenticatorDependencies, createAuthenticator } from "./authenticator.ts";
export { type CallerConnection, SUBJECT_TOKEN } from "./caller-method.ts";
export type { Caller, Subject } from "./caller.ts";
export { checkLoopbackRequest, type RequestOrigin } from "./loopback-request.ts";
export type { AccessTarget } from "./policy/decide.ts";
export { type AccessExplanation, explainAccess, type RuleExplanation } from "./policy/explain.ts";
export { type AccessPolicy, createAccessPolicy, PERSON_METHODS } from "./policy/policy.ts";
export { providerTarget } from "./policy/provider-target.ts";
export type { Condition, Decision } from "./policy/rule.ts";
export type { RequestHeaders } from "./request-headers.ts";
