import type { Grant, GrantKey } from "../grant.ts";
import type { QueuedRevocation } from "../revocations/revocation.ts";
import type {
  ClaimedToken,
  DueTokens,
  NewToken,
  PutCondition,
  RefreshFailure,
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
  /** The hot read: one prepared statement. Revoked rows are absent. */
  find(key: GrantKey): Promise<TokenRow | undefined>;

  /** Throws `KEY_UNAVAILABLE`. */
  openAccessToken(row: TokenRow): string;
  /** undefined = the grant has none. Throws `KEY_UNAVAILABLE`. */
  openRefreshToken(row: TokenRow): string | undefined;

  /**
   * Stores the token of a finished authorization or an import: creates the row, or replaces a live or revoked one. New version, state
   * "active", failures and lease gone. Draws the version in a statement of its own first. undefined = `condition` does not hold.
   */
  putAuthorized(key: GrantKey, token: NewToken, condition: PutCondition): Promise<TokenRow | undefined>;
  putAuthorized(key: GrantKey, token: NewToken): Promise<TokenRow>;

  /**
   * Takes the refresh of a row. undefined: the row is gone or blocked, its version is not `version` any more, or another owner holds the
   * lease. A lease that ran out with its owner still set (a finished refresh clears it) is taken over only after a second lease length,
   * and `takenOverFrom` says so. Of parallel claims one wins.
   */
  claim(id: string, version: bigint, owner: string, leaseSeconds: number): Promise<ClaimedToken | undefined>;

  /** Claims rows that are due (`nextRefreshAt`, `nextAttemptAt`, live, refreshable), longest due first within a registration. Rows locked by others are skipped. */
  claimDue(due: DueTokens): Promise<readonly ClaimedToken[]>;

  /**
   * Compare-and-set on `version` alone, so that a late success beats an earlier failure. undefined: somebody else saved, reauthorized or
   * revoked since the claim. Safe to repeat until it answers: a save that was committed although its answer was lost is recognised by `nextVersion`.
   */
  saveRefreshed(claimed: ClaimedToken, update: TokenUpdate): Promise<TokenRow | undefined>;

  /** Compare-and-set on `version` and `leaseSeq`, so that a stale loser cannot kill a grant. undefined: not the holder any more. Clears the lease. */
  recordFailure(claimed: ClaimedToken, failure: RefreshFailure): Promise<TokenRow | undefined>;

  /** Gives the lease back unused: nothing was sent. False: not the holder any more. */
  releaseLease(claimed: ClaimedToken): Promise<boolean>;

  /** Ends every lease that `owner` does not hold. Only where the store has one process (PGlite), at boot: the next claim sees `takenOverFrom`. */
  expireForeignLeases(owner: string): Promise<number>;

  /** A resource answered 401 to `version`. undefined: it is not the current one. */
  markRejected(id: string, version: bigint): Promise<TokenRow | undefined>;

  /** Main token rows (`tokenName` empty) in creation order. `pageToken` "" = from the start; one of another namespace or filter throws `INVALID_REQUEST`. */
  list(filter: TokenFilter, page: { readonly size: number; readonly token: string }): Promise<TokenPage>;

  /**
   * Ends all token rows of a grant in one statement: erases the ciphertexts, moves version and revision, and, with `queue`, hands the
   * ciphertexts to the outbox, leased to `queue.owner` so that it may call the vendor at once. undefined: nothing live.
   */
  revoke(
    grant: Grant,
    queue: { readonly owner: string; readonly leaseSeconds: number } | undefined,
  ): Promise<readonly QueuedRevocation[] | undefined>;

  /** Moves no `revision`. */
  touchLastUsed(uses: readonly TokenUse[]): Promise<void>;

  /** Live rows; `namespace` undefined = in all of them. */
  countByRegistration(registrationId: string, namespace?: string): Promise<number>;

  /** Forgets rows revoked longer ago than `keepSeconds`. Answers how many; call again while it is `limit`. */
  deleteRevoked(keepSeconds: number, limit: number): Promise<number>;
}
