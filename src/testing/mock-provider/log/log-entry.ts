import type { EndReason } from "../grants/grant.ts";
import type { RejectionReason } from "../grants/grants.ts";

/**
 * What was done with a token or revocation request, whatever the client was then told.
 * `issued`: tokens, and with rotation a new generation. `grace_replay`: a spent refresh token within its grace. `reuse_detected`: one after it.
 * `rejected`: see `reason`. `revoked`: the token, if it was known. `scripted:…`: nothing was done; the script answered. `error`: a defect of this server.
 */
export type Verdict =
  | "issued"
  | "grace_replay"
  | "reuse_detected"
  | "rejected"
  | "rate_limited"
  | "revoked"
  | `scripted:${string}`
  | "error";

export type Reason = RejectionReason | "wrong_credentials" | "bad_code" | "unknown_grant_type";

/** One token or revocation request, written when it ended. Tokens stand here as fingerprints. All `…Us` are microseconds. */
export interface RequestEntry {
  readonly kind: "token" | "revoke";
  readonly seq: number;
  readonly vendor: string;
  readonly clientId: string;
  /** `refresh_token`, `authorization_code`, what else was sent; "" for a revocation. */
  readonly grantType: string;
  /** Whose token it is; absent where no grant ever had it. */
  readonly grantId?: string | undefined;
  readonly label?: string | undefined;
  /** Fingerprint of the refresh token, code or token that came. */
  readonly presented: string;
  /** Generation of the presented refresh token. */
  readonly presentedGeneration?: number | undefined;
  readonly verdict: Verdict;
  readonly reason?: Reason | undefined;
  /** What a script did with the answer, where the request was done nevertheless: the fault, else the status. */
  readonly script?: string | undefined;
  /** Fingerprint of the refresh token in the answer (or of the living one, where the vendor does not rotate). */
  readonly issued?: string | undefined;
  readonly issuedGeneration?: number | undefined;
  readonly issuedAccessToken?: string | undefined;
  /** Whether the whole answer was handed to the network. Not whether anybody read it. */
  readonly delivered: boolean;
  /** HTTP status; absent where none was sent. */
  readonly status?: number | undefined;
  /** Headers were read. Monotonic, one clock for all processes of the machine. */
  readonly startUs: number;
  /** The deed was done. */
  readonly processedUs: number;
  /** The answer was handed over, or the connection was gone; never before the deed. */
  readonly endUs: number;
  readonly startWallUs: number;
  readonly endWallUs: number;
  /** The provider's own, movable time at the deed, in milliseconds since the epoch. */
  readonly providerMs: number;
}

/** A grant was opened, by consent or by seeding. */
export interface GrantEntry {
  readonly kind: "grant";
  readonly seq: number;
  readonly vendor: string;
  readonly grantId: string;
  readonly label?: string | undefined;
  readonly clientId: string;
  readonly subject: string;
  /** Fingerprint of its first refresh token. */
  readonly issued?: string | undefined;
  readonly atUs: number;
}

/** A grant is over: the whole family of its tokens. */
export interface EndEntry {
  readonly kind: "end";
  readonly seq: number;
  readonly vendor: string;
  readonly grantId: string;
  readonly label?: string | undefined;
  readonly generation: number;
  readonly reason: EndReason;
  readonly atUs: number;
}

/** What the tester did: `started` (with the seed), `clock`, `settings`, `script`, `scripts cleared`, `closed`. Never a secret. */
export interface ControlEntry {
  readonly kind: "control";
  readonly seq: number;
  readonly vendor?: string | undefined;
  readonly what: string;
  readonly detail?: Readonly<Record<string, unknown>> | undefined;
  readonly atUs: number;
  readonly atWallUs: number;
}

export type LogEntry = RequestEntry | GrantEntry | EndEntry | ControlEntry;

/** `T` without the number that the log gives it. */
type Unnumbered<T> = T extends LogEntry ? Omit<T, "seq"> : never;
export type NewLogEntry = Unnumbered<LogEntry>;
