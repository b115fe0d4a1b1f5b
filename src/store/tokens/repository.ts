import type { BrokerError } from "../../errors.ts";
import type { Grant, GrantKey, Pins } from "../grant.ts";
import type { QueuedRevocation } from "../revocations/revocation.ts";
import type { ConnectionChangeFilter, ConnectionChangePage, TokenChanges } from "./changes.ts";
import type { GrantAccount } from "./find-account.ts";
import type {
  BatchOfSwitched,
  CallUp,
  ChangedToken,
  ClaimedToken,
  DueTokens,
  NewToken,
  PutCondition,
  PutOff,
  RefreshedRow,
  RefreshFailure,
  SpareRejected,
  SwitchAction,
  SwitchCounts,
  SwitchFilter,
  TokenFilter,
  TokenPage,
  TokenRow,
  TokenUpdate,
  TokenUse,
} from "./token.ts";

/**
 * Token rows. Every method is one autocommit statement (two where said). All throw `BrokerError` `STORE_UNAVAILABLE` while the
 * database is away, and `INTERNAL` for a row that was edited into something unreadable.
 */
export interface TokenRepository {
  /** The hot read: one prepared statement. Revoked rows are absent, and named ones of another authorization than the main one's. */
  find(key: GrantKey): Promise<TokenRow | undefined>;

  /** What `find` answers for each key, in order, in one statement. A row that cannot be read is the error that `find` would have thrown. */
  findMany(keys: readonly GrantKey[]): Promise<readonly (TokenRow | BrokerError | undefined)[]>;

  /** Rows of a higher revision, ended ones as long as they are kept, lowest first: of every namespace, for whoever keeps up with all changes. */
  changesAfter(revision: bigint, limit: number): Promise<TokenChanges>;

  /** Main rows of a higher revision, lowest first; those of revoked grants as long as they are kept. */
  connectionsAfter(
    filter: ConnectionChangeFilter,
    revision: bigint,
    limit: number,
  ): Promise<ConnectionChangePage>;

  /** The names that `find` knows besides the main token, in order of their code points. */
  names(grant: Grant): Promise<readonly string[]>;

  /** Whose account a living grant is, beside its version: for a conditional `putAuthorized`. undefined = there is no such grant. */
  findAccount(grant: Grant): Promise<GrantAccount | undefined>;

  /** undefined = not known. Throws `KEY_UNAVAILABLE`. */
  openAccount(grant: Grant, account: GrantAccount): string | undefined;

  /** What is left of a row of this id and key after its grant was revoked. undefined: there is none, or it is live. */
  findRevoked(key: GrantKey, id: string): Promise<{ readonly pins: Pins } | undefined>;

  /** Throws `KEY_UNAVAILABLE`. */
  openAccessToken(row: TokenRow): string;
  /** undefined = the grant has none. Throws `KEY_UNAVAILABLE`. */
  openRefreshToken(row: TokenRow): string | undefined;

  /**
   * Stores the tokens of a finished authorization or an import in one statement: creates the main row (`tokenName` empty) and those of `token.named`,
   * or replaces live or revoked ones, and ends what the grant had under other names. New versions, state "active", failures and lease gone. Draws
   * the versions in a statement of their own first. Answers the main row; undefined = `condition` does not hold.
   */
  putAuthorized(key: GrantKey, token: NewToken, condition: PutCondition): Promise<TokenRow | undefined>;
  putAuthorized(key: GrantKey, token: NewToken): Promise<TokenRow>;

  /**
   * Takes the refresh of a row. undefined: the row is gone or blocked, its version is not `version` any more, or another owner holds the
   * lease. Of parallel claims one wins. Throws `STORE_UNAVAILABLE` while this replica does not hold its liveness lock.
   *
   * A lease with its owner still set (a finished refresh clears it) is taken over, and `takenOverFrom` says so: when it ran out and the owner's
   * liveness lock is free; or as long as the claim is younger than `reuseSeconds` and that lock is free; or after a second lease length.
   *
   * @param reuseSeconds how long the vendor accepts a refresh token that was spent: a retry within it loses nothing. `Infinity` where it does
   *   not rotate them; default 0 = not at all, or nobody knows.
   */
  claim(
    id: string,
    version: bigint,
    owner: string,
    leaseSeconds: number,
    reuseSeconds?: number,
  ): Promise<ClaimedToken | undefined>;

  /** Claims rows that are due (`nextRefreshAt`, `nextAttemptAt`, live, refreshable), longest due first within a registration. Rows locked by others are skipped; leases of others as with `claim`. */
  claimDue(due: DueTokens): Promise<readonly ClaimedToken[]>;

  /**
   * Compare-and-set on `version` alone, so that a late success beats an earlier failure. undefined: somebody else saved, reauthorized or
   * revoked since the claim. Safe to repeat until it answers: a save that was committed although its answer was lost is recognised by `nextVersion`.
   */
  saveRefreshed(claimed: RefreshedRow, update: TokenUpdate): Promise<ChangedToken | undefined>;

  /** Compare-and-set on `version` and `leaseSeq`, so that a stale loser cannot kill a grant. undefined: not the holder any more. Clears the lease. */
  recordFailure(claimed: ClaimedToken, failure: RefreshFailure): Promise<ChangedToken | undefined>;

  /**
   * Gives the lease back and leaves the row alone until a given moment: "degraded", if it was "active". Nothing was sent, so no failure is counted. If
   * nothing is known against its registration any more, it is due at once.
   * undefined: not the holder any more.
   */
  putOff(claimed: ClaimedToken, delay: PutOff): Promise<ChangedToken | undefined>;

  /** Takes rejections of one registration back: "needs_reauth" becomes "degraded". Answers the rows; call again while there are `limit`. */
  spareRejected(registrationId: string, spare: SpareRejected): Promise<readonly TokenRow[]>;

  /** Ends the back-off of degraded rows of one registration whose failure has one of the reasons. Answers how many; call again while it is `limit`. */
  retryNow(registrationId: string, reasons: readonly string[], limit: number): Promise<number>;

  /** Shortens the back-off of degraded rows whose provider answers again; never below what it asked for itself. Answers how many; call again while it is `limit`. */
  callUp(call: CallUp): Promise<number>;

  /** Gives the lease back unused: nothing was sent. False: not the holder any more. */
  releaseLease(claimed: ClaimedToken): Promise<boolean>;

  /** Ends every lease that `owner` does not hold. Only where the store has one process (PGlite), at boot: the next claim sees `takenOverFrom`. */
  expireForeignLeases(owner: string): Promise<number>;

  /** A resource answered 401 to `version`. undefined: it is not the current one. */
  markRejected(id: string, version: bigint): Promise<TokenRow | undefined>;

  /** Counts one more authorization for more scopes. False: there were `limit` of them already, lately and in a row; or there is no such grant. */
  countStepUp(grant: Grant, limit: number): Promise<boolean>;
  /** The resource accepts the token: the next step-up is the first. */
  endStepUps(id: string): Promise<void>;

  /** Main token rows (`tokenName` empty) in creation order. `pageToken` "" = from the start; one of another namespace or filter throws `INVALID_REQUEST`. */
  list(filter: TokenFilter, page: { readonly size: number; readonly token: string }): Promise<TokenPage>;

  /**
   * Ends all token rows of a grant in one statement, and in a second one rows that an authorization added at the same moment: erases the ciphertexts, moves version and revision, and, with `queue`, hands the
   * ciphertexts to the outbox, leased to `queue.owner` so that it may call the vendor at once. undefined: nothing live.
   */
  revoke(
    grant: Grant,
    queue: { readonly owner: string; readonly leaseSeconds: number } | undefined,
  ): Promise<readonly QueuedRevocation[] | undefined>;

  /** How many rows a kill switch would change, by provider. */
  countForSwitch(kind: SwitchAction["kind"], filter: SwitchFilter): Promise<readonly SwitchCounts[]>;

  /**
   * Blocks, unblocks or revokes the first `limit` rows after the row `after`, in one statement. A row that is changed is not found again, so calls until one
   * finds nothing leave none, and any number may run at once.
   */
  switchBatch(
    action: SwitchAction,
    filter: SwitchFilter,
    page: { readonly after: bigint; readonly limit: number },
  ): Promise<BatchOfSwitched>;

  /** Moves no `revision`. */
  touchLastUsed(uses: readonly TokenUse[]): Promise<void>;

  /** Live rows; `namespace` undefined = in all of them. */
  countByRegistration(registrationId: string, namespace?: string): Promise<number>;

  /** Forgets rows revoked longer ago than `keepSeconds`. Answers how many; call again while it is `limit`. */
  deleteRevoked(keepSeconds: number, limit: number): Promise<number>;
}
