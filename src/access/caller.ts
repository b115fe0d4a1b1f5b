/** The person that a call is for, proven by a token of their own. */
export interface Subject {
  /** As requests name them in `user_id`. */
  readonly userId: string;
  /** The name of the issuer who says so. */
  readonly issuer: string;
}

/** The workload behind a call, as this process has proven it. */
export interface Caller {
  /**
   * The id of its API key; its SPIFFE ID; `jwt:<issuer's name>:<claim>`; `person:<issuer's name>:<user id>`; `anonymous` where callers are not told apart.
   * No two methods can make the same one.
   */
  readonly id: string;
  /** `open`: nobody proves anything, because only this machine can connect. `person`: somebody's own token and nothing else. */
  readonly method: "api_key" | "mtls" | "jwt" | "person" | "open";
  readonly subject?: Subject | undefined;
}
