/**
 * Whether a provider would work, told before a customer finds out: each thing that can be known without a person is a check with its meaning and its cure.
 * Owns the checks and their words. Does not own what a provider is (registrations), how a call leaves (oauth) or who reads the report (server, cli).
 *
 * Laws:
 * - Nobody is needed: no session, no consent, no token. What only a login would tell is reported as not checked.
 * - Whatever the network does is a check's result. An error means that the request itself was wrong: no such provider, a variable missing.
 * - Everything leaves through the guarded fetch, with the trust that the broker's own calls to this provider have.
 * - No secret, code or token is in a report, and of a vendor's words only its issuer and its endpoints.
 */
export {
  type CheckName,
  checkNames,
  type CheckReason,
  checkReasons,
  type CheckStatus,
  type ProviderCheck,
} from "./check.ts";
export {
  createVerification,
  type ProviderReport,
  type Verification,
  type VerificationDeps,
  type VerifyRequest,
} from "./verification.ts";
