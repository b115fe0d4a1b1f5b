import type { AuthorizationOutcome, AuthorizationRow, NewAuthorization } from "./authorization.ts";

/** Flows from StartAuthorization to their recorded outcome. Every method is one autocommit statement. */
export interface AuthorizationRepository {
  insert(flow: NewAuthorization): Promise<AuthorizationRow>;

  /**
   * Takes the flow for this callback: of any number of parallel callbacks with one state exactly one gets the row, whether or not it has
   * expired (compare `expiresAt` with `now`). undefined: unknown or consumed. The row stays and holds the outcome until cleanup.
   */
  consumeByState(stateHash: string): Promise<AuthorizationRow | undefined>;

  /** undefined = the flow uses no PKCE. Throws `KEY_UNAVAILABLE`, also when anything pinned was edited: open it before any use of the row. */
  openCodeVerifier(row: AuthorizationRow): string | undefined;
  /** Throws `KEY_UNAVAILABLE`; `INTERNAL` when nothing is parked. */
  openParkedCode(row: AuthorizationRow): string;

  /** Completion required: keeps what the exchange needs (the code, or a JSON text with it) sealed until the ticket comes. False: not consumed, or parked or finished already. */
  park(
    row: AuthorizationRow,
    parked: { readonly code: string; readonly ticketHash: string; readonly forSeconds: number },
  ): Promise<boolean>;

  /** The flow of a ticket, whatever became of it. Spends nothing: whoever presents another's ticket changes nothing. */
  findByTicket(ticketHash: string): Promise<AuthorizationRow | undefined>;

  /** Takes the parked code for this redemption: once, and before `parkedUntil`. undefined: too late, or somebody redeems or has redeemed. */
  claimParked(id: string): Promise<AuthorizationRow | undefined>;

  /** The first outcome stays; erases verifier and code. False: there was one already. */
  recordOutcome(id: string, outcome: AuthorizationOutcome): Promise<boolean>;

  /** `authorizationStatus()` says what became of it. */
  get(namespace: string, id: string): Promise<AuthorizationRow | undefined>;

  /** Forgets flows that expired more than `keepSeconds` ago. Answers how many; call again while it is `limit`. */
  deleteExpired(keepSeconds: number, limit: number): Promise<number>;
}
