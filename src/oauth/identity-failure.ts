/** Why nobody is logged in: fixed words, for the application that asked and for the log. */
export type IdentityProblem =
  /** The answer holds no ID token, or no text that is one. */
  | "no_id_token"
  | "malformed"
  | "algorithm"
  | "signature"
  /** The issuer's keys or metadata cannot be had, or hold none for this token. */
  | "keys"
  | "metadata"
  | "issuer"
  | "audience"
  | "authorized_party"
  | "expired"
  | "nonce"
  | "at_hash"
  /** No tenant that may log in. */
  | "tenant"
  /** No id of a person, or two different ones. */
  | "subject"
  | "userinfo";

/** The provider's answer proves nobody's identity. Holds nothing of the answer. */
export class IdentityFailure extends Error {
  readonly problem: IdentityProblem;

  constructor(problem: IdentityProblem) {
    super(`the provider's answer proves no identity: ${problem}`);
    this.name = "IdentityFailure";
    this.problem = problem;
  }
}
